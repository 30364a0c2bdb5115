mod counting;

use std::sync::Arc;

use synod_debate_engine::{CallFailure, CallPhase, Progress, Reply};
use synod_domain::{Brief, CallMeta, DebateLimits, FailureCause, ParticipantProfile};
use synod_inference::{ChatError, ChatModel, ModelInfo, RequestFactory, StopReason, Thinking};
use tokio::time::sleep;

use super::{
    AgentContext,
    echo::without_echo,
    fresh_starts::FreshStarts,
    reply_attempt::{ReplyAttempt, ReplyEnd},
    token_gauge::Refused,
    unserved::unserved,
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

/// One call, from the brief to the reply.
pub(super) struct Call<'a> {
    context: &'a Arc<AgentContext>,
    brief: &'a Arc<Brief>,
    progress: &'a Progress,
    meta: CallMeta,
}

/// The result of an attempt.
enum Concluded {
    /// The call has ended.
    Over(Result<Reply, CallFailure>),
    /// The host refused prompt and reply as too long for the window, before any output.
    Unfit {
        /// The tokens left for the reply, if the prompt fits.
        left: Option<u32>,
        /// Whether the host stated the sizes.
        is_exact: bool,
    },
}

impl<'a> Call<'a> {
    pub(super) fn new(
        context: &'a Arc<AgentContext>,
        brief: &'a Arc<Brief>,
        progress: &'a Progress,
    ) -> Self {
        let mut meta = CallMeta::of(context.profile.model.clone());
        meta.digest.clone_from(&context.profile.digest);
        Self { context, brief, progress, meta }
    }

    /// Makes the call with as much of the transcript as fits the window.
    pub(super) async fn run(&mut self) -> Result<Reply, CallFailure> {
        let AgentContext { profile, services, gauge, unsteady, .. } = &**self.context;
        let ParticipantProfile { host, model, digest, pooled, .. } = &**profile;
        let model = if *pooled {
            services.models.pooled_model(host, model, digest.as_deref()).await
        } else {
            services.models.chat_model(host, model).await
        };
        let model = model.map_err(|error| self.model_error(&error, error.to_string()))?;
        self.served_by(model.info());
        let mut excerpt = Excerpt::whole(self.brief);
        // The tokens that the host leaves for a reply to this excerpt, if it has refused one.
        let mut left = None;
        let mut fresh_starts = FreshStarts::of(unsteady.has(profile), model.away_limit());
        let is_cut = self.is_cut_for_a_guess(&*model, &excerpt);
        if is_cut.map_err(|error| self.model_error(&error, "no prompt".to_owned()))? {
            self.progress.phase(CallPhase::Loading);
            // The call is made all the same, and reports the cause if it fails too.
            if let Err(error) = model.warm_up().await {
                tracing::debug!(%error, "the model was not loaded before its first call");
            }
        }
        loop {
            let attempt = self.begin(&*model, &mut excerpt, left);
            let mut attempt =
                attempt.map_err(|error| self.model_error(&error, "no prompt".to_owned()))?;
            let ending = attempt.collect_reply(self.progress).await;
            if let Some(pause) = fresh_starts.pause_after(&ending) {
                // The reply is not recorded yet. For watchers, the new reply replaces it.
                self.progress.whole("");
                if !pause.is_zero() {
                    self.progress.phase(CallPhase::Queued { ahead: 0, wait: Some(pause) });
                    // Boxed: a call mostly waits for its reply, and should not keep memory for a pause.
                    Box::pin(sleep(pause)).await;
                }
                continue;
            }
            match &ending {
                ReplyEnd::Failed(error) if error.is_lost_connection() => {
                    unsteady.set(profile, true);
                }
                ReplyEnd::Finished(_) | ReplyEnd::Endless => unsteady.set(profile, false),
                ReplyEnd::Failed(_) | ReplyEnd::CutOff => {}
            }
            self.served_by(attempt.served_by().unwrap_or(model.info()));
            self.meta.options = Some(attempt.options(&*model).into());
            let (length, [reply, all]) = (attempt.prompt_length(), attempt.limits());
            let (stated, is_exact) = match self.conclude(attempt, ending) {
                Concluded::Over(result) => return result,
                Concluded::Unfit { left, is_exact } => (left, is_exact),
            };
            let fits = stated.filter(|stated| left.is_none() && *stated >= LEAST_REPLY);
            let window = window_of(&*model);
            let room = gauge.room(length, window);
            match (fits, excerpt.without_oldest_round()) {
                (Some(fits), _) => left = Some(fits),
                // The window, as known by now, has room for the reply and less for thinking.
                (None, _) if left.is_none() && reply <= room && room < all => {}
                (None, Some(shorter)) => (excerpt, left) = (shorter, None),
                (None, None) => {
                    // A host that states no sizes may accept the prompt with a shorter reply.
                    let least = if is_exact { stated } else { Some(LEAST_REPLY) };
                    let asked = left.unwrap_or(all);
                    match least.filter(|least| *least >= LEAST_LEFT && *least < asked) {
                        Some(least) => left = Some(least),
                        None => return Err(self.too_long(gauge.window(window))),
                    }
                }
            }
        }
    }

