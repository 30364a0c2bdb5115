use std::{sync::Arc, time::Duration};

use synod_ollama_client::{self as ollama, DoneReason, End};
use tokio::time::Instant;

use super::error::call_error;
use crate::{
    ChatError, ChatEvent, Completion, ModelInfo, StopReason, Timings, Usage,
    client_error::tokens,
    most_tokens::MostTokens,
    thought::{PartedReply, ThoughtHabit},
};

/// A reply that arrives.
pub(super) struct Reply {
    chunks: ollama::ChatStream,
    info: ModelInfo,
    limit: Duration,
    /// Some output has been sent.
    begun: bool,
    parted: PartedReply,
    most: MostTokens,
    /// The reply has more than white space.
    speaks: bool,
    /// What follows the last event; `None`: it is still arriving.
    end: Option<Result<End, ChatError>>,
    over: bool,
}

impl Reply {
    /// A reply of this model; `is_object`: it is to be JSON, `most`: what the call can cost so far.
    pub(super) fn new(
        chunks: ollama::ChatStream,
        info: ModelInfo,
        limit: Duration,
        habit: &Arc<ThoughtHabit>,
        is_object: bool,
        most: MostTokens,
    ) -> Self {
        let parted = PartedReply::new(habit, is_object);
        Self {
            chunks,
            info,
            limit,
            begun: false,
            parted,
            most,
            speaks: false,
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
                // With the end of the body the connection is free for the next call.
                while end.is_ok() && self.chunks.next().await.is_some() {}
                return Some(end.and_then(|end| self.finished(&end)));
            }
            match self.chunks.next().await? {
                Ok(chunk) => {
                    self.most.add(chunk.thinking.len() + chunk.content.len());
                    self.parted.think(chunk.thinking);
                    self.parted.say(&chunk.content);
                    self.speaks |= !chunk.content.trim().is_empty();
                    if let Some(end) = chunk.end {
                        self.parted.end(end.done_reason == Some(DoneReason::Length));
                        self.end = Some(Ok(*end));
                    }
                }
                Err(error) => {
                    if self.begun {
                        self.parted.end(true);
                    }
                    let error =
                        call_error(error, &self.info, self.limit, Instant::now(), self.begun);
                    self.end = Some(Err(error));
                }
            }
        }
        None
    }

    /// How the reply ended. A server that has only loaded the model, or unloaded it, has not replied.
    fn finished(&self, end: &End) -> Result<ChatEvent, ChatError> {
        match &end.done_reason {
            Some(reason @ (DoneReason::Load | DoneReason::Unload)) if !self.begun => {
                let host = self.info.host.clone();
                let detail = format!("it ended the call with done_reason \"{reason}\"");
                Err(ChatError::NoReply { host, detail })
            }
            Some(DoneReason::ContentFilter) if !self.speaks => {
                let (host, model) = (self.info.host.clone(), self.info.model.clone());
                let detail = "it ended the reply for its content".to_owned();
                Err(ChatError::Filtered { host, model, detail })
            }
            Some(_) | None => Ok(ChatEvent::Finished(completion(end, self.most))),
        }
    }
}

fn completion(end: &End, most: MostTokens) -> Completion {
    let reason = match end.done_reason {
        // What a filter leaves of a reply is cut.
        Some(DoneReason::Length | DoneReason::ContentFilter) => StopReason::Length,
        // Old servers give no reason, and one unheard of is no reason to lose a whole reply.
        Some(DoneReason::Stop | DoneReason::Load | DoneReason::Unload | DoneReason::Other(_))
        | None => StopReason::Stop,
    };
    let usage = most.possible(Usage {
        prompt_tokens: end.metrics.prompt_eval_count.and_then(tokens),
        output_tokens: end.metrics.eval_count.and_then(tokens),
    });
    let load_ms = end.metrics.load_duration.and_then(|load| load.as_millis().try_into().ok());
    let timings = Timings { load_ms, ..Timings::default() };
    Completion { reason, usage, thought_tokens: None, timings }
}
