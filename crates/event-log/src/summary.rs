use std::sync::Arc;

use synod_domain::{DebateId, Event, Recorded, Timestamp, Verdict};

use crate::Epoch;

/// A debate in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The debate.
    pub id: DebateId,
    /// The first event.
    pub first: Arc<Recorded>,
    /// The latest event that [sets its status](Summary::sets_status).
    pub status_event: Arc<Recorded>,
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

    /// Returns whether an event sets the status.
    #[must_use]
    pub const fn sets_status(event: &Event) -> bool {
        SummaryStatus::after(event).is_some()
    }

    /// The status of the debate.
    #[must_use]
    pub fn status(&self) -> SummaryStatus<'_> {
        SummaryStatus::after(&self.status_event.event).unwrap_or(SummaryStatus::Initialized)
    }
}

/// The status of a debate in a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SummaryStatus<'a> {
    /// The debate has not started.
    Initialized,
    /// Calls begin.
    Running,
    /// No call begins.
    Paused,
    /// The debate has a verdict.
    Closed(&'a Arc<Verdict>),
}

impl<'a> SummaryStatus<'a> {
    /// The status after an event; `None` if the event leaves it as it was.
    const fn after(event: &'a Event) -> Option<Self> {
        match event {
            Event::DebateInitialized(_) => Some(Self::Initialized),
            Event::DebateStarted | Event::DebateResumed(_) => Some(Self::Running),
            Event::DebatePaused(_) => Some(Self::Paused),
            Event::DebateClosed(verdict) => Some(Self::Closed(verdict)),
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
            | Event::Unknown { .. } => None,
        }
    }
}
