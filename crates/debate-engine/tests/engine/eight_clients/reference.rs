//! The control commands as a table, independent of the rules.

use proptest::prelude::*;
use synod_debate_engine::{CommandDone, DebateHandle, EngineError};
use synod_debate_protocol::Status;
use synod_domain::{Event, PausePolicy, PauseReason};

/// A command of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Start,
    Drain,
    Abort,
    Resume,
    Stop,
    Interject,
}

/// What a command does in a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It adds an event of this type, the last of its batch.
    Adds(&'static str),
    /// It is accepted without an event.
    Nothing,
    /// It is accepted, and voids the calls that are open.
    MayVoid,
    Refused,
}

pub(super) fn any_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => Just(Action::Start),
        3 => Just(Action::Drain),
        3 => Just(Action::Abort),
        6 => Just(Action::Resume),
        1 => Just(Action::Stop),
        1 => Just(Action::Interject),
    ]
}

impl Action {
    pub(super) async fn give(self, debate: &DebateHandle) -> Result<CommandDone, EngineError> {
        match self {
            Self::Start => debate.start().await,
            Self::Drain => debate.pause(PausePolicy::Drain).await,
            Self::Abort => debate.pause(PausePolicy::Abort).await,
            Self::Resume => debate.resume().await,
            Self::Stop => debate.stop(None).await,
            Self::Interject => debate.interject("Mind the cost.", None).await,
        }
    }

    pub(super) const fn ends_calls(self) -> bool {
        matches!(self, Self::Drain | Self::Abort | Self::Stop)
    }

    pub(super) const fn effect(self, status: Status) -> Effect {
        match (self, status) {
            (Self::Start, Status::Initialized) => Effect::Adds("debate_started"),
            (Self::Drain | Self::Abort, Status::Running) => Effect::Adds("debate_paused"),
            (Self::Abort, Status::Paused) => Effect::MayVoid,
            (Self::Resume, Status::Paused) => Effect::Adds("debate_resumed"),
            (Self::Stop, Status::Initialized | Status::Running | Status::Paused) => {
                Effect::Adds("debate_closed")
            }
            (Self::Interject, Status::Initialized | Status::Running | Status::Paused) => {
                Effect::Adds("interjected")
            }
            (Self::Start | Self::Resume, Status::Running)
            | (Self::Drain, Status::Paused)
            | (Self::Stop, Status::Closed) => Effect::Nothing,
            (Self::Start, Status::Paused | Status::Closed)
            | (Self::Drain | Self::Abort | Self::Resume, Status::Initialized | Status::Closed)
            | (Self::Interject, Status::Closed) => Effect::Refused,
        }
    }
}

/// The actions that a refusal lists.
pub(super) const fn allowed(status: Status) -> &'static [&'static str] {
    match status {
        Status::Initialized => &["start", "stop"],
        Status::Running => &["pause", "stop"],
        Status::Paused => &["resume", "stop"],
        Status::Closed => &[],
    }
}

/// The status after an event.
pub(super) fn after(status: Status, event: &Event) -> Status {
    match event.kind() {
        "debate_started" | "debate_resumed" => Status::Running,
        "debate_paused" => Status::Paused,
        "debate_closed" => Status::Closed,
        _ => status,
    }
}

/// Whether only a client can have caused an event.
pub(super) fn is_of_client(event: &Event) -> bool {
    if let Event::DebatePaused(paused) = event {
        paused.reason == PauseReason::Command
    } else if let Event::DebateClosed(verdict) = event {
        verdict.outcome == synod_domain::Outcome::Stopped
    } else {
        matches!(event.kind(), "debate_started" | "debate_resumed" | "interjected")
    }
}
