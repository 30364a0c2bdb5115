use std::sync::Arc;

use synod_debate_engine::{CallFailure, CallPhase, Progress, Reply};
use synod_domain::{Brief, CallMeta, FailureCause, ParticipantProfile};
use synod_inference::{
    ChatError, ChatModel, ChatRequest, Completion, ModelCard, Recipe, StopReason,
};

use super::{
    Desk,
    attempt::{Attempt, Ending},
    token_gauge::{Shortfall, TokenGauge},
};
use crate::prompt::{Excerpt, Prompt};

/// Where a window leaves less for the reply, the prompt does not fit it.
const LEAST_REPLY: u32 = 64;

/// A speaker is asked for no fewer tokens than this, however slow the model.
const LEAST_STATEMENT: u32 = 30;

/// How often a reply is begun afresh that broke off since the calls at a time did not fit the context
/// that they share. Each time fewer calls are made at a time: of eight, one after three.
const FRESH_STARTS: u8 = 3;

/// One call, from the brief to the reply.
pub(super) struct Call<'a> {
    desk: &'a Arc<Desk>,
    brief: &'a Arc<Brief>,
    progress: &'a Progress,
    meta: CallMeta,
}

impl<'a> Call<'a> {
    pub(super) fn new(desk: &'a Arc<Desk>, brief: &'a Arc<Brief>, progress: &'a Progress) -> Self {
        let mut meta = CallMeta::of(desk.profile.model.clone());
        meta.digest.clone_from(&desk.profile.digest);
        Self { desk, brief, progress, meta }
    }

    /// Asks with as much of the transcript as fits the window.
    pub(super) async fn run(&mut self) -> Result<Reply, CallFailure> {
        let Desk { profile, workplace, .. } = &**self.desk;
        let ParticipantProfile { host, model, digest, pooled, .. } = &**profile;
        let model = if *pooled {
            workplace.models.pooled_model(host, model, digest.as_deref()).await
        } else {
            workplace.models.chat_model(host, model).await
        };
        let model = model.map_err(|error| self.model_error(&error))?;
        self.served_by(model.card());
        let mut excerpt = Excerpt::whole(self.brief);
        let mut fresh_starts = 0;
        let is_cut = self.is_cut_for_a_guess(&*model, &excerpt);
        if is_cut.map_err(|error| self.model_error(&error))? {
            self.progress.phase(CallPhase::Loading);
            // Why a load fails is told by the call.
            let _ = model.warm_up().await;
        }
        loop {
            let begun = self.begin(&*model, &mut excerpt);
            let Some(mut attempt) = begun.map_err(|error| self.model_error(&error))? else {
                return Err(self.failure(FailureCause::Context));
            };
            let ending = attempt.listen(self.progress).await;
            if let Ending::Failed(ChatError::SharedContextFull { begun: true, .. }) = &ending
                && fresh_starts < FRESH_STARTS
            {
                fresh_starts += 1;
                // Nothing of it is recorded yet; watchers see the new reply in its place.
                self.progress.whole("");
                continue;
            }
            self.served_by(attempt.at().unwrap_or(model.card()));
            match (self.conclude(attempt, ending), excerpt.without_oldest_round()) {
                (Some(result), _) => return result,
                (None, Some(shorter)) => excerpt = shorter,
                (None, None) => return Err(self.failure(FailureCause::Context)),
            }
        }
    }

    /// The record says who answered.
    fn served_by(&mut self, card: &ModelCard) {
        let profile = &self.desk.profile;
        self.meta.host = (card.host != profile.host).then(|| Box::new(card.host.clone()));
        let told = card.digest.as_deref().filter(|told| Some(*told) != profile.digest.as_deref());
        self.meta.digest = told.map(Into::into).or_else(|| profile.digest.clone());
    }

    /// The window is not known before the model is loaded, and the prompt is too long for the guess
    /// on its card.
    fn is_cut_for_a_guess(
        &self,
        model: &dyn ChatModel,
        excerpt: &Excerpt<'_>,
    ) -> Result<bool, minijinja::Error> {
        let Desk { profile, workplace, gauge, .. } = &**self.desk;
        let card = model.card();
        if model.window().is_some() || card.window.is_none() {
            return Ok(false);
        }
        let (continues, most_tokens) = (card.continues_reply, self.brief.max_tokens);
        let wording = &workplace.wording;
        let prompt = wording.prompt(self.brief, excerpt, profile.scale, continues, most_tokens)?;
        let asked = prompt.request.sampling.max_output_tokens;
        Ok(asked > gauge.room(prompt.length(), card.window))
    }

    /// Begins an attempt with what fits of the excerpt. `None`: not even the current round fits.
    fn begin(
        &mut self,
        model: &dyn ChatModel,
        excerpt: &mut Excerpt<'_>,
    ) -> Result<Option<Attempt>, minijinja::Error> {
        let Desk { profile, flow, workplace, gauge } = &**self.desk;
        let (scale, card) = (profile.scale, model.card());
        let (mut most_tokens, mut hurried) = (self.brief.max_tokens, false);
        loop {
            let (wording, continues) = (&workplace.wording, card.continues_reply);
            let mut prompt = wording.prompt(self.brief, excerpt, scale, continues, most_tokens)?;
            prompt.request.recipe = Some(self.recipe(excerpt, continues, most_tokens));
            prompt.request.flow.clone_from(flow);
            self.meta.omitted = excerpt.omitted();
            let room = gauge.room(prompt.length(), model.window().or(card.window));
            let asked = prompt.request.sampling.max_output_tokens;
            if asked <= room {
                if let Some(tokens) = self.hurry(model, &prompt).filter(|_| !hurried) {
                    (most_tokens, hurried) = (tokens, true);
                    continue;
                }
                return Ok(Some(Attempt::new(model, prompt)));
            }
            match excerpt.without_oldest_round() {
                Some(shorter) => *excerpt = shorter,
                None if room < LEAST_REPLY && gauge.has_learnt() => return Ok(None),
                // Mere caution is no reason not to ask: the host has the last word.
                None if room < LEAST_REPLY => return Ok(Some(Attempt::new(model, prompt))),
                // A host that writes beyond the window forgets the beginning in silence.
                None => most_tokens = room,
            }
        }
    }

