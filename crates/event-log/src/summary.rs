use std::sync::Arc;

use synod_domain::{DebateId, Event, Recorded, Timestamp};

use crate::Epoch;

/// A debate in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The debate.
    pub id: DebateId,
    /// The first event.
    pub first: Arc<Recorded>,
    /// The latest event that [sets its status](Summary::sets_status).
    pub status: Arc<Recorded>,
    /// The last sequence number.
    pub last: u64,
    /// The time of the last event.
    pub updated_at: Timestamp,
    /// The current epoch.
    pub epoch: Epoch,
    /// The name of the worker that holds it, if the lease of one that does has not expired.
    pub worker: Option<Arc<str>>,
}

impl Summary {
    /// Returns whether the first event of a debate has this text in its question, in any case.
    #[must_use]
    pub fn is_about(first: &Event, topic: &str) -> bool {
        let Event::DebateInitialized(setup) = first else { return false };
        let topic = topic.to_lowercase();
        setup.config.debate_topic.to_lowercase().contains(&topic)
    }

    /// Returns whether an event changes the status: initialized, running, paused or closed.
    #[must_use]
    pub const fn sets_status(event: &Event) -> bool {
        match event {
            Event::DebateInitialized(_)
            | Event::DebateStarted
            | Event::DebatePaused(_)
            | Event::DebateResumed(_)
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
