//! Finds the kind of an error by its status, its names and its message.

use synod_http_transport::{ErrorKind, Retryable};

use super::{Error, ServerReport, overflow::is_too_large};

/// Names and phrases that determine the kind whatever the status; the first match counts.
const CAUSES: &[(&str, ErrorKind, Retryable)] = {
    use ErrorKind::{BadRequest, Busy, ContextOverflow, ModelNotFound, OutOfQuota, Unauthorized};
    use Retryable::{No, Yes};
    &[
        ("context_length_exceeded", ContextOverflow, No),
        ("ContextWindowExceeded", ContextOverflow, No),
        ("exceed_context_size", ContextOverflow, No),
        ("exceeds the available context size", ContextOverflow, No),
        ("maximum context length", ContextOverflow, No),
        ("maximum model length", ContextOverflow, No),
        ("model's context length", ContextOverflow, No),
        ("exceed context window", ContextOverflow, No),
        ("+ `max_new_tokens` must be <=", ContextOverflow, No),
        ("n_keep", ContextOverflow, No),
        ("prompt is too long", ContextOverflow, No),
        ("greater than the context length", ContextOverflow, No),
        ("model_not_found", ModelNotFound, No),
        ("insufficient_quota", OutOfQuota, No),
        // Anthropic, behind LiteLLM as well.
        ("credit balance is too low", OutOfQuota, No),
        // Google.
        ("API key not valid", Unauthorized, No),
        ("API_KEY_INVALID", Unauthorized, No),
        ("invalid_api_key", Unauthorized, No),
        ("invalid_request_error", BadRequest, No),
        ("rate_limit_exceeded", Busy, Yes),
        ("unavailable_error", Busy, Yes),
        ("Loading model", Busy, Yes),
    ]
};

/// Phrases, in lower case, for a model that cannot chat.
const NO_CHAT: &[&str] = &[
    // vLLM ("The model does not support Chat Completions API"), Ollama, Groq.
    "does not support chat",
    // llama.cpp, started with `--embeddings` or `--reranking`.
    "does not support completions",
    "without `--embedding",
    "without `--reranking",
    // OpenAI.
    "not a chat model",
    // LM Studio.
    "cannot chat with",
    // OpenRouter.
    "cannot be used with the chat/completions endpoint",
    "is an embedding model",
];

/// Whether the model, or the server as it was started, cannot chat.
fn is_about_chat(report: &ServerReport) -> bool {
    let message = report.message.to_ascii_lowercase();
    NO_CHAT.iter().any(|phrase| message.contains(phrase))
}

/// Advice, in lower case, that is given only if prompt and reply are too long together.
const SHORTER: &[&str] = &[
    "reduce the length of the messages",
    "reduce the length of the prompt",
    "reduce the length of the input",
    "reduce your prompt",
    "using a shorter prompt",
    "using shorter or fewer inputs",
    "provide a shorter input",
];

/// Phrases, in lower case, for a server that cannot take the call now and will.
const OVERLOADED: &[&str] =
    &["overloaded", "at capacity", "capacity exceeded", "exceeded capacity", "no capacity"];

fn by_words(report: &ServerReport) -> Option<(ErrorKind, Retryable)> {
    let message = report.message.to_ascii_lowercase();
    if report.overflow.is_some() || SHORTER.iter().any(|advice| message.contains(advice)) {
        return Some((ErrorKind::ContextOverflow, Retryable::No));
    }
    let is_named = report.names.iter().any(|name| name.contains("overloaded"));
    if is_named || OVERLOADED.iter().any(|phrase| message.contains(phrase)) {
        return Some((ErrorKind::Busy, Retryable::Yes));
    }
    let says = |mark: &str| {
        report.names.iter().any(|name| name.contains(mark)) || report.message.contains(mark)
    };
    CAUSES.iter().find(|(mark, ..)| says(mark)).map(|&(_, kind, retryable)| (kind, retryable))
}

/// Whether the model is missing, which vLLM and LM Studio mention, and not the path.
fn is_about_model(report: &ServerReport) -> bool {
    let message = report.message.to_ascii_lowercase();
    // LM Studio: `No models loaded. Please load a model`.
    let none_is_loaded = message.contains("no model") && message.contains("loaded");
    message.contains("model") && !none_is_loaded
}

