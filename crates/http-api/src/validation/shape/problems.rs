use super::Origin;
use crate::response::error::FieldProblem;

/// Most problems that are listed: a hostile body must not be answered with one many times its size.
const MOST_TOLD: usize = 128;

/// The problems of a value. All are counted, and the first are reported.
#[derive(Default)]
pub(super) struct Problems {
    told: Vec<FieldProblem>,
    more: usize,
}

impl Problems {
    pub(super) fn push(&mut self, problem: impl FnOnce() -> FieldProblem) {
        if self.told.len() < MOST_TOLD {
            self.told.push(problem());
        } else {
            self.more += 1;
        }
    }

    pub(super) fn count(&self) -> usize {
        self.told.len() + self.more
    }

    /// Those that are listed; the last says how many are not.
    pub(super) fn told(self, origin: Origin) -> Vec<FieldProblem> {
        let Self { mut told, more } = self;
        if more > 0 {
            told.push(FieldProblem::more(vec![origin.into()], more));
        }
        told
    }
}
