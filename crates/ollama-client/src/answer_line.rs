use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::ServerReport;
use crate::go_time::nanoseconds;
use crate::reply_stream::{Fault, Misread};
use crate::{DoneReason, End, Logprob, Metrics, ToolCall};

/// A line of an answer to a chat or a prompt, as it is on the wire.
///
/// It is flat on purpose: serde buffers what it flattens.
#[derive(Deserialize)]
pub(crate) struct AnswerLine<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(default)]
    pub(crate) model: String,
    #[serde(borrow, default)]
    pub(crate) created_at: Cow<'a, str>,
    pub(crate) message: Option<LineMessage>,
    pub(crate) response: Option<String>,
    pub(crate) thinking: Option<String>,
    pub(crate) tool_calls: Option<Vec<ToolCall>>,
    pub(crate) logprobs: Option<Vec<Logprob>>,
    pub(crate) remote_model: Option<String>,
    pub(crate) remote_host: Option<String>,
    #[serde(rename = "_debug_info")]
    pub(crate) debug_info: Option<DebugInfo>,
    pub(crate) context: Option<Vec<u32>>,
    done: Option<bool>,
    done_reason: Option<DoneReason>,
    #[serde(default, deserialize_with = "nanoseconds")]
    total_duration: Option<Duration>,
    #[serde(default, deserialize_with = "nanoseconds")]
    load_duration: Option<Duration>,
    prompt_eval_count: Option<u64>,
    #[serde(default, deserialize_with = "nanoseconds")]
    prompt_eval_duration: Option<Duration>,
    eval_count: Option<u64>,
    #[serde(default, deserialize_with = "nanoseconds")]
    eval_duration: Option<Duration>,
}

/// The message of a chat's line.
#[derive(Default, Deserialize)]
pub(crate) struct LineMessage {
    pub(crate) content: Option<String>,
    pub(crate) thinking: Option<String>,
    pub(crate) tool_calls: Option<Vec<ToolCall>>,
}

#[derive(Deserialize)]
pub(crate) struct DebugInfo {
    pub(crate) rendered_template: String,
}

impl<'a> AnswerLine<'a> {
    /// Reads a line, and tells a report and a stranger from an answer.
    pub(crate) fn read(line: &'a [u8]) -> Result<Self, Misread> {
        let line: Self = serde_json::from_slice(line)?;
        if let Some(error) = line.error {
            return Err(Fault::Reported(ServerReport::of_error(error)).into());
        }
        if line.message.is_none() && line.response.is_none() && line.done.is_none() {
            return Err(Fault::Unknown.into());
        }
        Ok(line)
    }

    /// What the last line says of the whole answer; none on the lines before.
    pub(crate) fn take_end(&mut self) -> Option<End> {
        // A rendered prompt comes alone and is not called done.
        let is_last = self.done == Some(true) || self.debug_info.is_some();
        is_last.then(|| End {
            done_reason: self.done_reason.take(),
            metrics: Metrics {
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