fn by_status(status: u16, report: &ServerReport) -> (ErrorKind, Retryable) {
    use {ErrorKind as Kind, Retryable as Retry};
    let by_words = || by_words(report);
    match status {
        401 => (Kind::Unauthorized, Retry::No),
        // OpenRouter, DeepSeek.
        402 => (Kind::OutOfQuota, Retry::No),
        403 | 407 => (Kind::Forbidden, Retry::No),
        400 | 404..=406 | 415 | 422 | 500 | 501 if is_about_chat(report) => {
            (Kind::UnsupportedCapability, Retry::No)
        }
        404 if is_about_model(report) => (Kind::ModelNotFound, Retry::No),
        404 | 405 => (Kind::EndpointMissing, Retry::No),
        429 => match by_words() {
            Some((Kind::OutOfQuota, retry)) => (Kind::OutOfQuota, retry),
            _ if is_too_large(&report.message) => (Kind::ContextOverflow, Retry::No),
            _ => (Kind::Busy, Retry::Yes),
        },
        408 => (Kind::Upstream, Retry::Yes),
        // The model is being changed, the call came too early, or (Groq) capacity is missing.
        409 | 425 | 498 => (Kind::Busy, Retry::Yes),
        400..=499 => by_words().unwrap_or((Kind::BadRequest, Retry::No)),
        // A proxy says in its own words that it has no server for the call.
        503 if report.is_text => by_words().unwrap_or((Kind::Upstream, Retry::Yes)),
        503 | 529 => (Kind::Busy, Retry::Yes),
        500 => by_words().unwrap_or((Kind::Upstream, Retry::Yes)),
        501 => (Kind::EndpointMissing, Retry::No),
        502..=599 => (Kind::Upstream, Retry::Yes),
        _ => (Kind::Protocol, Retry::No),
    }
}

/// The error of a response with an unsuccessful status.
pub(crate) fn answered(status: u16, report: ServerReport) -> Error {
    let (kind, retryable) = by_status(status, &report);
    reported(kind, retryable, report).with_status(status)
}

/// The error of a report after status 200; `delivered`: the caller has a part of the reply.
pub(crate) fn in_stream(report: ServerReport, delivered: bool) -> Error {
    let cause = match report.status.filter(|status| (400..600).contains(status)) {
        Some(status) => Some(by_status(status, &report)),
        None => by_words(&report),
    };
    let (kind, retryable) = match cause {
        // Within a reply, every failure of the server means that it broke off.
        Some((ErrorKind::Upstream | ErrorKind::Protocol, retryable)) => {
            (ErrorKind::StreamError, retryable)
        }
        Some(cause) => cause,
        None => (ErrorKind::StreamError, Retryable::Yes),
    };
    let retryable =
        if delivered && retryable == Retryable::Yes { Retryable::ByCaller } else { retryable };
    let status = report.status.filter(|status| (400..600).contains(status)).unwrap_or(200);
    reported(kind, retryable, report).with_status(status)
}

