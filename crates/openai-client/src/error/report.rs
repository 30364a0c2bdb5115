use serde_json::Value;
use synod_http_transport::{ContextOverflow, sentence, title};

use super::overflow;

/// The maximum size of JSON that is read as a report, in bytes.
const MAX_REPORT: usize = 64 * 1024;

/// An error as a server reports it, read from any of the shapes that servers use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ServerReport {
    pub(crate) message: String,
    /// `code` and `type` if they are names, as `context_length_exceeded`.
    pub(crate) names: Vec<String>,
    /// The field of the request that is at fault.
    pub(crate) param: Option<String>,
    /// The status within the body.
    pub(crate) status: Option<u16>,
    pub(crate) overflow: Option<ContextOverflow>,
    /// It came as text or as a web page, as proxies send it, and not as JSON.
    pub(crate) is_text: bool,
}

impl ServerReport {
    /// Reads the body of a response with an unsuccessful status.
    pub(crate) fn of_body(body: &[u8]) -> Self {
        Self::of_json(body).unwrap_or_else(|| {
            let text = String::from_utf8_lossy(body);
            let message = title(&text).unwrap_or_else(|| text.trim().to_owned());
            Self { message, is_text: true, ..Self::default() }
        })
    }

    /// Reads JSON; `None` if it reports no error.
    pub(crate) fn of_json(text: &[u8]) -> Option<Self> {
        if text.len() > MAX_REPORT {
            return None;
        }
        Self::of_value(&serde_json::from_slice(text).ok()?)
    }

    /// `{"error": {…}}` or `{"error": "…"}`; vLLM's and Mistral's `{"object": "error", …}`; FastAPI's
    /// `{"detail": …}`; old llama.cpp's bare `{"code": 500, "message": "…"}`; Google's list of one.
    fn of_value(value: &Value) -> Option<Self> {
        let value = value.get(0).filter(|first| first["error"].is_object()).unwrap_or(value);
        match value.get("error").filter(|error| !error.is_null()) {
            Some(detail) => Some(Self::of_detail(detail)),
            None if value["object"] == "error" => Some(Self::of_detail(value)),
            None => match (&value["detail"], &value["message"]) {
                (detail @ (Value::String(_) | Value::Array(_) | Value::Object(_)), _) => {
                    Some(Self::of_detail(detail))
                }
                (_, Value::String(_) | Value::Object(_)) => Some(Self::of_detail(value)),
                (_, Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => None,
            },
        }
    }

    /// Reads an error in place of a piece of a reply, or beside one; `None` if there is no error.
    /// `is_error`: the event is marked as an error.
    pub(crate) fn in_answer(value: &Value, is_error: bool) -> Option<Self> {
        let is_marked = |key: &str| value[key] == "error";
        let has_answer = value["choices"].is_array() || value["usage"].is_object();
        let status = status(&value["code"]).or_else(|| status(&value["status"]));
        if is_report(&value["error"]) {
            return Self::of_value(value);
        }
        if is_error || is_marked("object") || is_marked("type") || is_marked("status") {
            return Some(Self::of_value(value).unwrap_or_else(|| Self::of_detail(value)));
        }
        if !has_answer && (status.is_some_and(|code| code >= 400) || is_report(&value["detail"])) {
            return Self::of_value(value);
        }
        if let Some(first) = value["errors"].get(0) {
            return Some(Self::of_detail(first));
        }
        let choice = value["choices"].get(0)?;
        if is_report(&choice["error"]) {
            return Self::of_value(choice);
        }
        let reason = choice["finish_reason"].as_str()?;
        matches!(reason, "error" | "abort")
            .then(|| Self::of_text(format!("the reply ended with finish_reason \"{reason}\"")))
    }

    fn of_detail(detail: &Value) -> Self {
        let message = message(detail);
        if !detail.is_object() {
            return Self::of_text(message);
        }
        let text = |key: &str| detail[key].as_str().filter(|text| !text.is_empty());
        let names = ["code", "type"].into_iter().filter_map(text).map(str::to_owned).collect();
        let number = |key: &str| detail[key].as_u64();
        let overflow = number("n_ctx").map(|context_length| ContextOverflow {
            prompt_tokens: number("n_prompt_tokens"),
            context_length,
        });
        let param = text("param").map(str::to_owned);
        let status = status(&detail["code"]);
        let read = Self::of_text(message);
        Self { names, param, status, overflow: overflow.or(read.overflow), ..read }
    }

    fn of_text(message: String) -> Self {
        let overflow = overflow::figures(&message);
        Self { message, overflow, ..Self::default() }
    }
}

/// The message of an error, with that of the provider behind a router such as OpenRouter
/// (`metadata.raw`). JSON without a message is shown as it is.
fn message(detail: &Value) -> String {
    let message = sentence(detail).unwrap_or_else(|| match detail {
        Value::String(text) => text.clone(),
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_)) => other.to_string(),
    });
    match sentence(&detail["metadata"]["raw"]) {
        Some(raw) if raw != message => format!("{message}: {raw}"),
        Some(_) | None => message,
    }
}

/// Whether an `error` field reports an error: some servers send an empty one with every piece.
fn is_report(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(_) => false,
        Value::Number(code) => code.as_u64() != Some(0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// The status within a body: a number or, from `LiteLLM`, a text.
fn status(code: &Value) -> Option<u16> {
    let number = code.as_u64().and_then(|code| u16::try_from(code).ok());
    number.or_else(|| code.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_error_is_read() {
        for (body, message) in [
            (r#"{"error":{"message":"no","type":"x","code":"y"}}"#, "no"),
            (r#"{"error":"no"}"#, "no"),
            (r#"{"object":"error","message":"no","type":"BadRequestError","code":400}"#, "no"),
            (r#"{"detail":"no"}"#, "no"),
            (r#"{"code":500,"message":"no","type":"server_error"}"#, "no"),
            (r#"{"error":{"code":7}}"#, r#"{"code":7}"#),
            (r#"{"error":{"message":{"detail":"no"}}}"#, "no"),
            (r#"[{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT"}}]"#, "no"),
            // Mistral, FastAPI, OpenRouter, nginx.
            (
                r#"{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"no","input":7}]},"type":"invalid_request_error","param":null,"code":null}"#,
                "`seed`: no",
            ),
            (r#"{"detail":[{"loc":["body","seed"],"msg":"no","input":7}]}"#, "`seed`: no"),
            (
                r#"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"no\"}}","provider_name":"x"}}}"#,
                "Provider returned error: no",
            ),
            (
                "<html><head><title>504 Gateway Time-out</title></head></html>",
                "504 Gateway Time-out",
            ),
            ("404 page not found\n", "404 page not found"),
            ("", ""),
        ] {
            assert_eq!(ServerReport::of_body(body.as_bytes()).message, message, "{body}");
        }
        for body in [r#"{"error":null,"choices":[]}"#, "{}", "7", "[]"] {
            assert_eq!(ServerReport::of_json(body.as_bytes()), None, "{body}");
        }
    }
}
