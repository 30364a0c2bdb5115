use futures_util::StreamExt;
use synod_debate_engine::{CallFailure, CallPhase, Progress, Reply};
use synod_domain::{Brief, CallMeta, FailureCause};
use synod_inference::{ChatError, ChatEvent, ChatModel, Completion, Phase, StopReason};

use super::{Desk, collector::Collector, token_gauge::TokenGauge};
use crate::prompt::{Excerpt, Prompt};

/// One call, from the brief to the reply.
pub(super) struct Call<'a> {
    desk: &'a Desk,
    brief: &'a Brief,
    progress: &'a Progress,
    meta: CallMeta,
}

/// How an attempt ended that brought no reply.
enum Setback {
    /// The prompt is too long, and nothing had arrived.
    TooLong,
    Failed(CallFailure),
}

impl<'a> Call<'a> {
    pub(super) fn new(desk: &'a Desk, brief: &'a Brief, progress: &'a Progress) -> Self {
        let mut meta = CallMeta::of(desk.profile.model.clone());
        meta.digest.clone_from(&desk.profile.digest);
        Self { desk, brief, progress, meta }
    }

    /// Asks with as much of the transcript as fits the window.
    pub(super) async fn run(mut self) -> Result<Reply, CallFailure> {
        let Desk { profile, workplace, gauge } = self.desk;
        let model = match workplace.models.chat_model(&profile.host, &profile.model).await {
            Ok(model) => model,
            Err(error) => {
                tracing::warn!(agent = %profile.agent_id, %error, "no model");
                return Err(self.failure(FailureCause::ModelError));
            }
        };
        let card = model.card();
        if card.digest.is_some() {
            self.meta.digest.clone_from(&card.digest);
        }
        let mut excerpt = Excerpt::whole(self.brief);
        loop {
            let prompt =
                workplace.wording.prompt(self.brief, &excerpt, profile.scale, card.continues_reply);
            let prompt = match prompt {
                Ok(prompt) => prompt,
                Err(error) => {
                    tracing::error!(agent = %profile.agent_id, %error, "no prompt");
                    return Err(self.failure(FailureCause::ModelError));
                }
            };
            self.meta.omitted = excerpt.omitted();
            let reply_tokens = prompt.request.sampling.max_output_tokens;
            let shorter = excerpt.without_oldest_round();
            if let Some(shorter) = shorter
                && !gauge.fits(prompt.chars(), reply_tokens, card.window)
            {
                excerpt = shorter;
                continue;
            }
            match self.attempt(&*model, prompt).await {
                Ok(reply) => return Ok(reply),
                Err(Setback::Failed(failure)) => return Err(failure),
                Err(Setback::TooLong) => match shorter {
                    Some(shorter) => excerpt = shorter,
                    None => return Err(self.failure(FailureCause::Context)),
                },
            }
        }
    }

    async fn attempt(&mut self, model: &dyn ChatModel, prompt: Prompt) -> Result<Reply, Setback> {
        let chars = prompt.chars();
        let mut collector = Collector::new(prompt.expected, prompt.begun);
        let mut worked = false;
        let mut events = model.chat(prompt.request);
        while let Some(event) = events.next().await {
            match event {
                Ok(ChatEvent::Phase(phase)) => {
                    worked |= phase >= Phase::Prompting;
                    self.progress.phase(shown(phase));
                }
                Ok(ChatEvent::Thinking(_)) => worked = true,
                Ok(ChatEvent::Delta(piece)) => {
                    worked = true;
                    let piece = collector.push(&piece);
                    if !piece.is_empty() {
                        self.progress.delta(piece);
                    }
                    if collector.is_full() {
                        tracing::warn!(agent = %self.desk.profile.agent_id, "a reply without end was cut");
                        drop(events);
                        self.estimate(chars, collector.length());
                        return Ok(Reply {
                            text: collector.finish(),
                            cut: true,
                            meta: self.meta.clone(),
                        });
                    }
                }
                Ok(ChatEvent::Finished(completion)) => {
                    self.count(&completion, chars, collector.length());
                    let cut = completion.reason == StopReason::Length;
                    return Ok(Reply { text: collector.finish(), cut, meta: self.meta.clone() });
                }
                Err(error) => {
                    if let ChatError::ContextOverflow { prompt_tokens, .. } = &error {
                        if let Some(tokens) = prompt_tokens {
                            self.desk.gauge.learn(chars, *tokens);
                        }
                        if collector.length() == 0 {
                            return Err(Setback::TooLong);
                        }
                    }
                    let out_of_time = matches!(error, ChatError::Deadline { .. });
                    if worked || out_of_time {
                        self.estimate(chars, collector.length());
                    }
                    tracing::warn!(agent = %self.desk.profile.agent_id, %error, "call failed");
                    let cause =
                        if out_of_time { FailureCause::Deadline } else { FailureCause::ModelError };
                    return Err(Setback::Failed(CallFailure {
                        text: collector.finish(),
                        ..self.failure(cause)
                    }));
                }
            }
        }
        tracing::warn!(agent = %self.desk.profile.agent_id, "a call ended without a result");
        self.estimate(chars, collector.length());
        let failure = self.failure(FailureCause::ModelError);
        Err(Setback::Failed(CallFailure { text: collector.finish(), ..failure }))
    }

    /// What the host counted, and guesses where it did not.
    fn count(&mut self, completion: &Completion, prompt_chars: usize, reply_chars: usize) {
        self.estimate(prompt_chars, reply_chars);
        let usage = completion.usage;
        if let Some(tokens) = usage.prompt_tokens {
            self.desk.gauge.learn(prompt_chars, tokens);
            self.meta.prompt_tokens = tokens;
        }
        if let Some(tokens) = usage.output_tokens {
            self.meta.output_tokens = tokens;
        }
        self.meta.estimated = usage.prompt_tokens.is_none() || usage.output_tokens.is_none();
        self.meta.queued_ms = completion.timings.queued_ms;
        self.meta.load_ms = completion.timings.load_ms;
        self.meta.first_token_ms = completion.timings.first_token_ms;
        self.meta.generation_ms = completion.timings.generation_ms;
    }

    fn estimate(&mut self, prompt_chars: usize, reply_chars: usize) {
        self.meta.prompt_tokens = TokenGauge::guess(prompt_chars);
        self.meta.output_tokens = TokenGauge::guess(reply_chars);
        self.meta.estimated = true;
    }

    fn failure(&self, cause: FailureCause) -> CallFailure {
        CallFailure { cause, text: String::new(), meta: self.meta.clone() }
    }
}

const fn shown(phase: Phase) -> CallPhase {
    match phase {
        Phase::Queued { ahead } => CallPhase::Queued { ahead },
        Phase::Loading => CallPhase::Loading,
        Phase::Prompting => CallPhase::Prompting,
        Phase::Generating => CallPhase::Generating,
    }
}
