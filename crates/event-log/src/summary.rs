use std::sync::Arc;

use synod_domain::{DebateId, Event, Recorded, Timestamp};

use crate::Epoch;

/// What a list shows of a debate.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The debate.
    pub id: DebateId,
    /// Its first event.
    pub first: Arc<Recorded>,
    /// The latest event that [sets its status](Summary::sets_status).
    pub status: Arc<Recorded>,
    /// The last sequence number.
    pub last: u64,
    /// The time of the last event.
    pub updated_at: Timestamp,
    /// The current epoch.
    pub epoch: Epoch,
}

impl Summary {
    /// Whether an event moves a debate to another status: initialized, running, paused or closed.
    #[must_use]
    pub const fn sets_status(event: &Event) -> bool {
        match event {
            Event::DebateInitialized(_)
            | Event::DebateStarted
            | Event::DebatePaused(_)
            | Event::DebateResumed
            | Event::DebateClosed(_) => true,
            Event::DebateRecovered
            | Event::Interjected(_)
            | Event::VoteCalled
            | Event::CallStarted(_)
            | Event::TurnEnded(_)
            | Event::OptionsSet(_)
            | Event::MoveChosen(_)
            | Event::BallotRecorded(_)
            | Event::JudgeRuled(_)
            | Event::CallVoided(_)
            | Event::RoundClosed(_)
            | Event::Unknown { .. } => false,
        }
    }
}

/// Which debates to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Which {
    /// All.
    #[default]
    All,
    /// Those without a verdict.
    Unfinished,
    /// Those with a verdict.
    Finished,
    /// Unfinished ones that nobody holds a lease on.
    Unclaimed,
}
