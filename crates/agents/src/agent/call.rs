use synod_debate_engine::{CallFailure, Progress, Reply};
use synod_domain::{Brief, CallMeta, FailureCause};
use synod_inference::{ChatError, ChatModel, Completion, StopReason};

use super::{
    Desk,
    attempt::{Attempt, Ending},
    collector::Collector,
    token_gauge::TokenGauge,
};
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
        let model = workplace.models.chat_model(&profile.host, &profile.model).await;
        let model = model.map_err(|error| self.model_error(&error))?;
        let card = model.card();
        if card.digest.is_some() {
            self.meta.digest.clone_from(&card.digest);
        }
        let mut excerpt = Excerpt::whole(self.brief);
        loop {
            let prompt = workplace
                .wording
                .prompt(self.brief, &excerpt, profile.scale, card.continues_reply)
                .map_err(|error| self.model_error(&error))?;
            self.meta.omitted = excerpt.omitted();
            let reply_tokens = prompt.request.sampling.max_output_tokens;
            let fits = gauge.fits(prompt.chars(), reply_tokens, card.window);
            // With nothing to leave out, the host has the last word: the estimate is cautious.
            match (fits, excerpt.without_oldest_round()) {
                (false, Some(shorter)) => excerpt = shorter,
                (_, shorter) => match (self.attempt(&*model, prompt).await, shorter) {
                    (Ok(reply), _) => return Ok(reply),
                    (Err(Setback::Failed(failure)), _) => return Err(failure),
                    (Err(Setback::TooLong), Some(shorter)) => excerpt = shorter,
                    (Err(Setback::TooLong), None) => {
                        return Err(self.failure(FailureCause::Context));
                    }
                },
            }
        }
    }

    async fn attempt(&mut self, model: &dyn ChatModel, prompt: Prompt) -> Result<Reply, Setback> {
        let chars = prompt.chars();
        let mut attempt = Attempt::new(Collector::new(prompt.expected, prompt.begun));
        let ending = attempt.listen(model.chat(prompt.request), self.progress).await;
        if let Ending::Finished(completion) = &ending {
            self.count(completion, chars, attempt.length());
        } else if attempt.has_cost() || matches!(ending, Ending::Failed(ChatError::Deadline { .. }))
        {
            self.estimate(chars, attempt.length());
        }
        match ending {
            Ending::Finished(completion) => {
                Ok(self.reply(attempt, completion.reason == StopReason::Length))
            }
            Ending::Endless => {
                tracing::warn!(agent = %self.desk.profile.agent_id, "cut a reply without end");
                Ok(self.reply(attempt, true))
            }
            Ending::Failed(error) => Err(self.setback(attempt, &error, chars)),
            Ending::CutOff => {
                tracing::warn!(agent = %self.desk.profile.agent_id, "a reply without an end");
                let failure = self.failure(FailureCause::ModelError);
                Err(Setback::Failed(CallFailure { text: attempt.text(), ..failure }))
            }
        }
    }

    fn reply(&self, attempt: Attempt, cut: bool) -> Reply {
        Reply { text: attempt.text(), cut, meta: self.meta.clone() }
    }

    fn setback(&self, attempt: Attempt, error: &ChatError, prompt_chars: usize) -> Setback {
        if let ChatError::ContextOverflow { prompt_tokens, .. } = error {
            if let Some(tokens) = prompt_tokens {
                self.desk.gauge.learn(prompt_chars, *tokens);
            }
            if attempt.length() == 0 {
                return Setback::TooLong;
            }
        }
        let failure = if matches!(error, ChatError::Deadline { .. }) {
            self.failure(FailureCause::Deadline)
        } else {
            self.model_error(error)
        };
        Setback::Failed(CallFailure { text: attempt.text(), ..failure })
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

    fn model_error(&self, error: &impl std::fmt::Display) -> CallFailure {
        tracing::warn!(agent = %self.desk.profile.agent_id, %error, "a call failed");
        self.failure(FailureCause::ModelError)
    }

    fn failure(&self, cause: FailureCause) -> CallFailure {
        CallFailure { cause, text: String::new(), meta: self.meta.clone() }
    }
}