fn reported(kind: ErrorKind, retryable: Retryable, report: ServerReport) -> Error {
    let error = Error::new(kind, retryable, report.message);
    error.with_overflow(report.overflow).with_param(report.param)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, body: &str) -> (ErrorKind, Retryable) {
        let error = super::answered(status, ServerReport::of_body(body.as_bytes()));
        (error.kind(), error.retryable())
    }

    #[test]
    fn status_and_message_determine_the_kind() {
        use {ErrorKind as Kind, Retryable as Retry};
        let cases = [
            (400, r#"{"error":{"message":"bad"}}"#, Kind::BadRequest, Retry::No),
            (
                400,
                r#"{"error":{"message":"long","code":"context_length_exceeded"}}"#,
                Kind::ContextOverflow,
                Retry::No,
            ),
            (
                400,
                r#"{"error":{"message":"long","type":"exceed_context_size_error"}}"#,
                Kind::ContextOverflow,
                Retry::No,
            ),
            (
                400,
                r#"{"error":"The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 13055>= n_ctx: 4096). Try to load the model with a larger context length, or provide a shorter input."}"#,
                Kind::ContextOverflow,
                Retry::No,
            ),
            (
                422,
                r#"{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 1500 `inputs` tokens and 4096 `max_new_tokens`","error_type":"validation"}"#,
                Kind::ContextOverflow,
                Retry::No,
            ),
            (
                400,
                r#"{"error":{"message":"litellm.ContextWindowExceededError: the prompt is too large","type":null,"param":null,"code":"400"}}"#,
                Kind::ContextOverflow,
                Retry::No,
            ),
            // Without figures and without a name.
            (
                400,
                r#"{"error":{"message":"Please reduce the length of the messages or completion.","type":"invalid_request_error"}}"#,
                Kind::ContextOverflow,
                Retry::No,
            ),
            (
                400,
                r#"{"message":"too many tokens: size limit exceeded by 470 tokens. Try using shorter or fewer inputs."}"#,
                Kind::ContextOverflow,
                Retry::No,
            ),
            (401, r#"{"error":{"message":"Incorrect API key"}}"#, Kind::Unauthorized, Retry::No),
            (403, "no", Kind::Forbidden, Retry::No),
            (
                402,
                r#"{"error":{"message":"Insufficient credits","code":402}}"#,
                Kind::OutOfQuota,
                Retry::No,
            ),
            (
                400,
                r#"{"error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
                Kind::OutOfQuota,
                Retry::No,
            ),
            (
                400,
                r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}]"#,
                Kind::Unauthorized,
                Retry::No,
            ),
            (
                404,
                r#"{"object":"error","message":"The model `x` does not exist.","code":404}"#,
                Kind::ModelNotFound,
                Retry::No,
            ),
            (
                404,
                r#"{"error":{"message":"No models loaded. Please load a model in the developer page or use the `lms load` command."}}"#,
                Kind::EndpointMissing,
                Retry::No,
            ),
            (404, r#"{"detail":"Not Found"}"#, Kind::EndpointMissing, Retry::No),
            (
                404,
                r#"{"object":"error","message":"The model does not support Chat Completions API","type":"NotFoundError","param":null,"code":404}"#,
                Kind::UnsupportedCapability,
                Retry::No,
            ),
            (
                400,
                r#"{"object":"error","message":"The model does not support Chat Completions API","type":"BadRequestError","param":null,"code":400}"#,
                Kind::UnsupportedCapability,
                Retry::No,
            ),
            (
                501,
                r#"{"error":{"code":501,"message":"This server does not support completions. Start it without `--embeddings`","type":"not_supported_error"}}"#,
                Kind::UnsupportedCapability,
                Retry::No,
            ),
            (
                404,
                r#"{"error":{"message":"This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?","type":"invalid_request_error","param":"model","code":null}}"#,
                Kind::UnsupportedCapability,
                Retry::No,
            ),
            (
                400,
                r#"{"error":{"message":"\"nomic-embed-text\" does not support chat","type":"invalid_request_error","param":null,"code":null}}"#,
                Kind::UnsupportedCapability,
                Retry::No,
            ),
            (501, "", Kind::EndpointMissing, Retry::No),
            (405, "", Kind::EndpointMissing, Retry::No),
            (422, r#"{"detail":[{"msg":"x"}]}"#, Kind::BadRequest, Retry::No),
            (429, r#"{"error":{"message":"slow down"}}"#, Kind::Busy, Retry::Yes),
            (
                429,
                r#"{"error":{"message":"pay","code":"insufficient_quota"}}"#,
                Kind::OutOfQuota,
                Retry::No,
            ),
            // More than the tokens per minute: waiting does not help.
            (
                429,
                r#"{"error":{"message":"Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 34172.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}"#,
                Kind::ContextOverflow,
                Retry::No,
            ),
            (
                413,
                r#"{"error":{"message":"Request too large for model `llama-3.1-8b-instant` on tokens per minute (TPM): Limit 6000, Requested 7172, please reduce your message size and try again.","type":"tokens","code":"rate_limit_exceeded"}}"#,
                Kind::ContextOverflow,
                Retry::No,
            ),
            (
                429,
                r#"{"error":{"message":"Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000.","type":"tokens","code":"rate_limit_exceeded"}}"#,
                Kind::Busy,
                Retry::Yes,
            ),
            (500, "boom", Kind::Upstream, Retry::Yes),
            (
                500,
                r#"{"error":{"message":"The server is currently overloaded with other requests. Sorry about that!"}}"#,
                Kind::Busy,
                Retry::Yes,
            ),
            (409, r#"{"error":{"message":"model is being updated"}}"#, Kind::Busy, Retry::Yes),
            (498, r#"{"error":{"message":"flex tier capacity exceeded"}}"#, Kind::Busy, Retry::Yes),
            (502, "<html>", Kind::Upstream, Retry::Yes),
            (503, "<html>", Kind::Upstream, Retry::Yes),
            (503, "no available server", Kind::Upstream, Retry::Yes),
            (503, "Service overloaded", Kind::Busy, Retry::Yes),
            (503, r#"{"error":{"message":"slow down"}}"#, Kind::Busy, Retry::Yes),
            (
                503,
                r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
                Kind::Busy,
                Retry::Yes,
            ),
        ];
        for (status, body, kind, retryable) in cases {
            assert_eq!(answered(status, body), (kind, retryable), "{status} {body}");
        }
    }

    #[test]
    fn an_error_after_output_is_retried_by_the_caller_only() {
        let read = |body: &str, delivered| {
            let report = ServerReport::of_json(body.as_bytes()).unwrap();
            let error = in_stream(report, delivered);
            (error.kind(), error.retryable())
        };
        let boom = r#"{"error":{"code":500,"message":"boom"}}"#;
        assert_eq!(read(boom, false), (ErrorKind::StreamError, Retryable::Yes));
        assert_eq!(read(boom, true), (ErrorKind::StreamError, Retryable::ByCaller));
        let unheard = r#"{"error":"unheard of"}"#;
        assert_eq!(read(unheard, true), (ErrorKind::StreamError, Retryable::ByCaller));
        // Anthropic behind a relay.
        let full = r#"{"error":{"message":"Overloaded","type":"overloaded_error"}}"#;
        assert_eq!(read(full, false), (ErrorKind::Busy, Retryable::Yes));
        // OpenRouter: the status of the provider is that of the error.
        let gateway = r#"{"error":{"message":"Provider returned error","code":502}}"#;
        let gateway = in_stream(ServerReport::of_json(gateway.as_bytes()).unwrap(), false);
        assert_eq!(gateway.status(), Some(502));
        let long = r#"{"error":{"code":"context_length_exceeded","message":"x"}}"#;
        let limited = r#"{"error":{"code":429,"message":"Rate limit reached, try again in 2s"}}"#;
        let limited = in_stream(ServerReport::of_json(limited.as_bytes()).unwrap(), true);
        assert_eq!(limited.retry_after(), Some(std::time::Duration::from_secs(2)));
        assert_eq!(read(long, false), (ErrorKind::ContextOverflow, Retryable::No));
    }
}
