use std::time::Duration;

use synod_ollama_client::{self as ollama, ChatChunk, DoneReason, End};

use super::{error::call_error, facts::tokens};
use crate::{ChatError, ChatEvent, Completion, ModelCard, StopReason, Timings, Usage};

/// A reply that arrives.
pub(super) struct Reply {
    chunks: ollama::ChatStream,
    card: ModelCard,
    limit: Duration,
    /// Something of it has been told.
    begun: bool,
    /// What follows the thinking in the same chunk.
    delta: Option<String>,
    end: Option<End>,
}

impl Reply {
    pub(super) fn new(chunks: ollama::ChatStream, card: ModelCard, limit: Duration) -> Self {
        Self { chunks, card, limit, begun: false, delta: None, end: None }
    }

    /// The next event; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Result<ChatEvent, ChatError>> {
        if let Some(delta) = self.delta.take() {
            return Some(Ok(ChatEvent::Delta(delta)));
        }
        while self.end.is_none() {
            match self.chunks.next().await? {
                Ok(chunk) => {
                    if let Some(output) = self.output(chunk) {
                        self.begun = true;
                        return Some(Ok(output));
                    }
                }
                Err(error) => {
                    return Some(Err(call_error(error, &self.card, self.limit, self.begun)));
                }
            }
        }
        let end = self.end.take()?;
        // With the end of the body the connection is free for the next call.
        while self.chunks.next().await.is_some() {}
        Some(Ok(ChatEvent::Finished(completion(&end))))
    }

    fn output(&mut self, chunk: ChatChunk) -> Option<ChatEvent> {
        let ChatChunk { content, thinking, end, .. } = chunk;
        self.end = end;
        let delta = Some(content).filter(|content| !content.is_empty());
        if thinking.is_empty() {
            return delta.map(ChatEvent::Delta);
        }
        self.delta = delta;
        Some(ChatEvent::Thinking(thinking))
    }
}

fn completion(end: &End) -> Completion {
    let reason = match end.done_reason {
        Some(DoneReason::Length) => StopReason::Length,
        // Old servers give no reason, and one unheard of is no reason to lose a whole reply.
        Some(DoneReason::Stop | DoneReason::Load | DoneReason::Unload | DoneReason::Other(_))
        | None => StopReason::Stop,
    };
    let usage = Usage {
        prompt_tokens: end.metrics.prompt_eval_count.and_then(tokens),
        output_tokens: end.metrics.eval_count.and_then(tokens),
    };
    let load_ms = end.metrics.load_duration.and_then(|load| load.as_millis().try_into().ok());
    Completion { reason, usage, timings: Timings { load_ms, ..Timings::default() } }
}