    /// Records the host and digest that served the call.
    fn served_by(&mut self, info: &ModelInfo) {
        let profile = &self.context.profile;
        self.meta.host = (info.host != profile.host).then(|| Box::new(info.host.clone()));
        let digest = info.digest.as_deref().filter(|new| Some(*new) != profile.digest.as_deref());
        self.meta.digest = digest.map(Into::into).or_else(|| profile.digest.clone());
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
    /// fit, the request is sent anyway: the host counts, and the estimate may be wrong. `left`: the tokens
    /// that the host leaves for the reply to the whole excerpt.
    fn begin(
        &mut self,
        model: &dyn ChatModel,
        excerpt: &mut Excerpt<'_>,
        mut left: Option<u32>,
    ) -> Result<ReplyAttempt, minijinja::Error> {
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
            self.meta.omitted = excerpt.omitted();
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
                return Ok(ReplyAttempt::new(model, prompt));
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

    /// Records the cost of an attempt, and returns its result.
    fn conclude(&mut self, attempt: ReplyAttempt, ending: ReplyEnd) -> Concluded {
        if let ReplyEnd::Finished(completion) = &ending {
            self.count(completion, &attempt);
        } else if let ReplyEnd::Failed(ChatError::AllThought { usage, .. }) = &ending {
            self.count_tokens(*usage, &attempt);
        } else if attempt.was_read()
            || matches!(ending, ReplyEnd::Failed(ChatError::Deadline { .. }))
        {
            // The host worked until the time limit, even if no output arrived.
            self.estimate(&attempt);
        }
        Concluded::Over(match ending {
            // Behind a gateway the call is repeated instead.
            ReplyEnd::Finished(_) if attempt.was_all_thought() => Err(self.failure_because(
                FailureCause::AllThought,
                "the model thought and said nothing".to_owned(),
            )),
            ReplyEnd::Finished(completion) => {
                Ok(self.reply(attempt, completion.reason == StopReason::Length))
            }
            ReplyEnd::Endless => {
                tracing::warn!(agent = %self.context.profile.agent_id, "cut a reply without end");
                Ok(self.reply(attempt, true))
            }
            ReplyEnd::Failed(error) => match self.refused(&attempt, &error) {
                Some((left, is_exact)) => return Concluded::Unfit { left, is_exact },
                None => Err(self.failed(attempt, &error)),
            },
            ReplyEnd::CutOff => {
                tracing::warn!(agent = %self.context.profile.agent_id, "a reply without an end");
                let host = self.meta.host.as_deref().unwrap_or(&self.context.profile.host);
                let reason = format!("{host} broke off its reply");
                let failure = self.failure_because(FailureCause::ModelError, reason);
                Err(CallFailure { text: attempt.text(), ..failure })
            }
        })
    }

    fn reply(&self, attempt: ReplyAttempt, cut: bool) -> Reply {
        Reply { text: self.text(attempt), cut, meta: self.meta.clone() }
    }

    /// Returns the text of a reply. From a statement, lines of the prompt at its beginning are removed.
    fn text(&self, attempt: ReplyAttempt) -> String {
        let ([most_tokens, _], text) = (attempt.limits(), attempt.text());
        if !self.brief.purpose.is_turn() {
            return text;
        }
        let AgentContext { profile, services, .. } = &**self.context;
        // An error is impossible: the same prompt was rendered before.
        let frame = services.wording.frame(self.brief, profile.scale, most_tokens);
        frame.map_or_else(|_| text.clone(), |frame| without_echo(&text, &frame))
    }

    /// If the host refused the request as too long for the window, before any output: the tokens left for
    /// the reply, if known, and whether the host stated the sizes.
    fn refused(&self, attempt: &ReplyAttempt, error: &ChatError) -> Option<(Option<u32>, bool)> {
        let ChatError::ContextOverflow { prompt_tokens, window, .. } = *error else { return None };
        let [_, all] = attempt.limits();
        let refused =
            Refused { bytes: attempt.prompt_length(), most_tokens: all, prompt_tokens, window };
        let AgentContext { profile, services, gauge, .. } = &**self.context;
        match attempt.served_by().filter(|info| info.host != profile.host) {
            Some(info) => services.gauges.gauge(&info.host, &info.model).refused(&refused),
            None => gauge.refused(&refused),
        }
        let is_exact = prompt_tokens.is_some() && window.is_some();
        (attempt.length() == 0).then(|| (gauge.left(&refused), is_exact))
    }

    fn failed(&self, attempt: ReplyAttempt, error: &ChatError) -> CallFailure {
        let failure = match error {
            ChatError::Deadline { .. } => {
                self.failure_because(FailureCause::Deadline, error.reason())
            }
            ChatError::AllThought { .. } => {
                tracing::warn!(agent = %self.context.profile.agent_id, %error, "a call failed");
                self.failure_because(FailureCause::AllThought, error.reason())
            }
            ChatError::ContextOverflow { .. }
            | ChatError::OutputLimit { .. }
            | ChatError::Crashed { .. }
            | ChatError::Filtered { .. }
            | ChatError::Declined { .. }
            | ChatError::Busy { .. }
            | ChatError::ModelNotFound { .. }
            | ChatError::Unreachable { .. }
            | ChatError::Refused { .. }
            | ChatError::Overloaded { .. }
            | ChatError::Failed { .. }
            | ChatError::Loading { .. }
            | ChatError::SharedContextFull { .. }
            | ChatError::NoHostReady { .. }
            | ChatError::NoReply { .. }
            | ChatError::AllHostsFailed { .. }
            | ChatError::Interrupted { .. } => {
                let failure = self.model_error(error, error.reason());
                CallFailure { unserved: unserved(error), ..failure }
            }
        };
        CallFailure { text: self.text(attempt), ..failure }
    }

    fn model_error(&self, error: &impl std::fmt::Display, reason: String) -> CallFailure {
        tracing::warn!(agent = %self.context.profile.agent_id, %error, "a call failed");
        self.failure_because(FailureCause::ModelError, reason)
    }

    /// The failure of a call whose current round does not fit.
    fn too_long(&self, window: Option<u32>) -> CallFailure {
        let model = self.context.profile.model.clone();
        let error = ChatError::ContextOverflow { model, prompt_tokens: None, window };
        tracing::warn!(agent = %self.context.profile.agent_id, %error, "a call failed");
        self.failure_because(FailureCause::Context, error.reason())
    }

    fn failure_because(&self, cause: FailureCause, reason: String) -> CallFailure {
        let meta = CallMeta { failure: Some(reason.into()), ..self.meta.clone() };
        CallFailure { cause, unserved: None, text: String::new(), meta }
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
