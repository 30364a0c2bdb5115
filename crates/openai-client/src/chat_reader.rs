use bytes::Bytes;
use synod_http_transport::{Completeness, HalfJoiner, ReadStep, ReplyReader, ReplyStream, is_page};

use crate::chat::{ChatChunk, ChatReply, EventContent};
use crate::error::{Error, Result, in_stream};
use crate::protocol::OpenAi;
use crate::sse::{EventTooLong, Events};

/// The reply to a chat, in pieces. It is complete with `[DONE]` or with a finish reason. One JSON
/// object in place of the stream is a complete reply.
pub type ChatStream = ReplyStream<ChatReader>;

/// Reads the pieces of a chat's reply from server-sent events.
#[derive(Debug, Default)]
pub struct ChatReader {
    events: Events,
    has_output: bool,
    has_usage: bool,
    state: State,
    content: HalfJoiner,
    reasoning: HalfJoiner,
    /// The index of the choice that is read, once it is known. A server may send several.
    choice: Option<u64>,
}

/// How far the reply has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Running,
    /// The finish reason has come: the reply is complete, with or without `[DONE]`.
    Finished,
    /// More text came after the finish reason: only `[DONE]` completes the reply.
    Resumed,
}

impl ChatReader {
    /// Takes a piece; `is_whole`: the piece is the whole reply; `is_mended`: its JSON was.
    fn take(&mut self, chunk: &mut ChatChunk, is_whole: bool, is_mended: bool) {
        let is_last = chunk.finish_reason.is_some() || is_whole;
        for (joiner, text) in
            [(&mut self.content, &mut chunk.content), (&mut self.reasoning, &mut chunk.reasoning)]
        {
            let piece = std::mem::take(text);
            *text = if is_last {
                joiner.join_last(piece, is_mended)
            } else {
                joiner.join(piece, is_mended)
            };
        }
        // Some servers send the tokens of the prompt ahead of the reply.
        self.has_usage |= chunk.usage.is_some_and(|usage| usage.completion_tokens > 0);
        self.state = match self.state {
            State::Finished if chunk.is_output() => State::Resumed,
            State::Running if chunk.finish_reason.is_some() || is_whole => State::Finished,
            state @ (State::Running | State::Finished | State::Resumed) => state,
        };
    }

    /// The end of the body completes the reply only after the finish reason.
    fn end(&self, cause: Option<serde_json::Error>) -> ReadStep<Self> {
        if self.is_complete() {
            return ReadStep::End;
        }
        let truncated = self.truncated();
        ReadStep::Failed(match cause {
            Some(cause) => truncated.with_source(cause),
            None => truncated,
        })
    }

    fn is_complete(&self) -> bool {
        self.state == State::Finished
    }

    fn truncated(&self) -> Error {
        if !self.events.has_begun() {
            return Error::truncated(false, "it has no content");
        }
        let message = "the reply ended without a finish reason and without `[DONE]`";
        Error::truncated(self.has_output, message)
    }
}

impl ReplyReader for ChatReader {
    type Protocol = OpenAi;
    type Piece = ChatChunk;
    type Reply = ChatReply;

    fn push(&mut self, bytes: Bytes) -> Result<()> {
        if !self.events.has_begun() && is_page(&bytes) {
            return Err(unreadable(&bytes));
        }
        self.events.push(bytes);
        Ok(())
    }

    fn step(&mut self) -> Option<ReadStep<Self>> {
        loop {
            let event = match self.events.next_event() {
                Ok(event) => event?,
                Err(EventTooLong) => return Some(ReadStep::Failed(too_long())),
            };
            return Some(match EventContent::of(&event, &mut self.choice, self.has_output) {
                EventContent::Done => ReadStep::End,
                EventContent::Reported(report) => {
                    ReadStep::Failed(in_stream(report, self.has_output))
                }
                EventContent::Chunk { mut chunk, is_mended } => {
                    self.take(&mut chunk, false, is_mended);
                    self.has_output |= chunk.is_output();
                    ReadStep::Piece(chunk)
                }
                EventContent::Nothing => continue,
                EventContent::NotJson(_) if self.is_complete() => continue,
                EventContent::NotJson(error) => {
                    ReadStep::Failed(unreadable(&event.data).with_source(error))
                }
            });
        }
    }

    fn finish(&mut self) -> ReadStep<Self> {
        let event = match self.events.rest() {
            Ok(Some(event)) => event,
            Ok(None) => return self.end(None),
            Err(EventTooLong) => return ReadStep::Failed(too_long()),
        };
        let is_whole = self.events.is_object();
        match EventContent::of(&event, &mut self.choice, self.has_output) {
            EventContent::Done => ReadStep::End,
            EventContent::Reported(report) => ReadStep::Failed(in_stream(report, self.has_output)),
            EventContent::Chunk { mut chunk, is_mended } => {
                self.take(&mut chunk, is_whole, is_mended);
                if self.is_complete() {
                    ReadStep::Last(chunk)
                } else {
                    ReadStep::Failed(self.truncated())
                }
            }
            EventContent::Nothing if is_whole => ReadStep::Failed(unreadable(&event.data)),
            EventContent::Nothing => self.end(None),
            // The body ended within the event.
            EventContent::NotJson(error) if !is_whole || error.is_eof() => self.end(Some(error)),
            EventContent::NotJson(error) => {
                ReadStep::Failed(unreadable(&event.data).with_source(error))
            }
        }
    }

    fn has_output(&self) -> bool {
        self.has_output
    }

    fn completeness(&self) -> Completeness {
        match (self.state, self.has_usage) {
            (State::Finished, true) => Completeness::All,
            (State::Finished, false) => Completeness::Text,
            (State::Running | State::Resumed, _) => Completeness::Partial,
        }
    }

    fn gather(reply: &mut ChatReply, piece: ChatChunk) {
        reply.push(piece);
    }

    fn text(reply: ChatReply) -> String {
        reply.content
    }
}

fn unreadable(data: &[u8]) -> Error {
    Error::protocol("not a piece of a reply", data).with_status(200)
}

fn too_long() -> Error {
    Error::protocol("an event of more than 1 MiB", b"").with_status(200)
}

#[cfg(test)]
mod tests;
