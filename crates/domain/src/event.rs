//! What can happen in a debate.

mod call;
mod opening;
mod round;
mod turn;

use std::sync::Arc;

use serde_json::Value;

pub use call::{CallStarted, CallVoided, VoidCause};
pub use opening::{Initialized, Interjected, PausePolicy, PauseReason, Paused, Resumed};
pub use round::{
    BallotRecorded, FailureCause, JudgeRuled, MoveChosen, MoveKind, MoveSource, OptionsSet,
    OptionsSource, RoundClosed, Then,
};
pub use turn::{Truncated, TurnEnded, TurnResult};

use crate::Verdict;

/// An event of a debate.
///
/// Large data is behind an `Arc`: half of the events of a log hold almost nothing, and the others are
/// kept once for all readers.
///
/// Every call is begun by [`CallStarted`](Event::CallStarted) and ended by exactly one event
/// for which [`ends_call`](Event::ends_call) gives its number.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(tag = "type", content = "data", rename_all = "snake_case"))]
pub enum Event {
    /// The debate was created. Always the first event, and only the first.
    DebateInitialized(Arc<Initialized>),
    /// The debate started.
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Map<String, Value>"))]
    DebateStarted,
    /// The debate paused: no call begins until it is resumed.
    DebatePaused(Arc<Paused>),
    /// The debate resumed.
    DebateResumed(Arc<Resumed>),
    /// Another process took the debate over.
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Map<String, Value>"))]
    DebateRecovered,
    /// A person said something.
    Interjected(Interjected),
    /// A person called the vote: no further call of this round's discussion begins.
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Map<String, Value>"))]
    VoteCalled,
    /// A call of a model began.
    CallStarted(CallStarted),
    /// A turn ended. Ends a call.
    TurnEnded(Arc<TurnEnded>),
    /// The whole list of options was set. Ends a call if it names one.
    OptionsSet(Arc<OptionsSet>),
    /// The moderator chose a move. Ends a call.
    MoveChosen(Arc<MoveChosen>),
    /// A participant's ballot was recorded, or its failure. Ends a call.
    BallotRecorded(Arc<BallotRecorded>),
    /// The judge ruled on a tie. Ends a call.
    JudgeRuled(Arc<JudgeRuled>),
    /// A call was voided. Ends a call.
    CallVoided(Arc<CallVoided>),
    /// The ballots of a round were counted.
    RoundClosed(Arc<RoundClosed>),
    /// The debate closed with a verdict. Always the last event.
    DebateClosed(Arc<Verdict>),
    /// An event of a later version, which the rules of this version skip and the log keeps.
    #[cfg_attr(feature = "schema", schemars(skip))]
    Unknown {
        /// Its type.
        kind: String,
        /// Its data.
        data: Box<Value>,
    },
}

impl Event {
    /// The type on the wire.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::DebateInitialized(_) => "debate_initialized",
            Self::DebateStarted => "debate_started",
            Self::DebatePaused(_) => "debate_paused",
            Self::DebateResumed(_) => "debate_resumed",
            Self::DebateRecovered => "debate_recovered",
            Self::Interjected(_) => "interjected",
            Self::VoteCalled => "vote_called",
            Self::CallStarted(_) => "call_started",
            Self::TurnEnded(_) => "turn_ended",
            Self::OptionsSet(_) => "options_set",
            Self::MoveChosen(_) => "move_chosen",
            Self::BallotRecorded(_) => "ballot_recorded",
            Self::JudgeRuled(_) => "judge_ruled",
            Self::CallVoided(_) => "call_voided",
            Self::RoundClosed(_) => "round_closed",
            Self::DebateClosed(_) => "debate_closed",
            Self::Unknown { kind, .. } => kind,
        }
    }

    /// The call that this event ends, if it ends one.
    #[must_use]
    pub fn ends_call(&self) -> Option<crate::CallNo> {
        match self {
            Self::TurnEnded(e) => Some(e.call),
            Self::OptionsSet(e) => e.call,
            Self::MoveChosen(e) => Some(e.call),
            Self::BallotRecorded(e) => Some(e.call),
            Self::JudgeRuled(e) => Some(e.call),
            Self::CallVoided(e) => Some(e.call),
            Self::DebateInitialized(_)
            | Self::DebateStarted
            | Self::DebatePaused(_)
            | Self::DebateResumed(_)
            | Self::DebateRecovered
            | Self::Interjected(_)
            | Self::VoteCalled
            | Self::CallStarted(_)
            | Self::RoundClosed(_)
            | Self::DebateClosed(_)
            | Self::Unknown { .. } => None,
        }
    }

    /// The cost of the call that this event ends, if it ends one and the cost is known.
    #[must_use]
    pub fn meta(&self) -> Option<&crate::CallMeta> {
        match self {
            Self::TurnEnded(e) => Some(&e.meta),
            Self::OptionsSet(e) => e.meta.as_ref(),
            Self::MoveChosen(e) => Some(&e.meta),
            Self::BallotRecorded(e) => Some(&e.meta),
            Self::JudgeRuled(e) => Some(&e.meta),
            Self::CallVoided(e) => e.meta.as_ref(),
            Self::DebateInitialized(_)
            | Self::DebateStarted
            | Self::DebatePaused(_)
            | Self::DebateResumed(_)
            | Self::DebateRecovered
            | Self::Interjected(_)
            | Self::VoteCalled
            | Self::CallStarted(_)
            | Self::RoundClosed(_)
            | Self::DebateClosed(_)
            | Self::Unknown { .. } => None,
        }
    }
}
