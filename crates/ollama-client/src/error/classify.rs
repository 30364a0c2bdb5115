//! Finds the kind of an error by its status and its message. For most errors of Ollama only the
//! message differs.

use synod_http_transport::{ErrorKind, Retryable};

use super::{Error, ServerReport};

/// Phrases that determine the kind; the first match counts.
const CAUSES: &[(&str, ErrorKind, Retryable)] = {
    use ErrorKind::{
        BadRequest, Busy, ContextOverflow, LoadFailed, ModelNotFound, RunnerCrashed, StreamError,
        UnsupportedCapability, Upstream,
    };
    use Retryable::{ByCaller, No, Once, Yes};
    &[
        ("exceeds the available context size", ContextOverflow, No),
        ("exceed_context_size_error", ContextOverflow, No),
        ("the prompt is longer than the context length", ContextOverflow, No),
        ("input length exceeds the context length", ContextOverflow, No),
        // Of cloud models.
        ("exceeded max context length", ContextOverflow, No),
        ("maximum context length", ContextOverflow, No),
        ("does not support", UnsupportedCapability, No),
        ("missing data required for image input", UnsupportedCapability, No),
        ("must be of type", BadRequest, No),
        ("invalid format:", BadRequest, No),
        ("invalid JSON schema", BadRequest, No),
        ("failed to parse grammar", BadRequest, No),
        ("try pulling it first", ModelNotFound, No),
        ("pull model manifest: file does not exist", ModelNotFound, No),
        // A repeated pull resumes.
        ("pull model manifest:", Upstream, Yes),
        ("error parsing tool call", StreamError, ByCaller),
        // Before the load failures: the message of a crash may mention memory as well.
        ("runner has unexpectedly stopped", RunnerCrashed, Yes),
        ("error was encountered while running the model", RunnerCrashed, Yes),
        // Too little memory will not change; other load failures may pass.
        ("out-of-memory", LoadFailed, No),
        ("out of memory", LoadFailed, No),
        ("requires more system memory", LoadFailed, No),
        ("process has terminated", LoadFailed, Once),
        ("process no longer running", LoadFailed, Once),
        ("timed out waiting for llama", LoadFailed, Once),
        ("error starting llama", LoadFailed, Once),
        ("unable to load", LoadFailed, Once),
        ("error loading model", LoadFailed, Once),
        ("maximum pending requests exceeded", Busy, Yes),
        ("server busy", Busy, Yes),
        ("Server overloaded", Busy, Yes),
        ("no slots available", Busy, Yes),
        ("llm server loading model", Busy, Yes),
        ("exceeded 8 MB limit", Upstream, No),
    ]
};

fn by_text(text: &str) -> Option<(ErrorKind, Retryable)> {
    if text.starts_with("model ") && text.ends_with(" not found") {
        return Some((ErrorKind::ModelNotFound, Retryable::No));
    }
    CAUSES
        .iter()
        .find(|(mark, ..)| text.contains(mark))
        .map(|&(_, kind, retryable)| (kind, retryable))
}

fn by_status(status: u16, report: &ServerReport) -> (ErrorKind, Retryable) {
    use {ErrorKind as Kind, Retryable as Retry};
    let by_message = || by_text(&report.message);
    match status {
        401 => (Kind::Unauthorized, Retry::No),
        402 => (Kind::OutOfQuota, Retry::No),
        403 | 407 => (Kind::Forbidden, Retry::No),
        // A gateway may respond `{"error":"Not Found"}`; Ollama names the model.
        404 if report.is_json && !report.message.eq_ignore_ascii_case("not found") => {
            (Kind::ModelNotFound, Retry::No)
        }
        // A POST that a redirect turned into a GET gets 405.
        404 | 405 => (Kind::EndpointMissing, Retry::No),
        429 => (Kind::Busy, Retry::Yes),
        // Ollama's response to a client that left, as a proxy sees it.
        499 => (Kind::Upstream, Retry::ByCaller),
        400..=499 => by_message().unwrap_or((Kind::BadRequest, Retry::No)),
        501 => by_message().unwrap_or((Kind::UnsupportedCapability, Retry::No)),
        502 | 504 => (Kind::Upstream, Retry::Yes),
        503 if report.is_json => (Kind::Busy, Retry::Yes),
        503 => (Kind::Upstream, Retry::Yes),
        500..=599 => by_message().unwrap_or((Kind::Upstream, Retry::ByCaller)),
        _ => (Kind::Protocol, Retry::No),
    }
}

/// The error of a response with an unsuccessful status.
pub(crate) fn answered(status: u16, report: ServerReport) -> Error {
    let (kind, retryable) = by_status(status, &report);
    reported(kind, retryable, report).with_status(status)
}

