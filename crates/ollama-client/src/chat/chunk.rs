use time::OffsetDateTime;

use super::ChatReply;
use crate::answer_line::AnswerLine;
use crate::line_reader::{Misread, Record};
use crate::logprob::Logprob;
use crate::metrics::End;
use crate::tool_call::ToolCall;

/// A piece of the reply to a chat. Any field may be empty, and several may be set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChatChunk {
    /// The model that replies.
    pub model: String,
    /// When the server wrote the piece.
    pub created_at: Option<OffsetDateTime>,
    /// Text.
    pub content: String,
    /// Thinking.
    pub thinking: String,
    /// Complete tool calls.
    pub tool_calls: Vec<ToolCall>,
    /// Log probabilities, if requested; not always on the same piece as their text.
    pub logprobs: Vec<Logprob>,
    /// The model behind a cloud stub.
    pub remote_model: Option<String>,
    /// The host behind a cloud stub.
    pub remote_host: Option<String>,
    /// The rendered prompt, if only that was requested.
    pub rendered_prompt: Option<String>,
    /// The end of the reply, set on the last piece, which may have content as well.
    pub end: Option<Box<End>>,
}

impl Record for ChatChunk {
    type Reply = ChatReply;

    fn read(line: &[u8]) -> Result<Self, Misread> {
        let mut line = AnswerLine::parse(line)?;
        line.check()?;
        let end = line.take_end();
        let message = line.message.take().unwrap_or_default();
        Ok(Self {
            model: line.take_model(),
            created_at: line.created_at,
            content: message.content.content,
            thinking: message.thinking + &message.content.thinking,
            tool_calls: message.tool_calls.unwrap_or_default(),
            logprobs: line.logprobs.unwrap_or_default(),
            remote_model: line.remote_model,
            remote_host: line.remote_host,
            rendered_prompt: line.debug_info.map(|info| info.rendered_template),
            end: end.map(Box::new),
        })
    }

    fn is_last(&self) -> bool {
        self.end.is_some()
    }

    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        [&mut self.content, &mut self.thinking].into_iter()
    }

    fn is_output(&self) -> bool {
        !(self.content.is_empty() && self.thinking.is_empty() && self.tool_calls.is_empty())
    }

    fn gather(self, reply: &mut ChatReply) {
        reply.push(self);
    }

    fn text(reply: ChatReply) -> String {
        reply.content
    }
}
