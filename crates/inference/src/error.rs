mod reason;

use std::{fmt, sync::Arc, time::Duration};

use synod_domain::{HostName, ModelName};
use thiserror::Error;

use crate::Usage;

/// The cause of a failure, kept for logs.
type Source = Arc<dyn std::error::Error + Send + Sync>;

/// Why a call did not end well. What had arrived before stays with the caller.
#[derive(Clone, Debug, Error)]
pub enum ChatError {
    /// The clock of the call ran out.
    #[error("no complete reply within {} s", limit.as_secs())]
    Deadline {
        /// The limit that ran out.
        limit: Duration,
    },
    /// Prompt and reply do not fit the model's window. A prompt that is shorter than the window was
    /// refused because of the tokens of the reply that were asked for.
    #[error("prompt and reply do not fit the window of {model}{}", Figures(*prompt_tokens, *window))]
    ContextOverflow {
        /// The model.
        model: ModelName,
        /// Tokens of the prompt, if the host said.
        prompt_tokens: Option<u32>,
        /// Tokens of the window, if the host said.
        window: Option<u32>,
    },
    /// Too many calls wait for the model, or one waited too long.
    #[error("{model} on {host} is busy: {waiting} calls wait")]
    Busy {
        /// The host.
        host: HostName,
        /// The model.
        model: ModelName,
        /// Calls that wait.
        waiting: usize,
    },
    /// The model is not on the host.
    #[error("{host} has no model {model}")]
    ModelNotFound {
        /// The host.
        host: HostName,
        /// The model.
        model: ModelName,
    },
    /// The host cannot be reached.
    #[error("{host} cannot be reached")]
    Unreachable {
        /// The host.
        host: HostName,
        /// The cause.
        #[source]
        source: Source,
    },
    /// The host refused the call: asking again would not help.
    #[error("{host} refused the call: {detail}")]
    Refused {
        /// The host.
        host: HostName,
        /// What it said.
        detail: String,
        /// The cause.
        #[source]
        source: Option<Source>,
    },
    /// The host itself has too much to do: asking again later may help.
    #[error("{host} is overloaded: {detail}")]
    Overloaded {
        /// The host.
        host: HostName,
        /// What it said.
        detail: String,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
        /// The cause.
        #[source]
        source: Option<Source>,
    },
    /// The host failed before any output: asking again may help.
    #[error("{host} failed: {detail}")]
    Failed {
        /// The host.
        host: HostName,
        /// What it said.
        detail: String,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
        /// The cause.
        #[source]
        source: Option<Source>,
    },
    /// The host ended the call well, and without a reply: asking again once may help.
    #[error("{host} sent no reply: {detail}")]
    NoReply {
        /// The host.
        host: HostName,
        /// How it ended the call.
        detail: String,
    },
    /// More than one host was asked, and none served the call.
    #[error("no host served the call: {}", Failures(failures))]
    Everywhere {
        /// Why not, host by host.
        failures: Vec<ChatError>,
    },
    /// The model thought until a limit ended it, and said nothing, also when it was asked once
    /// more.
    #[error(
        "{model} on {host} used all of its tokens for thinking and said nothing; allow more tokens \
         or time, or take a model that thinks less"
    )]
    AllThought {
        /// The host.
        host: HostName,
        /// The model.
        model: ModelName,
        /// Tokens of the whole call.
        usage: Usage,
    },
    /// The reply broke off after some output: it cannot be had again.
    #[error("{host} broke off: {detail}")]
    BrokeOff {
        /// The host.
        host: HostName,
        /// What is known.
        detail: String,
        /// The cause.
        #[source]
        source: Option<Source>,
    },
}

impl ChatError {
    /// The same call may go better in a while: nothing of the reply had arrived, and the cause is
    /// one that passes.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Busy { .. }
            | Self::Unreachable { .. }
            | Self::Overloaded { .. }
            | Self::Failed { .. }
            | Self::NoReply { .. } => true,
            Self::Everywhere { failures } => match failures.as_slice() {
                [.., last] => last.may_pass(),
                [] => false,
            },
            Self::Deadline { .. }
            | Self::ContextOverflow { .. }
            | Self::ModelNotFound { .. }
            | Self::Refused { .. }
            | Self::AllThought { .. }
            | Self::BrokeOff { .. } => false,
        }
    }

    /// How long the host asks to be left alone, if it said.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Overloaded { retry_after, .. } | Self::Failed { retry_after, .. } => *retry_after,
            Self::Everywhere { failures } => match failures.as_slice() {
                [.., last] => last.retry_after(),
                [] => None,
            },
            Self::Busy { .. }
            | Self::Unreachable { .. }
            | Self::Deadline { .. }
            | Self::ContextOverflow { .. }
            | Self::ModelNotFound { .. }
            | Self::Refused { .. }
            | Self::NoReply { .. }
            | Self::AllThought { .. }
            | Self::BrokeOff { .. } => None,
        }
    }

    /// Another host may serve the same call: nothing of the reply had arrived, and the cause lies
    /// with the host, or may.
    #[must_use]
    pub const fn may_go_better_elsewhere(&self) -> bool {
        match self {
            Self::Busy { .. }
            | Self::ModelNotFound { .. }
            | Self::Unreachable { .. }
            | Self::Refused { .. }
            | Self::Overloaded { .. }
            | Self::Failed { .. }
            | Self::NoReply { .. } => true,
            Self::Deadline { .. }
            | Self::ContextOverflow { .. }
            | Self::AllThought { .. }
            | Self::BrokeOff { .. }
            | Self::Everywhere { .. } => false,
        }
    }

    /// Too many calls wait, wherever it was asked.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Everywhere { failures } => failures.iter().all(Self::is_busy),
            Self::Unreachable { .. }
            | Self::Overloaded { .. }
            | Self::Failed { .. }
            | Self::Deadline { .. }
            | Self::ContextOverflow { .. }
            | Self::ModelNotFound { .. }
            | Self::Refused { .. }
            | Self::NoReply { .. }
            | Self::AllThought { .. }
            | Self::BrokeOff { .. } => false,
        }
    }
}

/// The prompt's and the window's tokens.
struct Figures(Option<u32>, Option<u32>);

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(Some(prompt), Some(window)) => {
                write!(f, " ({prompt} tokens of prompt, {window} of window)")
            }
            Self(Some(prompt), None) => write!(f, " ({prompt} tokens of prompt)"),
            Self(None, Some(window)) => write!(f, " ({window} tokens)"),
            Self(None, None) => Ok(()),
        }
    }
}

struct Failures<'a>(&'a [ChatError]);

impl fmt::Display for Failures<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, failure) in self.0.iter().enumerate() {
            let between = if index == 0 { "" } else { "; " };
            write!(f, "{between}{failure}")?;
        }
        Ok(())
    }
}
