use std::sync::Arc;

use futures_util::StreamExt;
use synod_debate_engine::{CallPhase, Progress};
use synod_inference::{ChatError, ChatEvent, ChatModel, ChatStream, Completion, ModelCard, Phase};

use super::collector::Collector;
use crate::prompt::Prompt;

/// One request to a model, while its reply comes in.
pub(super) struct Attempt {
    events: ChatStream,
    /// Bytes of the prompt.
    prompt_length: usize,
    collector: Collector,
    has_output: bool,
    /// The model that serves it, if that is not the one that was asked.
    at: Option<Arc<ModelCard>>,
}

/// How a reply ended.
pub(super) enum Ending {
    /// It is whole.
    Finished(Completion),
    /// It would never have ended.
    Endless,
    /// It broke off, or never began.
    Failed(ChatError),
    /// The model just stopped talking, against its contract.
    CutOff,
}

impl Attempt {
    pub(super) fn new(model: &dyn ChatModel, prompt: Prompt) -> Self {
        let most_tokens = prompt.request.sampling.max_output_tokens;
        Self {
            prompt_length: prompt.length(),
            events: model.chat(prompt.request),
            collector: Collector::new(prompt.expected, prompt.begun, most_tokens),
            has_output: false,
            at: None,
        }
    }

    /// Takes the reply in and reports it.
    pub(super) async fn listen(&mut self, progress: &Progress) -> Ending {
        while let Some(event) = self.events.next().await {
            match event {
                Ok(ChatEvent::Phase(phase)) => {
                    progress.phase(shown(phase));
                }
                Ok(ChatEvent::At(card)) => self.at = Some(card),
                Ok(ChatEvent::Thinking(piece)) => {
                    self.has_output = true;
                    progress.thought(piece);
                }
                Ok(ChatEvent::Delta(piece)) => {
                    self.has_output = true;
                    let piece = self.collector.push(&piece);
                    if !piece.is_empty() {
                        progress.delta(piece);
                    }
                    if self.collector.is_full() {
                        return Ending::Endless;
                    }
                }
                Ok(ChatEvent::Finished(completion)) => return Ending::Finished(completion),
                Err(error) => return Ending::Failed(error),
            }
        }
        Ending::CutOff
    }

    /// The model that serves it, if that is not the one that was asked.
    pub(super) fn at(&self) -> Option<&ModelCard> {
        self.at.as_deref()
    }

    /// The model has read the prompt: something of a reply has arrived. Before that nobody knows
    /// whether a host has read any of it.
    pub(super) const fn was_read(&self) -> bool {
        self.has_output
    }

    /// Bytes of the prompt.
    pub(super) const fn prompt_length(&self) -> usize {
        self.prompt_length
    }

    /// Characters that the model wrote.
    pub(super) const fn length(&self) -> usize {
        self.collector.length()
    }

    /// What had arrived.
    pub(super) fn text(self) -> String {
        self.collector.finish()
    }
}

const fn shown(phase: Phase) -> CallPhase {
    match phase {
        Phase::Queued { ahead, wait } => CallPhase::Queued { ahead, wait },
        Phase::Loading => CallPhase::Loading,
        Phase::Prompting => CallPhase::Prompting,
        Phase::Generating => CallPhase::Generating,
    }
}
