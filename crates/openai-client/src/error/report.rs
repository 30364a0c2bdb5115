use serde_json::Value;

use super::ContextOverflow;

/// What a server says went wrong, in any of the shapes in which servers say it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ServerReport {
    pub(crate) message: String,
    /// `code` and `type`, as `context_length_exceeded`; a number is no name.
    pub(crate) names: Vec<String>,
    /// The key of the request that is at fault.
    pub(crate) param: Option<String>,
    /// The status that is named within the body.
    pub(crate) status: Option<u16>,
    pub(crate) overflow: Option<ContextOverflow>,
}

impl ServerReport {
    /// Reads the body of an answer whose status is an error.
    pub(crate) fn of_body(body: &[u8]) -> Self {
        Self::of_json(body).unwrap_or_else(|| Self {
            message: String::from_utf8_lossy(body).trim().to_owned(),
            ..Self::default()
        })
    }

    /// Reads JSON; none when it reports nothing.
    pub(crate) fn of_json(text: &[u8]) -> Option<Self> {
        Self::of_value(&serde_json::from_slice(text).ok()?)
    }

    /// `{"error": {…}}` or `{"error": "…"}`; vLLM's `{"object": "error", …}`; FastAPI's
    /// `{"detail": "…"}`; old llama.cpp's bare `{"code": 500, "message": "…"}`.
    fn of_value(value: &Value) -> Option<Self> {
        match value.get("error").filter(|error| !error.is_null()) {
            Some(Value::String(text)) => Some(Self::of_text(text.clone())),
            Some(detail) => Some(Self::of_detail(detail)),
            None if value["object"] == "error" => Some(Self::of_detail(value)),
            None => match (&value["detail"], &value["message"]) {
                (Value::String(text), _) => Some(Self::of_text(text.clone())),
                (detail @ (Value::Array(_) | Value::Object(_)), _) => {
                    Some(Self::of_text(detail.to_string()))
                }
                (_, Value::String(_)) => Some(Self::of_detail(value)),
                _ => None,
            },
        }
    }

    fn of_detail(detail: &Value) -> Self {
        let text = |key: &str| detail[key].as_str().filter(|text| !text.is_empty());
        let message = text("message").map_or_else(|| detail.to_string(), str::to_owned);
        let names = ["code", "type"].into_iter().filter_map(text).map(str::to_owned).collect();
        let number = |key: &str| detail[key].as_u64();
        let told = match (number("n_prompt_tokens"), number("n_ctx")) {
            (Some(prompt_tokens), Some(context_length)) => {
                Some(ContextOverflow { prompt_tokens, context_length })
            }
            _ => None,
        };
        let status = number("code").and_then(|code| u16::try_from(code).ok());
        let param = text("param").map(str::to_owned);
        let read = Self::of_text(message);
        Self { names, param, status, overflow: told.or(read.overflow), ..read }
    }

    fn of_text(message: String) -> Self {
        let overflow = overflow_figures(&message);
        Self { message, overflow, ..Self::default() }
    }
}

/// The figures of the three sentences that servers say: llama.cpp's `request (N tokens) exceeds the
/// available context size (C tokens)`, and `maximum context length is C tokens … N …` with `in the
/// messages` or `your request has`.
fn overflow_figures(text: &str) -> Option<ContextOverflow> {
    let after = |mark: &str| {
        let rest = text.split_once(mark)?.1.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..end].parse::<u64>().ok()
    };
    let context_length = after("context size (").or_else(|| after("maximum context length is"))?;
    let prompt_tokens = ["request (", "resulted in", "your request has", "you requested"]
        .into_iter()
        .find_map(after)?;
    Some(ContextOverflow { prompt_tokens, context_length })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_a_report_is_read() {
        for (body, message) in [
            (r#"{"error":{"message":"no","type":"x","code":"y"}}"#, "no"),
            (r#"{"error":"no"}"#, "no"),
            (r#"{"object":"error","message":"no","type":"BadRequestError","code":400}"#, "no"),
            (r#"{"detail":"no"}"#, "no"),
            (r#"{"code":500,"message":"no","type":"server_error"}"#, "no"),
            (r#"{"error":{"code":7}}"#, r#"{"code":7}"#),
            ("404 page not found\n", "404 page not found"),
            ("", ""),
        ] {
            assert_eq!(ServerReport::of_body(body.as_bytes()).message, message, "{body}");
        }
        for body in [r#"{"error":null,"choices":[]}"#, "{}", "7", "[]"] {
            assert_eq!(ServerReport::of_json(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn figures_of_an_overflow_are_found() {
        for body in [
            r#"{"error":{"code":400,"message":"the request exceeds the available context size","n_prompt_tokens":9000,"n_ctx":4096}}"#,
            r#"{"error":{"message":"request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it"}}"#,
            r#"{"error":{"message":"This model's maximum context length is 4096 tokens. However, your messages resulted in 9000 tokens."}}"#,
            r#"{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 9000 tokens (8000 in the messages, 1000 in the completion)."}"#,
        ] {
            let wanted = ContextOverflow { prompt_tokens: 9000, context_length: 4096 };
            assert_eq!(ServerReport::of_body(body.as_bytes()).overflow, Some(wanted), "{body}");
        }
    }
}
