use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use synod_http_transport::MessageText;
use time::OffsetDateTime;

use crate::error::ServerReport;
use crate::go_time::{lenient_stamp, nanoseconds};
use crate::line_reader::LineError;
use crate::logprob::Logprob;
use crate::metrics::{DoneReason, End, ReplyMetrics};
use crate::optional::{optional, report};
use crate::tool_call::ToolCall;

/// A line of the reply to a chat or a prompt, on the wire.
///
/// The fields are not nested with `flatten`, which would make serde buffer them.
#[derive(Deserialize)]
pub(crate) struct AnswerLine<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "optional")]
    model: Option<String>,
    #[serde(default, deserialize_with = "lenient_stamp")]
    pub(crate) created_at: Option<OffsetDateTime>,
    pub(crate) message: Option<LineMessage>,
    pub(crate) response: Option<MessageText>,
    #[serde(default, deserialize_with = "all_text")]
    pub(crate) thinking: String,
    pub(crate) tool_calls: Option<Vec<ToolCall>>,
    #[serde(default, deserialize_with = "optional")]
    pub(crate) logprobs: Option<Vec<Logprob>>,
    #[serde(default, deserialize_with = "optional")]
    pub(crate) remote_model: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    pub(crate) remote_host: Option<String>,
    #[serde(rename = "_debug_info")]
    pub(crate) debug_info: Option<DebugInfo>,
    #[serde(default, deserialize_with = "optional")]
    pub(crate) context: Option<Vec<u32>>,
    #[serde(default, deserialize_with = "optional")]
    done: Option<bool>,
    #[serde(default, deserialize_with = "optional")]
    done_reason: Option<DoneReason>,
    #[serde(default, deserialize_with = "nanoseconds")]
    total_duration: Option<Duration>,
    #[serde(default, deserialize_with = "nanoseconds")]
    load_duration: Option<Duration>,
    #[serde(default, deserialize_with = "optional")]
    prompt_eval_count: Option<u64>,
    #[serde(default, deserialize_with = "nanoseconds")]
    prompt_eval_duration: Option<Duration>,
    #[serde(default, deserialize_with = "optional")]
    eval_count: Option<u64>,
    #[serde(default, deserialize_with = "nanoseconds")]
    eval_duration: Option<Duration>,
}

/// The message in the line of a chat.
#[derive(Default, Deserialize)]
pub(crate) struct LineMessage {
    #[serde(default)]
    pub(crate) content: MessageText,
    #[serde(default, deserialize_with = "all_text")]
    pub(crate) thinking: String,
    pub(crate) tool_calls: Option<Vec<ToolCall>>,
}

#[derive(Deserialize)]
pub(crate) struct DebugInfo {
    pub(crate) rendered_template: String,
}

fn all_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(MessageText::deserialize(deserializer)?.all())
}

impl<'a> AnswerLine<'a> {
    /// Reads a line. Its encoding is checked at once rather than for each string.
    pub(crate) fn parse(line: &'a [u8]) -> serde_json::Result<Self> {
        match std::str::from_utf8(line) {
            Ok(line) => serde_json::from_str(line),
            Err(_) => serde_json::from_slice(line),
        }
    }

    /// Refuses reports and unknown JSON.
    pub(crate) fn check(&self) -> Result<(), LineError> {
        if let Some(error) = report(self.error) {
            return Err(LineError::Reported(ServerReport::of_error(error)));
        }
        let is_unknown = self.message.is_none() && self.response.is_none();
        if is_unknown && self.done.is_none() && self.done_reason.is_none() {
            return Err(LineError::Unknown);
        }
        Ok(())
    }

    /// The model that replies.
    pub(crate) fn take_model(&mut self) -> String {
        self.model.take().unwrap_or_default()
    }

    /// The end of the reply, if this is the last line.
    pub(crate) fn take_end(&mut self) -> Option<End> {
        // A rendered prompt is the only line and has no `done`. Some servers send only the reason.
        let is_done = self.done.unwrap_or(self.done_reason.is_some());
        let is_last = is_done || self.debug_info.is_some();
        is_last.then(|| End {
            done_reason: self.done_reason.take(),
            metrics: ReplyMetrics {
                total_duration: self.total_duration,
                load_duration: self.load_duration,
                prompt_eval_count: self.prompt_eval_count,
                prompt_eval_duration: self.prompt_eval_duration,
                eval_count: self.eval_count,
                eval_duration: self.eval_duration,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(json: &str) -> Option<End> {
        serde_json::from_str::<AnswerLine<'_>>(json).unwrap().take_end()
    }

    #[test]
    fn invalid_metrics_are_ignored_and_text_is_kept() {
        for odd in ["null", "-1", "1.5", "\"9\"", "[]"] {
            let json = format!(
                r#"{{"model":null,"created_at":{odd},"message":{{"content":"x"}},"done":true,
                    "done_reason":"stop","prompt_eval_count":{odd},"eval_count":{odd},
                    "total_duration":{odd},"logprobs":{odd},"context":{odd}}}"#
            );
            let mut line: AnswerLine<'_> = serde_json::from_str(&json).unwrap();
            let end = line.take_end().unwrap();
            let metrics = ReplyMetrics::default();
            assert_eq!(end, End { done_reason: Some(DoneReason::Stop), metrics }, "{odd}");
            assert_eq!(line.message.unwrap().content.content, "x", "{odd}");
        }
    }

    #[test]
    fn the_last_line_has_done_or_done_reason() {
        let reason = |json| end(json).map(|end| end.done_reason);
        assert_eq!(reason(r#"{"message":{},"done":true}"#), Some(None));
        assert_eq!(reason(r#"{"message":{},"done":true,"done_reason":null}"#), Some(None));
        assert_eq!(reason(r#"{"message":{},"done":true,"done_reason":7}"#), Some(None));
        let tired = Some(DoneReason::Other("tired".to_owned()));
        assert_eq!(reason(r#"{"message":{},"done":true,"done_reason":"tired"}"#), Some(tired));
        assert_eq!(reason(r#"{"done_reason":"stop"}"#), Some(Some(DoneReason::Stop)));
        assert_eq!(reason(r#"{"message":{},"done":false,"done_reason":"stop"}"#), None);
        assert_eq!(reason(r#"{"message":{},"done":null}"#), None);
    }

    #[test]
    fn an_empty_error_reports_nothing() {
        let quiet = r#"{"error":"","message":{"content":"x"},"done":false}"#;
        let line: AnswerLine<'_> = serde_json::from_str(quiet).unwrap();
        assert!(line.check().is_ok());
    }
}
