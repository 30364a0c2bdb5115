mod asks_to_wait;
mod crash_evidence;
mod crash_suspect;
#[cfg(any(feature = "ollama", feature = "openai"))]
mod mid_reply;
mod model_refusal;
mod rate_limit;
mod reason;
mod recovery;

use std::{fmt, sync::Arc, time::Duration};

use synod_domain::{HostName, ModelName};
use thiserror::Error;

use self::{asks_to_wait::AsksToWait, crash_evidence::Stopped};
pub use self::{
    crash_evidence::CrashEvidence, crash_suspect::CrashSuspect, model_refusal::ModelRefusal,
};
use crate::Usage;

/// The cause of a failure, kept for logs.
pub(crate) type ErrorSource = Arc<dyn std::error::Error + Send + Sync>;

/// Errors of a call. The caller keeps the output that arrived before.
#[derive(Clone, Debug, Error)]
pub enum ChatError {
    /// The clock of the call ran out.
    #[error("no complete reply within {} s", limit.as_secs())]
    Deadline {
        /// The limit that ran out.
        limit: Duration,
    },
    /// Prompt and reply do not fit the model's window. A prompt shorter than the window was refused
    /// because of the tokens requested for the reply.
    #[error("prompt and reply do not fit the window of {model}{}", Figures(*prompt_tokens, *window))]
    ContextOverflow {
        /// The model.
        model: ModelName,
        /// Tokens of the prompt, if the host said.
        prompt_tokens: Option<u32>,
        /// Tokens of the window, if the host said.
        window: Option<u32>,
    },
    /// The host allows fewer output tokens than any reply of the requested form needs.
    #[error(
        "{host} allows at most {most} output tokens for a reply of {model}, and this one needs {needed}"
    )]
    OutputLimit {
        /// The host.
        host: HostName,
        /// The model.
        model: ModelName,
        /// Tokens that the host allows.
        most: u32,
        /// Tokens that the reply needs at least.
        needed: u32,
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
        source: ErrorSource,
    },
    /// The host refused the call: to send it again would not help.
    #[error("{host} refused the call: {detail}")]
    Refused {
        /// The host.
        host: HostName,
        /// What it said.
        detail: String,
        /// The cause.
        #[source]
        source: Option<ErrorSource>,
    },
    /// The host itself is overloaded: to send the call again later may help.
    #[error("{host} is overloaded: {detail}{}", AsksToWait("; it", *retry_after))]
    Overloaded {
        /// The host.
        host: HostName,
        /// What it said.
        detail: String,
        /// The pause that it asks for.
        retry_after: Option<Duration>,
        /// The cause.
        #[source]
        source: Option<ErrorSource>,
    },
    /// The host is loading, and serves calls when it is done.
    #[error("{host} is loading: {detail}{}", AsksToWait("; it", *retry_after))]
    Loading {
        /// The host.
        host: HostName,
        /// What it said.
        detail: String,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
        /// The cause.
        #[source]
        source: Option<ErrorSource>,
    },
    /// The process that runs the model stopped. The host may restart it.
    #[error("{}: {detail}", Stopped { host, model, evidence: *evidence, suspect: *suspect })]
    Crashed {
        /// The host.
        host: HostName,
        /// The model.
        model: ModelName,
        /// What it said.
        detail: String,
        /// What shows that it stopped.
        evidence: CrashEvidence,
        /// What makes it stop. Waiting helps only if that is unknown.
        suspect: CrashSuspect,
        /// The cause.
        #[source]
        source: Option<ErrorSource>,
    },
    /// A content filter of the host, or of a service behind it, removed the whole reply, or refused the
    /// prompt.
    #[error("a content filter of {host} withheld the reply of {model}: {detail}")]
    Filtered {
        /// The host.
        host: HostName,
        /// The model.
        model: ModelName,
        /// What it said.
        detail: String,
    },
    /// The model declined to reply, and its host reports that apart from a reply.
    #[error("{model} on {host} declined to reply: {said}")]
    Declined {
        /// The host.
        host: HostName,
        /// The model.
        model: ModelName,
        /// What it said instead.
        said: String,
    },
    /// The calls that the host worked on did not fit the context that they share.
    #[error("{host} has no room for all of its calls to {model} at a time: {detail}")]
    SharedContextFull {
        /// The host.
        host: HostName,
        /// The model.
        model: ModelName,
        /// What it said.
        detail: String,
        /// Some output had arrived. Otherwise the gateway makes the call again, with fewer others.
        begun: bool,
        /// The cause.
        #[source]
        source: Option<ErrorSource>,
    },
    /// No host that may serve the call was reachable and ready for as long as the call may wait.
    #[error("no host was ready within {} s: {}", waited.as_secs(), Failures(failures))]
    NoHostReady {
        /// How long the call waited.
        waited: Duration,
        /// The last error of each host.
        failures: Vec<ChatError>,
    },
    /// The host failed before any output: to send the call again may help.
    #[error("{host} failed: {detail}{}", AsksToWait("; it", *retry_after))]
    Failed {
        /// The host.
        host: HostName,
        /// What it said.
        detail: String,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
        /// The cause.
        #[source]
        source: Option<ErrorSource>,
    },
    /// The host ended the call without an error and without a reply: to send it once more may help.
    #[error("{host} sent no reply: {detail}")]
    NoReply {
        /// The host.
        host: HostName,
        /// How it ended the call.
        detail: String,
    },
    /// The call was sent to several hosts, and none served it.
    #[error("no host served the call: {}", Failures(failures))]
    AllHostsFailed {
        /// The error of each host.
        failures: Vec<ChatError>,
    },
    /// The model thought until a limit ended it, and did not reply, also when it was asked once more.
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
    /// The reply was interrupted after some output. It cannot be continued.
    #[error("{host} broke off: {detail}")]
    Interrupted {
        /// The host.
        host: HostName,
        /// The cause, as far as it is known.
        detail: String,
        /// The cause: a [`ChatError`] where the host said it, classified as before the first word.
        #[source]
        source: Option<ErrorSource>,
    },
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

