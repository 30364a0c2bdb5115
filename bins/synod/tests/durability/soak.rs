//! Parts of the tests that take long.

/// Which of its cases a test runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// The first case, from 0 on.
    first: usize,
    /// The distance to the next one.
    step: usize,
}

impl Part {
    /// All cases.
    pub(crate) const ALL: Self = Self { first: 0, step: 1 };

    /// The part that `SYNOD_SOAK` names: with `3/20` every twentieth case from the third on; all without it.
    pub(crate) fn of_soak() -> Self {
        #[expect(clippy::disallowed_methods, reason = "a test has no settings but variables")]
        let Ok(part) = std::env::var("SYNOD_SOAK") else { return Self::ALL };
        let numbers = part.split_once('/').map(|(number, of)| (number.parse(), of.parse()));
        match numbers {
            Some((Ok(number @ 1..), Ok(step))) if number <= step => {
                Self { first: number - 1, step }
            }
            Some(_) | None => panic!("SYNOD_SOAK is {part}, and no part such as 3/20"),
        }
    }

    pub(crate) fn of<T>(self, cases: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        cases.skip(self.first).step_by(self.step)
    }
}
