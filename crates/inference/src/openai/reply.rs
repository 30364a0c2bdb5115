use std::{sync::Arc, time::Duration};

use synod_openai_client::{self as openai, ChatChunk, FinishReason};
use tokio::time::Instant;

use super::error::call_error;
use crate::{
    ChatError, ChatEvent, Completion, ModelInfo, StopReason, Usage,
    client_error::tokens,
    most_tokens::MostTokens,
    thought::{PartedReply, ThoughtHabit},
};

/// A reply that arrives.
pub(super) struct Reply {
    chunks: openai::ChatStream,
    info: ModelInfo,
    limit: Duration,
    /// Some output has been sent.
    begun: bool,
    parted: PartedReply,
    most: MostTokens,
    counted: openai::Usage,
    reason: StopReason,
    /// The refusal of the model in place of a reply.
    refusal: String,
    /// The reply has more than white space.
    speaks: bool,
    is_filtered: bool,
    /// What follows the last event; `None`: it is still arriving.
    end: Option<Result<(), ChatError>>,
    over: bool,
}

impl Reply {
    /// A reply of this model; `is_object`: it is to be JSON, `most`: what the call can cost so far.
    pub(super) fn new(
        chunks: openai::ChatStream,
        info: ModelInfo,
        limit: Duration,
        habit: &Arc<ThoughtHabit>,
        is_object: bool,
        most: MostTokens,
    ) -> Self {
        Self {
            chunks,
            info,
            limit,
            begun: false,
            parted: PartedReply::new(habit, is_object),
            most,
            counted: openai::Usage::default(),
            reason: StopReason::Stop,
            refusal: String::new(),
            speaks: false,
            is_filtered: false,
            end: None,
            over: false,
        }
    }

    /// The next event; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Result<ChatEvent, ChatError>> {
        while !self.over {
            if let Some(event) = self.parted.next() {
                self.begun = true;
                return Some(Ok(event));
            }
            if let Some(end) = self.end.take() {
                self.over = true;
                return Some(end.map(|()| ChatEvent::Finished(self.completion())));
            }
            match self.chunks.next().await {
                Some(Ok(chunk)) => self.take(chunk),
                Some(Err(error)) => {
                    if self.begun {
                        self.parted.end(true);
                    }
                    let error =
                        call_error(error, &self.info, self.limit, Instant::now(), self.begun);
                    self.end = Some(Err(error));
                }
                None => {
                    self.parted.end(self.reason == StopReason::Length);
                    self.end = Some(self.judged());
                }
            }
        }
        None
    }

    fn take(&mut self, chunk: ChatChunk) {
        let ChatChunk { content, reasoning, refusal, finish_reason, usage } = chunk;
        self.most.add(reasoning.len() + content.len() + refusal.len());
        self.parted.think(reasoning);
        self.parted.say(&content);
        self.speaks |= !content.trim().is_empty();
        self.refusal.push_str(&refusal);
        if let Some(reason) = finish_reason {
            self.reason = match reason {
                FinishReason::Length => StopReason::Length,
                // The reply so far is cut.
                FinishReason::ContentFilter => {
                    self.is_filtered = true;
                    StopReason::Length
                }
                // An unknown reason must not lose a whole reply.
                FinishReason::Stop | FinishReason::ToolCalls | FinishReason::Other(_) => {
                    StopReason::Stop
                }
            };
        }
        self.counted = self.counted.updated(usage.unwrap_or_default());
    }

    /// A reply of which nothing is left, because a filter removed it or the model declined, is an error.
    fn judged(&self) -> Result<(), ChatError> {
        let (host, model) = (self.info.host.clone(), self.info.model.clone());
        let said = self.refusal.trim();
        if self.speaks {
            Ok(())
        } else if !said.is_empty() {
            Err(ChatError::Declined { host, model, said: said.to_owned() })
        } else if self.is_filtered {
            let detail = "it ended the reply for its content".to_owned();
            Err(ChatError::Filtered { host, model, detail })
        } else {
            Ok(())
        }
    }

    fn completion(&self) -> Completion {
        let usage = Usage {
            prompt_tokens: tokens(self.counted.prompt_tokens),
            output_tokens: tokens(self.counted.completion_tokens),
        };
        let thought =
            Usage { prompt_tokens: None, output_tokens: tokens(self.counted.reasoning_tokens) };
        Completion {
            reason: self.reason,
            usage: self.most.possible(usage),
            thought_tokens: self.most.possible(thought).output_tokens,
            ..Completion::default()
        }
    }
}