/// Whether the host sent a web page in place of an answer.
pub(crate) fn is_page(source: &(dyn std::error::Error + 'static)) -> bool {
    #[cfg(feature = "ollama")]
    if let Some(error) = source.downcast_ref::<synod_ollama_client::Error>() {
        return error.is_page();
    }
    #[cfg(feature = "openai")]
    if let Some(error) = source.downcast_ref::<synod_openai_client::Error>() {
        return error.is_page();
    }
    let _ = source;
    false
}

/// Whether something answered at the address of the host: a response came, perhaps of a proxy in front of
/// it, or at least a connection was made.
pub(crate) fn was_connected(source: &(dyn std::error::Error + 'static)) -> bool {
    #[cfg(feature = "ollama")]
    if let Some(error) = source.downcast_ref::<synod_ollama_client::Error>() {
        return error.was_connected();
    }
    #[cfg(feature = "openai")]
    if let Some(error) = source.downcast_ref::<synod_openai_client::Error>() {
        return error.was_connected();
    }
    reason::is_cut(source)
}

/// Whether the connection to the host was lost after it had been made, without a response.
pub(crate) fn is_lost(source: &(dyn std::error::Error + 'static)) -> bool {
    #[cfg(feature = "ollama")]
    if let Some(error) = source.downcast_ref::<synod_ollama_client::Error>() {
        return error.was_connected() && error.status().is_none();
    }
    #[cfg(feature = "openai")]
    if let Some(error) = source.downcast_ref::<synod_openai_client::Error>() {
        return error.was_connected() && error.status().is_none();
    }
    reason::is_cut(source)
}

/// Whether a host said that it has tried to start the process of a model for the call.
pub(crate) fn says_start(said: &str) -> bool {
    #[cfg(any(feature = "ollama", feature = "openai"))]
    if crate::not_ready::fails_to_start(said) {
        return true;
    }
    let _ = said;
    false
}

/// What the host itself said of the failure, without what a client adds.
pub(crate) fn words_of_host<'a>(source: &'a (dyn std::error::Error + 'static)) -> Option<&'a str> {
    #[cfg(feature = "ollama")]
    if let Some(error) = source.downcast_ref::<synod_ollama_client::Error>() {
        return Some(error.message()).filter(|said| !said.is_empty());
    }
    #[cfg(feature = "openai")]
    if let Some(error) = source.downcast_ref::<synod_openai_client::Error>() {
        return Some(error.message()).filter(|said| !said.is_empty());
    }
    let _ = source;
    None
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
