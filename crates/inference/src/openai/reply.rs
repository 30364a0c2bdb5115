use std::{collections::VecDeque, time::Duration};

use synod_openai_client::{self as openai, ChatChunk, FinishReason};

use super::error::call_error;
use crate::{ChatError, ChatEvent, Completion, ModelCard, StopReason, Usage};

/// A reply that arrives.
pub(super) struct Reply {
    chunks: openai::ChatStream,
    card: ModelCard,
    limit: Duration,
    /// Something of it has been told.
    begun: bool,
    /// What is still to be told of the last chunk.
    events: VecDeque<ChatEvent>,
    completion: Completion,
    over: bool,
}

impl Reply {
    pub(super) fn new(chunks: openai::ChatStream, card: ModelCard, limit: Duration) -> Self {
        let (events, completion) = (VecDeque::new(), Completion::default());
        Self { chunks, card, limit, begun: false, events, completion, over: false }
    }

    /// The next event; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Result<ChatEvent, ChatError>> {
        while !self.over {
            if let Some(event) = self.events.pop_front() {
                self.begun = true;
                return Some(Ok(event));
            }
            match self.chunks.next().await {
                Some(Ok(chunk)) => self.take(chunk),
                Some(Err(error)) => {
                    self.over = true;
                    return Some(Err(call_error(error, &self.card, self.limit, self.begun)));
                }
                None => {
                    self.over = true;
                    return Some(Ok(ChatEvent::Finished(self.completion.clone())));
                }
            }
        }
        None
    }

    fn take(&mut self, chunk: ChatChunk) {
        let ChatChunk { content, reasoning, refusal, finish_reason, usage } = chunk;
        let outputs = [
            ChatEvent::Thinking(reasoning),
            ChatEvent::Delta(content),
            // What the model says instead is what it says.
            ChatEvent::Delta(refusal),
        ];
        let is_empty = |event: &ChatEvent| match event {
            ChatEvent::Thinking(text) | ChatEvent::Delta(text) => text.is_empty(),
            ChatEvent::Phase(_) | ChatEvent::At(_) | ChatEvent::Finished(_) => false,
        };
        self.events.extend(outputs.into_iter().filter(|event| !is_empty(event)));
        if let Some(reason) = finish_reason {
            self.completion.reason = match reason {
                FinishReason::Length => StopReason::Length,
                // A reason unheard of is none to lose a whole reply.
                FinishReason::Stop
                | FinishReason::ContentFilter
                | FinishReason::ToolCalls
                | FinishReason::Other(_) => StopReason::Stop,
            };
        }
        if let Some(usage) = usage {
            self.completion.usage = Usage {
                prompt_tokens: tokens(usage.prompt_tokens),
                output_tokens: tokens(usage.completion_tokens),
            };
        }
    }
}

/// A count of tokens; none of more than 2³² is meant.
pub(super) fn tokens(count: u64) -> Option<u32> {
    u32::try_from(count).ok().filter(|count| *count > 0)
}
