mod conclusion;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use synod_debate_engine::{CallFailure, CallPhase, Progress, Reply};
use synod_domain::{Brief, DebateLimits, ParticipantProfile};
use synod_inference::{ChatModel, RequestFactory, ResolveError, Thinking};
use tokio::time::sleep;

use self::conclusion::{Concluded, Conclusion};
use super::{
    AgentContext,
    fresh_starts::FreshStarts,
    reply_attempt::{ReplyAttempt, ReplyEnd},
};
use crate::prompt::{Excerpt, Prompt, ReplyKind};

/// The shortest reply, in tokens, that an estimate leads to.
const LEAST_REPLY: u32 = 64;

/// The prompt does not fit if the host has room for fewer tokens of a reply.
const LEAST_LEFT: u32 = 32;

/// Tokens that a JSON reply may need. A truncated one is useless.
const LEAST_FORM: u32 = 160;

/// The minimum tokens for thinking, unless the model is asked not to think.
const LEAST_THINKING: u32 = 256;

/// The minimum tokens of a statement, however slow the model.
const LEAST_STATEMENT: u32 = 30;

/// What an attempt sends, and may get.
struct Length<'a> {
    excerpt: Excerpt<'a>,
    /// The tokens that the host leaves for a reply to this excerpt, if it has refused one.
    left: Option<u32>,
}

