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
    worked: bool,
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
            worked: false,
            at: None,
        }
    }

    /// Takes the reply in and reports it.
    pub(super) async fn listen(&mut self, progress: &Progress) -> Ending {
        while let Some(event) = self.events.next().await {
            match event {
                Ok(ChatEvent::Phase(phase)) => {
                    self.worked |= phase >= Phase::Prompting;
                    progress.phase(shown(phase));
                }
                Ok(ChatEvent::At(card)) => self.at = Some(card),
                Ok(ChatEvent::Thinking(piece)) => {
                    self.worked = true;
                    progress.thought(piece);
                }
                Ok(ChatEvent::Delta(piece)) => {
                    self.worked = true;
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

    /// The model has at least begun to read the prompt.
    pub(super) const fn has_cost(&self) -> bool {
        self.worked
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
        Phase::Away { waited, next_try } => CallPhase::Away { waited, next_try },
        Phase::Queued { ahead, wait } => CallPhase::Queued { ahead, wait },
        Phase::Loading => CallPhase::Loading,
        Phase::Prompting => CallPhase::Prompting,
        Phase::Generating => CallPhase::Generating,
    }
}
