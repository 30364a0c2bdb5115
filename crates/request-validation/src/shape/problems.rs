use crate::{FieldProblem, Origin};

/// Most problems that are listed, so that the response to a hostile body is not many times its size.
const MOST_LISTED: usize = 128;

/// The problems of a value. All are counted, and the first are listed.
#[derive(Default)]
pub(super) struct Problems {
    listed: Vec<FieldProblem>,
    more: usize,
}

impl Problems {
    pub(super) fn push(&mut self, problem: impl FnOnce() -> FieldProblem) {
        if self.listed.len() < MOST_LISTED {
            self.listed.push(problem());
        } else {
            self.more += 1;
        }
    }

    pub(super) fn count(&self) -> usize {
        self.listed.len() + self.more
    }

    /// Returns the listed problems, and one that counts the others.
    pub(super) fn listed(self, origin: Origin) -> Vec<FieldProblem> {
        let Self { mut listed, more } = self;
        if more > 0 {
            listed.push(FieldProblem::more(vec![origin.into()], more));
        }
        listed
    }
}