/// One call, from the brief to the reply.
pub(super) struct Call<'a> {
    context: &'a Arc<AgentContext>,
    brief: &'a Arc<Brief>,
    progress: &'a Progress,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        context: &'a Arc<AgentContext>,
        brief: &'a Arc<Brief>,
        progress: &'a Progress,
    ) -> Self {
        Self { context, brief, progress }
    }

    /// Makes the call with as much of the transcript as fits the window.
    pub(super) async fn run(&self) -> Result<Reply, CallFailure> {
        let model = self.model().await;
        let model = model.map_err(|error| {
            Conclusion::without_model(self).model_error(&error, error.to_string())
        })?;
        let is_unsteady = self.context.unsteady.has(&self.context.profile);
        let mut fresh_starts = FreshStarts::of(is_unsteady, model.away_limit());
        let mut length = Length { excerpt: Excerpt::whole(self.brief), left: None };
        let is_cut = self.is_cut_for_a_guess(&*model, &length.excerpt);
        if is_cut.map_err(|error| self.no_prompt(&*model, &error))? {
            self.progress.phase(CallPhase::Loading);
            // The call is made all the same, and reports the cause if it fails too.
            if let Err(error) = model.warm_up().await {
                tracing::debug!(%error, "the model was not loaded before its first call");
            }
        }
        loop {
            let pause = {
                let attempt = self.begin(&*model, &mut length);
                let mut attempt = attempt.map_err(|error| self.no_prompt(&*model, &error))?;
                let ending = attempt.collect_reply(self.progress).await;
                match fresh_starts.pause_after(&ending) {
                    Some(pause) => pause,
                    None => match self.conclude(&*model, &mut length, attempt, ending) {
                        Some(result) => return result,
                        None => continue,
                    },
                }
            };
            // The reply is not recorded yet. For watchers, the new reply replaces it.
            self.progress.whole("");
            if !pause.is_zero() {
                self.progress.phase(CallPhase::Queued { ahead: 0, wait: Some(pause) });
                // Boxed: a call mostly waits for its reply, and should not keep memory for a pause.
                Box::pin(sleep(pause)).await;
            }
        }
    }

    /// The model of the agent.
    fn model(&self) -> BoxFuture<'_, Result<Arc<dyn ChatModel>, ResolveError>> {
        let models = &self.context.services.models;
        let ParticipantProfile { host, model, digest, pooled, .. } = &*self.context.profile;
        if *pooled {
            models.pooled_model(host, model, digest.as_deref())
        } else {
            models.chat_model(host, model)
        }
    }

    fn no_prompt(&self, model: &dyn ChatModel, error: &minijinja::Error) -> CallFailure {
        Conclusion::at(self, model.info()).model_error(error, "no prompt".to_owned())
    }

    /// Returns the result of the call, or sets the length of another attempt.
    fn conclude(
        &self,
        model: &dyn ChatModel,
        length: &mut Length<'_>,
        attempt: ReplyAttempt,
        ending: ReplyEnd,
    ) -> Option<Result<Reply, CallFailure>> {
        let AgentContext { profile, services, gauge, unsteady, .. } = &**self.context;
        match &ending {
            ReplyEnd::Failed(error) if error.is_lost_connection() => unsteady.set(profile, true),
            ReplyEnd::Finished(_) | ReplyEnd::Endless => unsteady.set(profile, false),
            ReplyEnd::Failed(_) | ReplyEnd::CutOff => {}
        }
        let options = services.sent_options.shared(attempt.options(model));
        let served_by = attempt.served_by().unwrap_or(model.info());
        let omitted = length.excerpt.omitted();
        let mut conclusion = Conclusion::at(self, served_by).of_request(options, omitted);
        let (bytes, [reply, all]) = (attempt.prompt_length(), attempt.limits());
        let (stated, is_exact) = match conclusion.conclude(attempt, ending) {
            Concluded::Over(result) => return Some(result),
            Concluded::Unfit { left, is_exact } => (left, is_exact),
        };
        let Length { excerpt, left } = length;
        let fits = stated.filter(|stated| left.is_none() && *stated >= LEAST_REPLY);
        let window = window_of(model);
        let room = gauge.room(bytes, window);
        match (fits, excerpt.without_oldest_round()) {
            (Some(fits), _) => *left = Some(fits),
            // The window, as known by now, has room for the reply and less for thinking.
            (None, _) if left.is_none() && reply <= room && room < all => {}
            (None, Some(shorter)) => (*excerpt, *left) = (shorter, None),
            (None, None) => {
                // A host that states no sizes may accept the prompt with a shorter reply.
                let least = if is_exact { stated } else { Some(LEAST_REPLY) };
                let asked = left.unwrap_or(all);
                match least.filter(|least| *least >= LEAST_LEFT && *least < asked) {
                    Some(least) => *left = Some(least),
                    None => return Some(Err(conclusion.too_long(gauge.window(window)))),
                }
            }
        }
        None
    }

    /// Whether the prompt is too long for the window that the model info guesses, while the real window
    /// is not known because the model is not loaded.
    fn is_cut_for_a_guess(
        &self,
        model: &dyn ChatModel,
        excerpt: &Excerpt<'_>,
    ) -> Result<bool, minijinja::Error> {
        let AgentContext { profile, services, gauge, .. } = &**self.context;
        let info = model.info();
        if model.window().is_some() || info.window.is_none() {
            return Ok(false);
        }
        let (continues, most_tokens) = (info.continues_reply, self.brief.max_tokens);
        let wording = &services.wording;
        let prompt = wording.prompt(self.brief, excerpt, profile.scale, continues, most_tokens)?;
        let asked = prompt.request.sampling.max_output_tokens;
        let needed = asked.saturating_add(needed_thinking(model, &prompt));
        Ok(needed > gauge.room(prompt.length(), info.window))
    }

    /// Begins an attempt with the part of the excerpt that fits. If not even the current round seems to
    /// fit, the request is sent anyway: the host counts, and the estimate may be wrong.
    fn begin(
        &self,
        model: &dyn ChatModel,
        length: &mut Length<'_>,
    ) -> Result<ReplyAttempt, minijinja::Error> {
        let Length { excerpt, left: stated } = length;
        let mut left = *stated;
        let AgentContext { profile, flow, services, gauge, .. } = &**self.context;
        let (scale, info) = (profile.scale, model.info());
        // The prompt of a speaker states the length of the statement.
        let most = model.max_output_tokens().unwrap_or(u32::MAX).min(self.brief.max_tokens);
        let mut most_tokens = left.map_or(most, |left| left.min(most));
        let (mut is_timed, mut is_sent_anyway) = (false, false);
        loop {
            let (wording, continues) = (&services.wording, info.continues_reply);
            let mut prompt = wording.prompt(self.brief, excerpt, scale, continues, most_tokens)?;
            prompt.request.flow.clone_from(flow);
            let room = left.unwrap_or_else(|| gauge.room(prompt.length(), window_of(model)));
            let asked = prompt.request.sampling.max_output_tokens;
            let (thinking_room, needed) =
                (room.saturating_sub(asked), needed_thinking(model, &prompt));
            let thinking = Thinking {
                max_tokens: prompt.request.sampling.thinking.max_tokens.min(thinking_room),
                is_avoided: needed > thinking_room,
                is_expected: false,
            };
            prompt.request.sampling.thinking = thinking;
            prompt.request.factory =
                Some(self.request_factory(excerpt, continues, most_tokens, thinking));
            let may_be_shorter = needed > thinking_room && excerpt.without_oldest_round().is_some();
            if asked <= room && !may_be_shorter || is_sent_anyway {
                if let Some(tokens) = self.time_budget(model, &prompt).filter(|_| !is_timed) {
                    (most_tokens, is_timed) = (tokens, true);
                    continue;
                }
                return Ok(ReplyAttempt::new(model, prompt, &services.sent_options));
            }
            let least =
                if prompt.reply_kind == ReplyKind::Object { LEAST_FORM } else { LEAST_REPLY };
            match excerpt.without_oldest_round() {
                Some(shorter) => (*excerpt, left, most_tokens) = (shorter, None, most),
                // A host that generates beyond its window drops the beginning of the prompt silently.
                None if room >= least => most_tokens = room,
                None => {
                    let likely = gauge.likely_room(prompt.length(), window_of(model));
                    most_tokens = likely.max(room).max(LEAST_REPLY).min(asked);
                    is_sent_anyway = true;
                }
            }
        }
    }

    /// Returns a factory that renders the same request again.
    fn request_factory(
        &self,
        excerpt: &Excerpt<'_>,
        continues: bool,
        most_tokens: u32,
        thinking: Thinking,
    ) -> RequestFactory {
        let (context, brief) = (Arc::clone(self.context), Arc::clone(self.brief));
        let entries = excerpt.entries().len();
        RequestFactory::new(move || {
            let (wording, excerpt) = (&context.services.wording, Excerpt::of_last(entries, &brief));
            let scale = context.profile.scale;
            let prompt = wording.prompt(&brief, &excerpt, scale, continues, most_tokens);
            let mut request = prompt.expect("the same prompt was rendered before").request;
            request.sampling.thinking = thinking;
            request.with_flow(context.flow.clone())
        })
    }

    /// Returns the tokens that a speaker has time for, if fewer than the limit. The prompt states them, so
    /// that the statement ends with a whole sentence.
    fn time_budget(&self, model: &dyn ChatModel, prompt: &Prompt) -> Option<u32> {
        let tokens = model.tokens_within(prompt.length(), self.brief.time_limit)?;
        let tokens = tokens.max(LEAST_STATEMENT);
        let shorter = tokens < prompt.request.sampling.max_output_tokens;
        (self.brief.purpose.is_turn() && shorter).then_some(tokens)
    }
}

/// Returns the window; until the model is loaded, the guess of its model info.
fn window_of(model: &dyn ChatModel) -> Option<u32> {
    model.window().or(model.info().window)
}

/// Returns the tokens that a model needs for thinking: 1.5 times its usual number, because the length
/// varies.
fn needed_thinking(model: &dyn ChatModel, prompt: &Prompt) -> u32 {
    match model.usual_thinking(&prompt.request.form) {
        None | Some(0) => 0,
        Some(usual) => {
            usual.saturating_add(usual / 2).clamp(LEAST_THINKING, DebateLimits::THINKING_TOKENS)
        }
    }
}
