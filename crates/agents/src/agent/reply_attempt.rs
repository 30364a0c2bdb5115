use std::{mem, sync::Arc};

use futures_util::StreamExt;
use synod_debate_engine::{CallPhase, Progress};
use synod_domain::{CallOptions, Decimal};
use synod_inference::{
    ChatError, ChatEvent, ChatModel, ChatStream, Completion, Limitation, ModelInfo, Phase, Sampling,
};

use super::{collector::Collector, sent_options::SentOptions};
use crate::prompt::{Prompt, ReplyKind};

/// One request to a model, and the part of the reply that has arrived.
pub(super) struct ReplyAttempt {
    events: ChatStream,
    /// Bytes of the prompt.
    prompt_length: usize,
    reply_kind: ReplyKind,
    /// The options of the request.
    options: Arc<CallOptions>,
    /// Token limits of the reply: without thinking, and with it.
    limits: [u32; 2],
    collector: Collector,
    has_output: bool,
    /// Bytes of thinking.
    thought: usize,
    /// Thinking has arrived since the last request.
    has_thought: bool,
    /// Number of requests: after a reply that was all thinking, the gateway sends another.
    asked: u32,
    /// The model that serves the call, if it is another replica than the one asked.
    served_by: Option<Arc<ModelInfo>>,
}

/// How a reply ended.
pub(super) enum ReplyEnd {
    /// The reply is complete.
    Finished(Completion),
    /// The reply reached the maximum size; the rest was not read.
    Endless,
    /// The call failed before or during the reply.
    Failed(ChatError),
    /// The stream ended without a final event, against the contract of [`ChatModel`].
    CutOff,
}

impl ReplyAttempt {
    pub(super) fn new(model: &dyn ChatModel, prompt: Prompt, sent: &SentOptions) -> Self {
        let most_tokens = prompt.request.sampling.max_output_tokens;
        let thinks = model.usual_thinking(&prompt.request.form).is_some();
        let thought = if thinks { prompt.request.sampling.thinking.max_tokens } else { 0 };
        let options = sent.shared(options_of(&prompt.request.sampling, thought));
        Self {
            prompt_length: prompt.length(),
            options,
            limits: [most_tokens, most_tokens.saturating_add(thought)],
            events: model.chat(prompt.request),
            reply_kind: prompt.reply_kind,
            collector: Collector::new(prompt.reply_kind, prompt.begun, most_tokens),
            has_output: false,
            thought: 0,
            has_thought: false,
            asked: 1,
            served_by: None,
        }
    }

    /// Reads the reply to its end and reports it.
    pub(super) async fn collect_reply(&mut self, progress: &Progress) -> ReplyEnd {
        while let Some(event) = self.events.next().await {
            match event {
                Ok(ChatEvent::Phase(phase)) => {
                    if phase == Phase::Prompting && mem::take(&mut self.has_thought) {
                        self.asked += 1;
                    }
                    progress.phase(reported(phase));
                }
                Ok(ChatEvent::Moved(info)) => self.served_by = Some(info),
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

    /// Replaces the reply. Of the thinking, only the part that was not reported before is reported.
    fn correct(&mut self, thinking: &str, reply: &str, progress: &Progress) {
        if let Some(rest) = thinking.get(self.thought..).filter(|rest| !rest.is_empty()) {
            progress.thought(rest);
        }
        self.thought = thinking.len();
        self.has_thought |= self.thought > 0;
        // A reply that this crate begins for the model is never corrected.
        let [most_tokens, _] = self.limits;
        self.collector = Collector::new(self.reply_kind, None, most_tokens);
        progress.whole(self.collector.push(reply));
    }

    /// Returns the model that serves the call, if it is another replica than the one asked.
    pub(super) fn served_by(&self) -> Option<&ModelInfo> {
        self.served_by.as_deref()
    }

    /// The options of the request, without those that the model's host has refused.
    pub(super) fn options(&self, model: &dyn ChatModel) -> CallOptions {
        let mut options = CallOptions::clone(&self.options);
        options.context_tokens = model.window();
        for limitation in model.limitations() {
            leave_out(&mut options, limitation);
        }
        options
    }

    /// Whether a piece of the reply has arrived. Until then, the host may not have read the prompt.
    pub(super) const fn was_read(&self) -> bool {
        self.has_output
    }

    /// Returns the token limits of the reply: without thinking, and with it.
    pub(super) const fn limits(&self) -> [u32; 2] {
        self.limits
    }

    /// Returns the bytes of the prompt.
    pub(super) const fn prompt_length(&self) -> usize {
        self.prompt_length
    }

    /// Whether the model wrote thinking and no reply.
    pub(super) fn was_all_thought(&self) -> bool {
        self.thought > 0 && !self.collector.has_text()
    }

    /// Returns the number of requests.
    pub(super) const fn asked(&self) -> u32 {
        self.asked
    }

    /// Returns the bytes of thinking.
    pub(super) const fn thought(&self) -> usize {
        self.thought
    }

    /// Returns the characters of the reply, as the model wrote it.
    pub(super) const fn length(&self) -> usize {
        self.collector.length()
    }

    /// Returns the reply, as far as it has arrived.
    pub(super) fn text(self) -> String {
        self.collector.finish()
    }
}

fn options_of(sampling: &Sampling, thought: u32) -> CallOptions {
    CallOptions {
        seed: sampling.seed,
        temperature: sampling.temperature.map(Decimal::of),
        repeat_penalty: sampling.repeat_penalty.map(Decimal::of),
        max_tokens: Some(sampling.max_output_tokens),
        max_thinking_tokens: (thought > 0).then_some(thought),
        context_tokens: None,
        stop: sampling.stop.iter().map(|text| text.as_str().into()).collect(),
    }
}

fn leave_out(options: &mut CallOptions, limitation: Limitation) {
    match limitation {
        Limitation::Seed => options.seed = None,
        Limitation::Temperature => options.temperature = None,
        Limitation::RepeatPenalty => options.repeat_penalty = None,
        Limitation::OutputTokens { max } => {
            options.max_tokens = options.max_tokens.map(|tokens| tokens.min(max));
        }
        Limitation::StopTexts { max } => {
            options.stop = mem::take(&mut options.stop).into_iter().take(max).collect();
        }
        Limitation::SystemMessages
        | Limitation::Streaming
        | Limitation::StreamUsage
        | Limitation::UnionSchemas
        | Limitation::SchemaDetails
        | Limitation::StrictSchemas
        | Limitation::SomeSchemas
        | Limitation::Schemas
        | Limitation::ReplyFormats
        | Limitation::MaxTokens
        | Limitation::ThinkingSwitch
        | Limitation::TruncateSwitch
        | Limitation::ShiftSwitch => {}
    }
}

const fn reported(phase: Phase) -> CallPhase {
    match phase {
        Phase::Away { waited, next_try } => CallPhase::Away { waited, next_try },
        Phase::Queued { ahead, wait } => CallPhase::Queued { ahead, wait },
        Phase::Loading => CallPhase::Loading,
        Phase::Prompting => CallPhase::Prompting,
        Phase::Generating => CallPhase::Generating,
    }
}
