use std::sync::Arc;

use synod_domain::{CallMeta, CallNo, HostName, PausePolicy, PauseReason};

use crate::{CallEnd, Step};

/// A wish. [`Debate::decide`](crate::Debate::decide) says what comes of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Let it run.
    Start,
    /// Begin no further call.
    Pause {
        /// What becomes of the open calls.
        policy: PausePolicy,
        /// Why.
        reason: PauseReason,
    },
    /// Pause since too few hosts serve its calls: those that are open are voided, and their steps
    /// begin again after a resume.
    PauseForHosts {
        /// [`PauseReason::HostsAway`] or [`PauseReason::HostsRefuse`].
        reason: PauseReason,
        /// The hosts, in the order of their names.
        hosts: Box<[HostName]>,
        /// How they failed, in a few words.
        detail: Option<Arc<str>>,
    },
    /// Go on.
    Resume,
    /// Close it as stopped.
    Stop {
        /// Why, for the verdict.
        reason: Option<String>,
    },
    /// Say something to all participants.
    Interject {
        /// 1 to 4,000 characters.
        text: String,
        /// Who says it, shown to watchers only.
        author: Option<String>,
    },
    /// End this round's discussion and vote.
    CallVote,
    /// Begin the first step that is due.
    Begin(Step),
    /// A call is over.
    Ended {
        /// The call.
        call: CallNo,
        /// How it ended.
        how: CallEnd,
        /// The reply, or what had arrived of it.
        text: String,
        /// What it cost.
        meta: CallMeta,
    },
    /// This process has taken the debate over from another that may be dead.
    Recover,
    /// This process lets go of the debate.
    Release,
    /// The debate has used up its running time.
    DeadlinePassed,
    /// The debate cannot go on.
    Fault {
        /// Why.
        reason: String,
    },
}

impl Command {
    /// The words for it in front of a debate, as in `cannot call a vote in a completed debate`.
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
            | Self::Resume
            | Self::Stop { .. }
            | Self::Recover
            | Self::Release
            | Self::Fault { .. } => self.name(),
        }
    }

    /// The word for it in logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Pause { .. } | Self::PauseForHosts { .. } => "pause",
            Self::Resume => "resume",
            Self::Stop { .. } => "stop",
            Self::Interject { .. } => "interject",
            Self::CallVote => "call_vote",
            Self::Begin(_) => "begin",
            Self::Ended { .. } => "ended",
            Self::Recover => "recover",
            Self::Release => "release",
            Self::DeadlinePassed => "deadline_passed",
            Self::Fault { .. } => "fault",
        }
    }
}
