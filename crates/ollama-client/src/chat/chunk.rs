use time::OffsetDateTime;

use super::{Logprob, ToolCall};
use crate::End;
use crate::answer_line::AnswerLine;
use crate::reply_stream::{Misread, Reading, Record};

/// One piece of a chat's answer. Any of its parts may be empty, and one piece may carry several.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChatChunk {
    /// The model that answers.
    pub model: String,
    /// When the server wrote it.
    pub created_at: Option<OffsetDateTime>,
    /// Text of the answer.
    pub content: String,
    /// Text of the thinking.
    pub thinking: String,
    /// Whole calls of tools.
    pub tool_calls: Vec<ToolCall>,
    /// Log probabilities, if asked for; not always on the same piece as their text.
    pub logprobs: Vec<Logprob>,
    /// The model behind a cloud stub.
    pub remote_model: Option<String>,
    /// The host behind a cloud stub.
    pub remote_host: Option<String>,
    /// The prompt, if only that was asked for.
    pub rendered_prompt: Option<String>,
    /// Set on the last piece, which may carry content as well.
    pub end: Option<End>,
}

impl Record for ChatChunk {
    fn read(line: &[u8]) -> Result<Reading<Self>, Misread> {
        let Some(mut line) = AnswerLine::read(line)? else { return Ok(Reading::Nothing) };
        let end = line.take_end();
        let is_last = end.is_some();
        let message = line.message.take().unwrap_or_default();
        let chunk = Self {
            model: line.take_model(),
            created_at: line.created_at(),
            content: message.content.unwrap_or_default(),
            thinking: message.thinking.unwrap_or_default(),
            tool_calls: message.tool_calls.unwrap_or_default(),
            logprobs: line.logprobs.unwrap_or_default(),
            remote_model: line.remote_model,
            remote_host: line.remote_host,
            rendered_prompt: line.debug_info.map(|info| info.rendered_template),
            end,
        };
        Ok(if is_last { Reading::Last(chunk) } else { Reading::Next(chunk) })
    }

    fn is_output(&self) -> bool {
        !(self.content.is_empty() && self.thinking.is_empty() && self.tool_calls.is_empty())
    }
}
