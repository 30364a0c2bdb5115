use std::{error::Error as StdError, io, iter};

use super::{
    ChatError, ErrorSource, asks_to_wait::AsksToWait, crash_evidence::Stopped, words_of_host,
};
use crate::{CrashEvidence, HostName};

/// The maximum of characters quoted from a host.
const MOST_SAID: usize = 240;

impl ChatError {
    /// The error in a few words, which are the same for calls that failed for the same reason, as
    /// `connection refused by gpu`.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Deadline { limit } => format!("time limit of {} s", limit.as_secs()),
            Self::ContextOverflow { model, window: Some(window), .. } => {
                format!("the prompt does not fit the window of {model}, {window} tokens")
            }
            Self::ContextOverflow { model, window: None, .. } => {
                format!("the prompt does not fit the window of {model}")
            }
            Self::OutputLimit { .. } => self.to_string(),
            Self::Busy { host, model, .. } => format!("too many calls wait for {model} on {host}"),
            Self::ModelNotFound { host, model } => format!("{host} has no model {model}"),
            Self::Unreachable { host, source } => unreachable(host, &**source),
            Self::Refused { host, detail, .. } => format!("{host} refused: {}", cut(detail)),
            Self::Overloaded { host, retry_after, .. } => {
                format!("{host} is overloaded{}", AsksToWait(" and", *retry_after))
            }
            Self::Loading { host, .. } => format!("{host} is loading its model"),
            Self::Crashed { host, model, evidence, suspect, detail, source } => {
                let (evidence, suspect) = (*evidence, *suspect);
                let stopped = Stopped { host, model, evidence, suspect };
                let said = match evidence {
                    CrashEvidence::Reported => {
                        source.as_ref().and_then(|source| words_of_host(&**source))
                    }
                    CrashEvidence::OnlyCallsFail => None,
                };
                format!("{stopped}: {}", cut(said.unwrap_or(detail)))
            }
            Self::Filtered { host, .. } => format!("a content filter of {host} withheld the reply"),
            Self::Declined { model, said, .. } => format!("{model} declined: {}", cut(said)),
            Self::SharedContextFull { host, model, .. } => {
                format!("{host} has no room for all of its calls to {model}")
            }
            Self::NoHostReady { failures, .. } => match failures.last() {
                Some(last) => last.reason(),
                None => "no host was ready".to_owned(),
            },
            Self::Failed { host, detail, .. } => format!("{host} failed: {}", cut(detail)),
            Self::NoReply { host, .. } => format!("empty reply from {host}"),
            Self::AllThought { model, .. } => format!("{model} thought and said nothing"),
            Self::Interrupted { host, source, detail } => match self.cause_in_mid_reply() {
                Some(Self::Crashed { model, .. }) => {
                    let said = cut(detail);
                    format!("the process of {model} on {host} stopped in mid-reply: {said}")
                }
                _ if is_lost_connection(source.as_deref()) => {
                    format!("connection reset by {host} in mid-reply")
                }
                Some(_) => format!("{host} broke off its reply: {}", cut(detail)),
                None => format!("{host} broke off its reply"),
            },
            Self::AllHostsFailed { failures } => match failures.last() {
                Some(last) => last.reason(),
                None => "no host served it".to_owned(),
            },
        }
    }
}

