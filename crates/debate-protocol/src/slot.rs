use std::sync::Arc;

use synod_domain::{CallNo, TurnNo};

use crate::Asked;

/// A step and what has become of it: it keeps its turn through attempts and repairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) asked: Asked,
    pub(crate) turn: Option<TurnNo>,
    /// The turn is to bring evidence.
    pub(crate) evidence: bool,
    pub(crate) attempt: u8,
    /// Calls lost with their process, since the debate was last resumed.
    pub(crate) lost: u8,
    /// What was wrong with the reply that is to be repaired.
    pub(crate) repair: Option<Arc<str>>,
    pub(crate) progress: Progress,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// No call is open for it; `last` was voided.
    Due { last: Option<CallNo> },
    /// This call is open for it.
    Open(CallNo),
    /// It has its end.
    Ended,
}

impl Slot {
    pub(crate) const fn new(asked: Asked) -> Self {
        let progress = Progress::Due { last: None };
        Self { asked, turn: None, evidence: false, attempt: 1, lost: 0, repair: None, progress }
    }

    pub(crate) const fn participant(index: usize) -> Self {
        Self::new(Asked::Participant(index))
    }

    pub(crate) const fn open(&self) -> Option<CallNo> {
        match self.progress {
            Progress::Open(call) => Some(call),
            Progress::Due { .. } | Progress::Ended => None,
        }
    }

    /// Where it stands among those due: voided ones first, by their last call.
    pub(crate) const fn due(&self) -> Option<(bool, Option<CallNo>)> {
        match self.progress {
            Progress::Due { last } => Some((last.is_none(), last)),
            Progress::Open(_) | Progress::Ended => None,
        }
    }
}
