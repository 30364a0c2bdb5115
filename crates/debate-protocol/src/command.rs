use std::sync::Arc;

use synod_domain::{CallMeta, CallNo, HostName, ModelChange, PausePolicy, PauseReason};

use crate::{CallEnd, Step};

/// A command to a debate. [`Debate::decide`](crate::Debate::decide) returns the events it yields.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Start the debate.
    Start,
    /// Begin no further call.
    Pause {
        /// The treatment of open calls.
        policy: PausePolicy,
        /// The reason.
        reason: PauseReason,
    },
    /// Pause because too few hosts serve the calls: open calls are voided, and made again after a
    /// resume.
    PauseForHosts {
        /// [`PauseReason::HostsAway`] or [`PauseReason::HostsRefuse`].
        reason: PauseReason,
        /// The hosts, ordered by name.
        hosts: Box<[HostName]>,
        /// The failure, in a few words.
        detail: Option<Arc<str>>,
    },
    /// Pause because hosts serve other models than the debate has recorded.
    PauseForModels {
        /// The changes, as [`Debate::model_changes`](crate::Debate::model_changes) finds them.
        changes: Box<[ModelChange]>,
    },
    /// Resume the debate.
    Resume,
    /// Resume the debate with these changed models, which replace those that it has recorded.
    ResumeWithModels {
        /// The changes.
        accepted: Box<[ModelChange]>,
    },
    /// Close the debate as stopped.
    Stop {
        /// The reason, for the verdict.
        reason: Option<String>,
    },
    /// Send a message to all participants.
    Interject {
        /// The message, 1 to 4,000 characters.
        text: String,
        /// The author, shown to watchers only.
        author: Option<String>,
    },
    /// End this round's discussion and vote.
    CallVote,
    /// Begin the first due step.
    Begin(Step),
    /// A call ended.
    Ended {
        /// The call.
        call: CallNo,
        /// The way it ended.
        how: CallEnd,
        /// The reply, or the part that had arrived.
        text: String,
        /// The cost of the call.
        meta: CallMeta,
    },
    /// Void these open calls, which wait for their hosts while the debate is paused. They are made again
    /// after a resume. Without effect if the debate has been resumed.
    Withdraw {
        /// The calls.
        calls: Vec<CallNo>,
    },
    /// This process took the debate over from another one that may have died.
    Recover,
    /// This process releases the debate.
    Release,
    /// The running time of the debate is used up.
    DeadlinePassed,
    /// The debate cannot continue.
    Fault {
        /// The reason.
        reason: String,
    },
}

impl Command {
    /// The verb of the command in messages, as in `cannot call a vote in a completed debate`.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Interject { .. } => "speak into",
            Self::CallVote => "call a vote in",
            Self::Begin(_) => "begin a call of",
            Self::Ended { .. } => "end a call of",
            Self::DeadlinePassed => "expire",
            Self::Start
            | Self::Pause { .. }
            | Self::PauseForHosts { .. }
            | Self::PauseForModels { .. }
            | Self::Resume
            | Self::ResumeWithModels { .. }
            | Self::Stop { .. }
            | Self::Withdraw { .. }
            | Self::Recover
            | Self::Release
            | Self::Fault { .. } => self.name(),
        }
    }

    /// The name of the command in logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause { .. } | Self::PauseForHosts { .. } | Self::PauseForModels { .. } => {
                "pause"
            }
            Self::Resume | Self::ResumeWithModels { .. } => "resume",
            Self::Stop { .. } => "stop",
            Self::Interject { .. } => "interject",
            Self::CallVote => "call_vote",
            Self::Begin(_) => "begin",
            Self::Ended { .. } => "ended",
            Self::Withdraw { .. } => "withdraw",
            Self::Recover => "recover",
            Self::Release => "release",
            Self::DeadlinePassed => "deadline_passed",
            Self::Fault { .. } => "fault",
        }
    }
}
