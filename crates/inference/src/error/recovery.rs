//! Whether, when and where a call that failed may go better.

use std::time::Duration;

use super::{ChatError, CrashSuspect, reason::is_lost_connection};
use crate::AccessRefusal;

impl ChatError {
    /// The same call may go better in a while: nothing of the reply had arrived, and the cause is
    /// one that passes.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Busy { .. }
            | Self::Unreachable { .. }
            | Self::Overloaded { .. }
            | Self::Loading { .. }
            | Self::Failed { .. }
            | Self::Filtered { .. }
            | Self::NoReply { .. } => true,
            Self::SharedContextFull { begun, .. } => !*begun,
            Self::Crashed { suspect, .. } => matches!(suspect, CrashSuspect::Unknown),
            Self::AllHostsFailed { failures } => match failures.as_slice() {
                [.., last] => last.is_transient(),
                [] => false,
            },
            Self::Deadline { .. }
            | Self::ContextOverflow { .. }
            | Self::OutputLimit { .. }
            | Self::ModelNotFound { .. }
            | Self::Refused { .. }
            | Self::Declined { .. }
            | Self::AllThought { .. }
            | Self::NoHostReady { .. }
            | Self::Interrupted { .. } => false,
        }
    }

    /// The pause that the host asks for, if it does, before the reply or in the middle of it.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Overloaded { retry_after, .. }
            | Self::Loading { retry_after, .. }
            | Self::Failed { retry_after, .. } => *retry_after,
            Self::AllHostsFailed { failures } => failures.last()?.retry_after(),
            Self::Interrupted { .. } => self.cause_in_mid_reply()?.retry_after(),
            Self::Busy { .. }
            | Self::Crashed { .. }
            | Self::Filtered { .. }
            | Self::Declined { .. }
            | Self::Unreachable { .. }
            | Self::Deadline { .. }
            | Self::ContextOverflow { .. }
            | Self::OutputLimit { .. }
            | Self::ModelNotFound { .. }
            | Self::Refused { .. }
            | Self::NoReply { .. }
            | Self::AllThought { .. }
            | Self::SharedContextFull { .. }
            | Self::NoHostReady { .. } => None,
        }
    }

    /// What the host said, if the model, or the server as it was started, does not chat at all.
    #[must_use]
    pub fn no_chat(&self) -> Option<&str> {
        let Self::Refused { detail, source: Some(source), .. } = self else { return None };
        is_no_chat(&**source).then_some(detail.as_str())
    }

    /// Another host may serve the same call: nothing of the reply had arrived, and the cause lies
    /// with the host, or may.
    #[must_use]
    pub const fn may_succeed_elsewhere(&self) -> bool {
        match self {
            Self::Busy { .. }
            | Self::ModelNotFound { .. }
            | Self::Unreachable { .. }
            | Self::Refused { .. }
            | Self::Overloaded { .. }
            | Self::Loading { .. }
            | Self::Failed { .. }
            | Self::Crashed { .. }
            | Self::Filtered { .. }
            | Self::NoReply { .. } => true,
            Self::SharedContextFull { begun, .. } => !*begun,
            Self::NoHostReady { .. }
            | Self::Deadline { .. }
            | Self::ContextOverflow { .. }
            | Self::OutputLimit { .. }
            | Self::Declined { .. }
            | Self::AllThought { .. }
            | Self::Interrupted { .. }
            | Self::AllHostsFailed { .. } => false,
        }
    }

    /// The host takes no call now, and will when its state has changed: it cannot be reached, loads,
    /// restarts the process of the model, or is overloaded.
    #[must_use]
    pub const fn is_host_not_ready(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Overloaded { .. } | Self::Loading { .. } => true,
            Self::Crashed { suspect, .. } => matches!(suspect, CrashSuspect::Unknown),
            Self::Filtered { .. }
            | Self::Declined { .. }
            | Self::Busy { .. }
            | Self::Failed { .. }
            | Self::SharedContextFull { .. }
            | Self::NoHostReady { .. }
            | Self::AllHostsFailed { .. }
            | Self::Deadline { .. }
            | Self::ContextOverflow { .. }
            | Self::OutputLimit { .. }
            | Self::ModelNotFound { .. }
            | Self::Refused { .. }
            | Self::NoReply { .. }
            | Self::AllThought { .. }
            | Self::Interrupted { .. } => false,
        }
    }

    /// Why the host broke off the reply, classified like the same failure before any output.
    #[must_use]
    pub fn cause_in_mid_reply(&self) -> Option<&Self> {
        let Self::Interrupted { source: Some(source), .. } = self else { return None };
        let cause: &(dyn std::error::Error + 'static) = &**source;
        cause.downcast_ref()
    }

    /// The connection to the host was lost in mid-reply, as when its process is killed, or a server in
    /// between said so of the process that runs the model.
    #[must_use]
    pub fn is_lost_connection(&self) -> bool {
        let Self::Interrupted { source, .. } = self else { return false };
        match self.cause_in_mid_reply() {
            Some(Self::Unreachable { .. } | Self::Crashed { .. }) => true,
            Some(_) | None => is_lost_connection(source.as_deref()),
        }
    }

    /// The host refuses this caller, if that is what the error says: a key, permission or credit is
    /// missing.
    #[must_use]
    pub fn access_refusal(&self) -> Option<AccessRefusal> {
        AccessRefusal::of(self)
    }

    /// Too many calls wait, wherever it was asked.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        if let Self::AllHostsFailed { failures } = self {
            return failures.iter().all(Self::is_busy);
        }
        matches!(self, Self::Busy { .. })
    }
}

fn is_no_chat(source: &(dyn std::error::Error + 'static)) -> bool {
    #[cfg(feature = "ollama")]
    if crate::ollama::is_no_chat(source) {
        return true;
    }
    #[cfg(feature = "openai")]
    if crate::openai::is_no_chat(source) {
        return true;
    }
    let _ = source;
    false
}
