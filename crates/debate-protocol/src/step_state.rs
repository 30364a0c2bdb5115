use std::sync::Arc;

use synod_domain::{CallNo, TurnNo};

use crate::Addressee;

/// A step of the current stage, from when it is due until it has ended. It keeps its turn through attempts
/// and repairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StepState {
    pub(crate) asked: Addressee,
    pub(crate) turn: Option<TurnNo>,
    /// The turn is to bring evidence.
    pub(crate) evidence: bool,
    pub(crate) attempt: u8,
    /// Calls lost with their process, since the debate was last resumed.
    pub(crate) lost: u8,
    /// What was wrong with the reply that is to be repaired.
    pub(crate) repair: Option<Arc<str>>,
    pub(crate) progress: StepProgress,
}

/// How far a step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepProgress {
    /// No call is open for the step; call `last` was voided.
    Due { last: Option<CallNo> },
    /// This call is open for the step.
    Open(CallNo),
    /// The step has ended.
    Ended,
}

impl StepState {
    pub(crate) const fn new(asked: Addressee) -> Self {
        let progress = StepProgress::Due { last: None };
        Self { asked, turn: None, evidence: false, attempt: 1, lost: 0, repair: None, progress }
    }

    pub(crate) const fn participant(index: usize) -> Self {
        Self::new(Addressee::Participant(index))
    }

    pub(crate) const fn open(&self) -> Option<CallNo> {
        match self.progress {
            StepProgress::Open(call) => Some(call),
            StepProgress::Due { .. } | StepProgress::Ended => None,
        }
    }

    /// The order among due steps: voided ones first, by their last call.
    pub(crate) const fn due(&self) -> Option<(bool, Option<CallNo>)> {
        match self.progress {
            StepProgress::Due { last } => Some((last.is_none(), last)),
            StepProgress::Open(_) | StepProgress::Ended => None,
        }
    }
}