/// The error of an error line after status 200; `delivered`: the caller has a part of the reply.
pub(crate) fn in_stream(report: ServerReport, delivered: bool) -> Error {
    let cause = by_text(&report.message);
    let retryable = match cause.map(|(_, retryable)| retryable) {
        Some(fixed @ (Retryable::No | Retryable::ByCaller)) => fixed,
        Some(Retryable::Yes | Retryable::Once) | None if delivered => Retryable::ByCaller,
        Some(other @ (Retryable::Yes | Retryable::Once)) => other,
        None => Retryable::Yes,
    };
    let error = reported(ErrorKind::StreamError, retryable, report).with_status(200);
    error.with_reported_kind(cause.map(|(kind, _)| kind))
}

fn reported(kind: ErrorKind, retryable: Retryable, report: ServerReport) -> Error {
    let error = Error::new(kind, retryable, report.message);
    error.with_overflow(report.overflow).with_signin_url(report.signin_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> (ErrorKind, Retryable) {
        let error = super::answered(status, ServerReport::of_body(body.as_bytes()));
        (error.kind(), error.retryable())
    }

    #[test]
    fn status_500_is_classified_by_its_message() {
        use {ErrorKind as Kind, Retryable as Retry};
        let cases = [
            ("option \\\"stop\\\" must be of type array", Kind::BadRequest, Retry::No),
            ("timed out waiting for llama-server to start - ", Kind::LoadFailed, Retry::Once),
            ("llama runner process has terminated: exit status 2", Kind::LoadFailed, Retry::Once),
            (
                "model requires more system memory (9 GiB) than is available (3 GiB)",
                Kind::LoadFailed,
                Retry::No,
            ),
            (
                "an error was encountered while running the model: CUDA error: out of memory",
                Kind::RunnerCrashed,
                Retry::Yes,
            ),
            ("no slots available after 10 retries", Kind::Busy, Retry::Yes),
            ("unexpected server status: llm server loading model", Kind::Busy, Retry::Yes),
            ("error parsing tool call: raw='{', err=x", Kind::StreamError, Retry::ByCaller),
            ("an unknown message", Kind::Upstream, Retry::ByCaller),
        ];
        for (text, kind, retryable) in cases {
            let body = format!(r#"{{"error":"{text}"}}"#);
            assert_eq!(answered(500, &body), (kind, retryable), "{text}");
        }
    }

    #[test]
    fn status_402_is_missing_credit() {
        let body = r#"{"error":"payment required: upgrade your plan"}"#;
        assert_eq!(answered(402, body), (ErrorKind::OutOfQuota, Retryable::No));
    }

    #[test]
    fn status_404_is_a_missing_model_only_from_ollama() {
        assert_eq!(answered(404, r#"{"error":"model 'm' not found"}"#).0, ErrorKind::ModelNotFound);
        assert_eq!(answered(404, "404 page not found").0, ErrorKind::EndpointMissing);
        assert_eq!(answered(404, r#"{"detail":"Not Found"}"#).0, ErrorKind::EndpointMissing);
        assert_eq!(answered(404, r#"{"error":"Not Found"}"#).0, ErrorKind::EndpointMissing);
        assert_eq!(answered(405, "405 method not allowed").0, ErrorKind::EndpointMissing);
    }

    #[test]
    fn a_busy_server_is_retried() {
        let busy =
            r#"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#;
        assert_eq!(answered(503, busy), (ErrorKind::Busy, Retryable::Yes));
        assert_eq!(answered(429, "slow down"), (ErrorKind::Busy, Retryable::Yes));
        assert_eq!(answered(503, "<html>"), (ErrorKind::Upstream, Retryable::Yes));
    }

    #[test]
    fn an_error_after_output_is_retried_by_the_caller_only() {
        let line = |text: &str, delivered| {
            let report = ServerReport::of_json(format!(r#"{{"error":"{text}"}}"#).as_bytes());
            let error = in_stream(report.unwrap(), delivered);
            assert_eq!(error.kind(), ErrorKind::StreamError);
            error.retryable()
        };
        assert_eq!(line("runner has unexpectedly stopped", false), Retryable::Yes);
        assert_eq!(line("runner has unexpectedly stopped", true), Retryable::ByCaller);
        assert_eq!(line("unheard of", false), Retryable::Yes);
        assert_eq!(line("unheard of", true), Retryable::ByCaller);
        assert_eq!(line("model 'm' not found", false), Retryable::No);
        assert_eq!(line("error parsing tool call: raw='{'", false), Retryable::ByCaller);
        let report = ServerReport::of_json(br#"{"error":"too many requests, retry after 2 s"}"#);
        let limited = in_stream(report.unwrap(), true);
        assert_eq!(limited.retry_after(), Some(std::time::Duration::from_secs(2)));
    }
}
