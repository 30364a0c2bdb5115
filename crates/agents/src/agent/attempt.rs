use std::{mem, sync::Arc};

use futures_util::StreamExt;
use synod_debate_engine::{CallPhase, Progress};
use synod_inference::{ChatError, ChatEvent, ChatModel, ChatStream, Completion, ModelInfo, Phase};

use super::collector::Collector;
use crate::prompt::{Expected, Prompt};

/// One request to a model, while its reply comes in.
pub(super) struct Attempt {
    events: ChatStream,
    /// Bytes of the prompt.
    prompt_length: usize,
    expected: Expected,
    /// The limit of the reply in tokens, without and with thinking.
    limits: [u32; 2],
    collector: Collector,
    has_output: bool,
    /// Bytes of thought.
    thought: usize,
    /// Something was thought since the model was last asked.
    has_thought: bool,
    /// Times that the model was asked: a reply that was all thought is asked for again.
    asked: u32,
    /// The model that serves it, if that is not the one that was asked.
    at: Option<Arc<ModelInfo>>,
}

/// How a reply ended.
pub(super) enum ReplyEnd {
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
        let thinks = model.usual_thinking(&prompt.request.form).is_some();
        let thought = if thinks { prompt.request.sampling.thinking.max_tokens } else { 0 };
        Self {
            prompt_length: prompt.length(),
            limits: [most_tokens, most_tokens.saturating_add(thought)],
            events: model.chat(prompt.request),
            expected: prompt.expected,
            collector: Collector::new(prompt.expected, prompt.begun, most_tokens),
            has_output: false,
            thought: 0,
            has_thought: false,
            asked: 1,
            at: None,
        }
    }

    /// Takes the reply in and reports it.
    pub(super) async fn collect_reply(&mut self, progress: &Progress) -> ReplyEnd {
        while let Some(event) = self.events.next().await {
            match event {
                Ok(ChatEvent::Phase(phase)) => {
                    if phase == Phase::Prompting && mem::take(&mut self.has_thought) {
                        self.asked += 1;
                    }
                    progress.phase(shown(phase));
                }
                Ok(ChatEvent::Moved(info)) => self.at = Some(info),
                Ok(ChatEvent::Thinking(piece)) => {
                    self.has_output = true;
                    self.has_thought = true;
                    self.thought += piece.len();
                    progress.thought(piece);
                }
                Ok(ChatEvent::Corrected { thinking, reply }) => {
                    self.correct(&thinking, &reply, progress);
                    if self.collector.is_full() {
                        return ReplyEnd::Endless;
                    }
                }
                Ok(ChatEvent::Delta(piece)) => {
                    self.has_output = true;
                    let piece = self.collector.push(&piece);
                    if !piece.is_empty() {
                        progress.delta(piece);
                    }
                    if self.collector.is_full() {
                        return ReplyEnd::Endless;
                    }
                }
                Ok(ChatEvent::Finished(completion)) => return ReplyEnd::Finished(completion),
                Err(error) => return ReplyEnd::Failed(error),
            }
        }
        ReplyEnd::CutOff
    }

    /// Replaces the reply. Reported thinking stays reported; only the rest of it is reported now.
    fn correct(&mut self, thinking: &str, reply: &str, progress: &Progress) {
        if let Some(rest) = thinking.get(self.thought..).filter(|rest| !rest.is_empty()) {
            progress.thought(rest);
        }
        self.thought = thinking.len();
        self.has_thought |= self.thought > 0;
        // Only models that this crate begins no reply for are corrected.
        let [most_tokens, _] = self.limits;
        self.collector = Collector::new(self.expected, None, most_tokens);
        progress.whole(self.collector.push(reply));
    }

    /// The model that serves it, if that is not the one that was asked.
    pub(super) fn at(&self) -> Option<&ModelInfo> {
        self.at.as_deref()
    }

    /// Whether a piece of the reply has arrived. Until then it is unknown if the host has read any of
    /// the prompt.
    pub(super) const fn was_read(&self) -> bool {
        self.has_output
    }

    /// The limit of the reply in tokens, without and with thinking.
    pub(super) const fn limits(&self) -> [u32; 2] {
        self.limits
    }

    /// Bytes of the prompt.
    pub(super) const fn prompt_length(&self) -> usize {
        self.prompt_length
    }

    /// The model thought and said nothing.
    pub(super) fn was_all_thought(&self) -> bool {
        self.thought > 0 && !self.collector.has_text()
    }

    /// Times that the model was asked.
    pub(super) const fn asked(&self) -> u32 {
        self.asked
    }

    /// Bytes that the model thought.
    pub(super) const fn thought(&self) -> usize {
        self.thought
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