/// Why a host cannot be reached.
fn unreachable(host: &HostName, source: &(dyn StdError + 'static)) -> String {
    if let Some(why) = explained(source) {
        return format!("{host} cannot be reached: {}", cut(&why));
    }
    match io_error_of(source) {
        Some(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            format!("connection refused by {host}")
        }
        Some(_) if is_cut(source) => format!("connection reset by {host}"),
        Some(error) => {
            let why = error.to_string();
            let why = why.split(" (os error ").next().unwrap_or(&why);
            format!("{host} cannot be reached: {}", cut(why))
        }
        // A proxy in front of it has answered.
        None => format!("{host} cannot be reached: {}", cut(&source.to_string())),
    }
}

/// Why no connection to the host was made, where the transport knows more than the system.
fn explained(source: &(dyn StdError + 'static)) -> Option<String> {
    #[cfg(any(feature = "ollama", feature = "openai"))]
    {
        use synod_http_transport::Failure;

        let failure = causes(source).find_map(|cause| cause.downcast_ref::<Failure>())?;
        match failure {
            Failure::Unresolved { .. }
            | Failure::ClosedInHandshake { .. }
            | Failure::Proxy { .. } => return Some(failure.to_string()),
            Failure::TimedOut { .. }
            | Failure::Lost { .. }
            | Failure::Tls { .. }
            | Failure::NotHttp { .. } => {}
        }
    }
    let _ = source;
    None
}

/// Whether the system reports that a connection was closed or reset.
pub(super) fn is_cut(source: &(dyn StdError + 'static)) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    io_error_of(source).is_some_and(|error| {
        matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
    })
}

/// Whether a reply broke off since the connection did.
pub(super) fn is_lost_connection(cause: Option<&(dyn StdError + Send + Sync + 'static)>) -> bool {
    cause.is_some_and(|cause| io_error_of(cause).is_some())
}

/// The error of the system that is the cause.
fn io_error_of<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a io::Error> {
    causes(error).filter_map(|cause| cause.downcast_ref()).last()
}

/// An error and its causes.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<ErrorSource>() {
        Some(shared) => Some(&**shared),
        None => error.source(),
    })
}

/// What a host said, on one line and shortened.
fn cut(detail: &str) -> String {
    let words = detail.split_whitespace().collect::<Vec<_>>().join(" ");
    // A client may announce what it read, and there was nothing.
    let words = words.trim_end_matches([':', ' ']).to_owned();
    if words.chars().count() <= MOST_SAID {
        return words;
    }
    words.chars().take(MOST_SAID).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::HostName;

    #[test]
    fn refused_and_reset_connections_have_different_reasons() {
        let host = HostName::new("gpu").unwrap();
        let reason = |kind: io::ErrorKind| {
            let source = Arc::new(io::Error::from(kind));
            ChatError::Unreachable { host: host.clone(), source }.reason()
        };
        assert_eq!(reason(io::ErrorKind::ConnectionRefused), "connection refused by gpu");
        assert_eq!(reason(io::ErrorKind::ConnectionReset), "connection reset by gpu");
        let unreachable = reason(io::ErrorKind::NetworkUnreachable);
        assert_eq!(unreachable, "gpu cannot be reached: network unreachable");
    }

    #[test]
    fn the_figure_in_a_refusal_is_shown() {
        let host = HostName::new("gpu").unwrap();
        let said = "Request too large for model `llama-3.1-8b-instant` in organization `org_x` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 7172";
        let detail = format!("the server refused the request (status 413): {said}");
        let reason = ChatError::Refused { host, detail, source: None }.reason();
        assert!(reason.ends_with("Limit 6000, Requested 7172"), "{reason}");
    }

    #[test]
    fn a_sentence_does_not_end_with_a_colon() {
        let detail = "not the protocol: an event of more than 1 MiB: ".to_owned();
        let host = HostName::new("gpu").unwrap();
        let reason = ChatError::Refused { host, detail, source: None }.reason();
        assert_eq!(reason, "gpu refused: not the protocol: an event of more than 1 MiB");
    }

    #[test]
    fn long_words_of_a_host_are_cut() {
        let host = HostName::new("gpu").unwrap();
        let detail = format!("no\nroom {}", "x".repeat(1_000));
        let reason = ChatError::Refused { host, detail, source: None }.reason();
        assert!(
            reason.starts_with("gpu refused: no room xxx") && reason.ends_with('…'),
            "{reason}"
        );
        assert!(reason.chars().count() < 260, "{reason}");
    }
}
