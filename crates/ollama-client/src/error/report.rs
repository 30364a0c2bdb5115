use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use synod_http_transport::{ContextOverflow, sentence, title};

/// The maximum size of JSON that is read as a report, in bytes.
const MAX_REPORT: usize = 64 * 1024;

/// An error as a server reports it, in an error body or an error line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerReport {
    /// The message; the innermost one if a server passes on the report of another.
    pub(crate) message: String,
    pub(crate) signin_url: Option<String>,
    pub(crate) overflow: Option<ContextOverflow>,
    /// Whether it came as `{"error": …}`, the shape of Ollama itself.
    pub(crate) is_json: bool,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(default)]
    signin_url: Option<String>,
}

/// An error as an object, as llama-server and the OpenAI layer report it.
#[derive(Deserialize)]
struct Detail {
    message: Value,
    #[serde(default)]
    n_prompt_tokens: Option<u64>,
    #[serde(default)]
    n_ctx: Option<u64>,
}

impl ServerReport {
    /// Reads the body of a response with an unsuccessful status.
    pub(crate) fn of_body(body: &[u8]) -> Self {
        Self::of_json(body).unwrap_or_else(|| {
            let text = String::from_utf8_lossy(body);
            let in_json = || serde_json::from_slice(body).ok().as_ref().and_then(sentence);
            let message = title(&text).or_else(in_json).unwrap_or_else(|| text.trim().to_owned());
            Self { message, signin_url: None, overflow: None, is_json: false }
        })
    }

    /// Reads `{"error": …}`; `None` for anything else.
    pub(crate) fn of_json(text: &[u8]) -> Option<Self> {
        if text.len() > MAX_REPORT {
            return None;
        }
        let envelope: Envelope<'_> = serde_json::from_slice(text).ok()?;
        let mut report = Self::of_error(envelope.error?);
        report.signin_url = envelope.signin_url;
        Some(report)
    }

    /// Reads the value of `error`: a text, an object, or a text that is itself such a report.
    pub(crate) fn of_error(error: &RawValue) -> Self {
        let Ok(text) = serde_json::from_str::<String>(error.get()) else {
            return Self::of_detail(error.get());
        };
        if text.starts_with('{') {
            let inner = serde_json::from_str::<Envelope<'_>>(&text).ok().and_then(|e| e.error);
            return Self::of_detail(inner.map_or(text.as_str(), RawValue::get));
        }
        Self::of_text(text)
    }

    fn of_detail(json: &str) -> Self {
        let detail = serde_json::from_str::<Detail>(json).ok();
        let value = || serde_json::from_str::<Value>(json).ok();
        let message = detail.as_ref().and_then(|detail| sentence(&detail.message));
        let message = message.or_else(|| sentence(&value()?));
        let read = Self::of_text(message.unwrap_or_else(|| json.to_owned()));
        match detail {
            Some(Detail { n_prompt_tokens: Some(prompt), n_ctx: Some(context), .. }) => Self {
                overflow: Some(ContextOverflow {
                    prompt_tokens: Some(prompt),
                    context_length: context,
                }),
                ..read
            },
            Some(_) | None => read,
        }
    }

    fn of_text(message: String) -> Self {
        let overflow = overflow_figures(&message);
        Self { message, signin_url: None, overflow, is_json: true }
    }
}

/// Finds N and C in `request (N tokens) exceeds the available context size (C tokens)`.
fn overflow_figures(text: &str) -> Option<ContextOverflow> {
    let after = |text, mark| Some(str::split_once(text, mark)?.1);
    let rest = after(text, "request (")?;
    let (prompt_tokens, rest) = rest.split_once(" tokens)")?;
    let (context_length, _) = after(rest, "context size (")?.split_once(" tokens)")?;
    Some(ContextOverflow {
        prompt_tokens: Some(prompt_tokens.parse().ok()?),
        context_length: context_length.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVERFLOW: &str = "request (7912 tokens) exceeds the available context size (4096 tokens)";

    #[test]
    fn figures_are_found_in_every_nesting() {
        let bodies = [
            format!(r#"{{"error":"{OVERFLOW}"}}"#),
            format!(r#"{{"error":{{"message":"{OVERFLOW}","type":"api_error"}}}}"#),
            r#"{"error":"{\"error\":{\"message\":\"too long\",\"n_prompt_tokens\":7912,\"n_ctx\":4096}}"}"#.to_owned(),
            r#"{"error":"{\"message\":\"too long\",\"n_prompt_tokens\":7912,\"n_ctx\":4096}"}"#.to_owned(),
        ];
        for body in bodies {
            assert_eq!(
                ServerReport::of_body(body.as_bytes()).overflow,
                Some(ContextOverflow { prompt_tokens: Some(7912), context_length: 4096 }),
                "{body}"
            );
        }
    }

    #[test]
    fn unusual_reports_keep_their_message() {
        for (body, message) in [
            (r#"{"error":"{not json"}"#, "{not json"),
            (r#"{"error":{"code":7}}"#, r#"{"code":7}"#),
            (
                r#"{"error":{"message":{"detail":[{"loc":["body","shift"],"msg":"no"}]}}}"#,
                "`shift`: no",
            ),
            (r#"{"error":[{"loc":["body","shift"],"msg":"no"}]}"#, "`shift`: no"),
            (r#"{"detail":[{"loc":["body","shift"],"msg":"no","input":false}]}"#, "`shift`: no"),
            (r#"{"detail":"Not Found"}"#, "Not Found"),
            ("<html><head><title>502 Bad Gateway</title></head></html>", "502 Bad Gateway"),
            ("404 page not found\n", "404 page not found"),
        ] {
            assert_eq!(ServerReport::of_body(body.as_bytes()).message, message);
        }
    }
}