    /// How the same prompt is written once more.
    fn recipe(&self, excerpt: &Excerpt<'_>, continues: bool, most_tokens: u32) -> Recipe {
        let (desk, brief) = (Arc::clone(self.desk), Arc::clone(self.brief));
        let entries = excerpt.entries().len();
        Recipe::new(move || {
            let (wording, excerpt) = (&desk.workplace.wording, Excerpt::of_last(entries, &brief));
            let scale = desk.profile.scale;
            let prompt = wording.prompt(&brief, &excerpt, scale, continues, most_tokens);
            let request = prompt.expect("what was rendered once renders again").request;
            ChatRequest { flow: desk.flow.clone(), ..request }
        })
    }

    /// The tokens that a speaker has time for, if they are fewer than it would be asked for: it is
    /// told beforehand, so that it ends with a whole sentence.
    fn hurry(&self, model: &dyn ChatModel, prompt: &Prompt) -> Option<u32> {
        let tokens = model.tokens_within(prompt.length(), self.brief.time_limit)?;
        let tokens = tokens.max(LEAST_STATEMENT);
        let shorter = tokens < prompt.request.sampling.max_output_tokens;
        (self.brief.purpose.is_turn() && shorter).then_some(tokens)
    }

    /// What an attempt brought. `None`: the prompt is too long, and nothing had arrived.
    fn conclude(&mut self, attempt: Attempt, ending: Ending) -> Option<Result<Reply, CallFailure>> {
        if let Ending::Finished(completion) = &ending {
            self.count(completion, &attempt);
        } else if attempt.has_cost() || matches!(ending, Ending::Failed(ChatError::Deadline { .. }))
        {
            self.estimate(&attempt);
        }
        Some(match ending {
            Ending::Finished(completion) => {
                Ok(self.reply(attempt, completion.reason == StopReason::Length))
            }
            Ending::Endless => {
                tracing::warn!(agent = %self.desk.profile.agent_id, "cut a reply without end");
                Ok(self.reply(attempt, true))
            }
            Ending::Failed(error) => Err(self.failed(attempt, &error)?),
            Ending::CutOff => {
                tracing::warn!(agent = %self.desk.profile.agent_id, "a reply without an end");
                let failure = self.failure(FailureCause::ModelError);
                Err(CallFailure { text: attempt.text(), ..failure })
            }
        })
    }

    fn reply(&self, attempt: Attempt, cut: bool) -> Reply {
        Reply { text: attempt.text(), cut, meta: self.meta.clone() }
    }

    fn failed(&self, attempt: Attempt, error: &ChatError) -> Option<CallFailure> {
        if let ChatError::ContextOverflow { prompt_tokens, window, .. } = error {
            self.desk.gauge.refused(attempt.prompt_length(), *prompt_tokens, *window);
            if attempt.length() == 0 {
                return None;
            }
        }
        let failure = if matches!(error, ChatError::Deadline { .. }) {
            self.failure(FailureCause::Deadline)
        } else {
            CallFailure { hosts_away: error.are_hosts_away(), ..self.model_error(error) }
        };
        Some(CallFailure { text: attempt.text(), ..failure })
    }

    /// What the host counted, and guesses where it did not.
    fn count(&mut self, completion: &Completion, attempt: &Attempt) {
        self.estimate(attempt);
        let usage = completion.usage;
        if let Some(tokens) = usage.prompt_tokens {
            let learnt = self.desk.gauge.learn(attempt.prompt_length(), tokens);
            if let Err(Shortfall { counted, expected }) = learnt {
                let profile = &self.desk.profile;
                let host = self.meta.host.as_deref().unwrap_or(&profile.host);
                tracing::warn!(
                    %host, model = %profile.model, counted, expected,
                    "the host read far fewer tokens than the prompt has: it may have cut it in \
                     silence; is its window smaller than it says?"
                );
            }
            self.meta.prompt_tokens = tokens;
        }
        if let Some(tokens) = usage.output_tokens {
            self.meta.output_tokens = tokens;
        }
        self.meta.estimated = usage.prompt_tokens.is_none() || usage.output_tokens.is_none();
        self.meta.queued_ms = completion.timings.queued_ms.map(millis);
        self.meta.load_ms = completion.timings.load_ms.map(millis);
        self.meta.first_token_ms = completion.timings.first_token_ms.map(millis);
        self.meta.generation_ms = completion.timings.generation_ms.map(millis);
    }

    fn estimate(&mut self, attempt: &Attempt) {
        self.meta.prompt_tokens = TokenGauge::guess(attempt.prompt_length());
        self.meta.output_tokens = TokenGauge::guess(attempt.length());
        self.meta.estimated = true;
    }

    fn model_error(&self, error: &impl std::fmt::Display) -> CallFailure {
        tracing::warn!(agent = %self.desk.profile.agent_id, %error, "a call failed");
        self.failure(FailureCause::ModelError)
    }

    fn failure(&self, cause: FailureCause) -> CallFailure {
        let meta = self.meta.clone();
        CallFailure { cause, hosts_away: false, text: String::new(), meta }
    }
}

/// A time that a record can hold: 49 days at most.
fn millis(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
}
