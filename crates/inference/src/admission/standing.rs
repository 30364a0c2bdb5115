use std::time::Duration;

use crate::Phase;

/// Where a waiter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// How many go first.
    pub(crate) ahead: usize,
    /// How long it will take, as far as it can be told.
    pub(crate) wait: Option<Duration>,
}

impl From<Standing> for Phase {
    fn from(Standing { ahead, wait }: Standing) -> Self {
        Self::Queued { ahead, wait }
    }
}
