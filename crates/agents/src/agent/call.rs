mod counting;

use std::sync::Arc;

use synod_debate_engine::{CallFailure, CallPhase, Progress, Reply};
use synod_domain::{Brief, CallMeta, DebateLimits, FailureCause, ParticipantProfile};
use synod_inference::{
    ChatError, ChatModel, ChatRequest, ModelInfo, RequestFactory, StopReason, Thinking,
};
use tokio::time::sleep;

use super::{
    AgentContext,
    attempt::{Attempt, ReplyEnd},
    echo::without_echo,
    fresh_starts::FreshStarts,
    token_gauge::Refused,
    unserved::unserved,
};
use crate::prompt::{Excerpt, Expected, Prompt};

/// No estimate makes a reply shorter than this.
const LEAST_REPLY: u32 = 64;

/// Where a host says that it leaves less for the reply, the prompt does not fit.
const LEAST_LEFT: u32 = 32;

/// What a filled form may need, in tokens: it is of no use when it is cut.
const LEAST_FORM: u32 = 160;

/// The least number of tokens set aside for thought, unless the model is asked not to think.
const LEAST_THOUGHT: u32 = 256;

/// A speaker is asked for no fewer tokens than this, however slow the model.
const LEAST_STATEMENT: u32 = 30;

/// One call, from the brief to the reply.
pub(super) struct Call<'a> {
    context: &'a Arc<AgentContext>,
    brief: &'a Arc<Brief>,
    progress: &'a Progress,
    meta: CallMeta,
}

/// What an attempt led to.
enum Concluded {
    Over(Result<Reply, CallFailure>),
    /// Prompt and reply do not fit the window, and nothing had arrived. `left`: the tokens that are
    /// left for the reply, if the prompt fits; `is_exact`: the host has given the figures.
    Unfit {
        left: Option<u32>,
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

    /// Asks with as much of the transcript as fits the window.
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
        // What the host has said that it leaves for a reply to this excerpt.
        let mut left = None;
        let mut fresh_starts = FreshStarts::of(unsteady.has(profile));
        let is_cut = self.is_cut_for_a_guess(&*model, &excerpt);
        if is_cut.map_err(|error| self.model_error(&error, "no prompt".to_owned()))? {
            self.progress.phase(CallPhase::Loading);
            // A load that fails makes the call fail as well, with the reason.
            let _ = model.warm_up().await;
        }
        loop {
            let begun = self.begin(&*model, &mut excerpt, left);
            let begun = begun.map_err(|error| self.model_error(&error, "no prompt".to_owned()));
            let mut attempt = begun?;
            let ending = attempt.collect_reply(self.progress).await;
            if let Some(pause) = fresh_starts.pause_after(&ending) {
                // Nothing of it is recorded yet; watchers see the new reply in its place.
                self.progress.whole("");
                if !pause.is_zero() {
                    self.progress.phase(CallPhase::Queued { ahead: 0, wait: Some(pause) });
                    sleep(pause).await;
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
            self.served_by(attempt.at().unwrap_or(model.info()));
            let (length, [said, all]) = (attempt.prompt_length(), attempt.limits());
            let (told, is_exact) = match self.conclude(attempt, ending) {
                Concluded::Over(result) => return result,
                Concluded::Unfit { left, is_exact } => (left, is_exact),
            };
            let fits = told.filter(|told| left.is_none() && *told >= LEAST_REPLY);
            let window = window_of(&*model);
            let room = gauge.room(length, window);
            match (fits, excerpt.without_oldest_round()) {
                (Some(fits), _) => left = Some(fits),
                // The window, as it is known now, leaves less for thought, and enough to speak.
                (None, _) if left.is_none() && said <= room && room < all => {}
                (None, Some(shorter)) => (excerpt, left) = (shorter, None),
                (None, None) => {
                    // A host that gives no figures may refuse no more than the length of the reply.
                    let least = if is_exact { told } else { Some(LEAST_REPLY) };
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
        let told = info.digest.as_deref().filter(|told| Some(*told) != profile.digest.as_deref());
        self.meta.digest = told.map(Into::into).or_else(|| profile.digest.clone());
    }

    /// The window is not known before the model is loaded, and the prompt is too long for the guess
    /// on its model info.
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
        let needed = asked.saturating_add(needed_thought(model, &prompt));
        Ok(needed > gauge.room(prompt.length(), info.window))
    }

    /// Begins an attempt with what fits of the excerpt. Where not even the current round seems to
    /// fit, the host is asked all the same: it has the last word, and an estimate has none. `left`:
    /// the tokens that the host leaves for the reply to all of the excerpt.
    fn begin(
        &mut self,
        model: &dyn ChatModel,
        excerpt: &mut Excerpt<'_>,
        mut left: Option<u32>,
    ) -> Result<Attempt, minijinja::Error> {
        let AgentContext { profile, flow, services, gauge, .. } = &**self.context;
        let (scale, info) = (profile.scale, model.info());
        // The prompt of a speaker says how long it may speak.
        let most = model.max_output_tokens().unwrap_or(u32::MAX).min(self.brief.max_tokens);
        let mut most_tokens = left.map_or(most, |left| left.min(most));
        let (mut hurried, mut dares) = (false, false);
        loop {
            let (wording, continues) = (&services.wording, info.continues_reply);
            let mut prompt = wording.prompt(self.brief, excerpt, scale, continues, most_tokens)?;
            prompt.request.flow.clone_from(flow);
            self.meta.omitted = excerpt.omitted();
            let room = left.unwrap_or_else(|| gauge.room(prompt.length(), window_of(model)));
            let asked = prompt.request.sampling.max_output_tokens;
            let (thought, needed) = (room.saturating_sub(asked), needed_thought(model, &prompt));
            let thinking = Thinking {
                max_tokens: prompt.request.sampling.thinking.max_tokens.min(thought),
                is_avoided: needed > thought,
                is_expected: false,
            };
            prompt.request.sampling.thinking = thinking;
            prompt.request.factory =
                Some(self.request_factory(excerpt, continues, most_tokens, thinking));
            let may_be_shorter = needed > thought && excerpt.without_oldest_round().is_some();
            if asked <= room && !may_be_shorter || dares {
                if let Some(tokens) = self.time_budget(model, &prompt).filter(|_| !hurried) {
                    (most_tokens, hurried) = (tokens, true);
                    continue;
                }
                return Ok(Attempt::new(model, prompt));
            }
            let least = if prompt.expected == Expected::Object { LEAST_FORM } else { LEAST_REPLY };
            match excerpt.without_oldest_round() {
                Some(shorter) => (*excerpt, left, most_tokens) = (shorter, None, most),
                // A host that writes beyond the window forgets the beginning in silence.
                None if room >= least => most_tokens = room,
                None => {
                    let likely = gauge.likely_room(prompt.length(), window_of(model));
                    most_tokens = likely.max(room).max(LEAST_REPLY).min(asked);
                    dares = true;
                }
            }
        }
    }

    /// How the same prompt is written once more.
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
            let mut request = prompt.expect("what was rendered once renders again").request;
            request.sampling.thinking = thinking;
            ChatRequest { flow: context.flow.clone(), ..request }
        })
    }

    /// The tokens that a speaker has time for, if they are fewer than it would be asked for: it is
    /// told beforehand, so that it ends with a whole sentence.
    fn time_budget(&self, model: &dyn ChatModel, prompt: &Prompt) -> Option<u32> {
        let tokens = model.tokens_within(prompt.length(), self.brief.time_limit)?;
        let tokens = tokens.max(LEAST_STATEMENT);
        let shorter = tokens < prompt.request.sampling.max_output_tokens;
        (self.brief.purpose.is_turn() && shorter).then_some(tokens)
    }

    /// What an attempt brought.
    fn conclude(&mut self, attempt: Attempt, ending: ReplyEnd) -> Concluded {
        if let ReplyEnd::Finished(completion) = &ending {
            self.count(completion, &attempt);
        } else if let ReplyEnd::Failed(ChatError::AllThought { usage, .. }) = &ending {
            self.count_tokens(*usage, &attempt);
        } else if attempt.was_read()
            || matches!(ending, ReplyEnd::Failed(ChatError::Deadline { .. }))
        {
            // A host has worked on it for the whole of its time, whatever it has read.
            self.estimate(&attempt);
        }
        Concluded::Over(match ending {
            // Only a model without a gateway leaves it at that.
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

    fn reply(&self, attempt: Attempt, cut: bool) -> Reply {
        Reply { text: self.said(attempt), cut, meta: self.meta.clone() }
    }

    /// What a reply says. A speaker may begin with lines of its prompt.
    fn said(&self, attempt: Attempt) -> String {
        let ([most_tokens, _], text) = (attempt.limits(), attempt.text());
        if !self.brief.purpose.is_turn() {
            return text;
        }
        let AgentContext { profile, services, .. } = &**self.context;
        // What was rendered once renders again.
        let frame = services.wording.frame(self.brief, profile.scale, most_tokens);
        frame.map_or_else(|_| text.clone(), |frame| without_echo(&text, &frame))
    }

    /// For a refusal, before any output, of what does not fit the window: the tokens that are left
    /// for the reply, as far as that can be told, and whether the host has given the figures.
    fn refused(&self, attempt: &Attempt, error: &ChatError) -> Option<(Option<u32>, bool)> {
        let ChatError::ContextOverflow { prompt_tokens, window, .. } = *error else { return None };
        let [_, all] = attempt.limits();
        let refused =
            Refused { bytes: attempt.prompt_length(), most_tokens: all, prompt_tokens, window };
        let AgentContext { profile, services, gauge, .. } = &**self.context;
        match attempt.at().filter(|info| info.host != profile.host) {
            Some(info) => services.gauges.gauge(&info.host, &info.model).refused(&refused),
            None => gauge.refused(&refused),
        }
        let is_exact = prompt_tokens.is_some() && window.is_some();
        (attempt.length() == 0).then(|| (gauge.left(&refused), is_exact))
    }

    fn failed(&self, attempt: Attempt, error: &ChatError) -> CallFailure {
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
        CallFailure { text: self.said(attempt), ..failure }
    }

    fn model_error(&self, error: &impl std::fmt::Display, reason: String) -> CallFailure {
        tracing::warn!(agent = %self.context.profile.agent_id, %error, "a call failed");
        self.failure_because(FailureCause::ModelError, reason)
    }

    /// Not even the current round fits.
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

/// The window, or the guess on the model info until the model is loaded.
fn window_of(model: &dyn ChatModel) -> Option<u32> {
    model.window().or(model.info().window)
}

/// Tokens that a model needs for its thought: half as many again as usual, since some thoughts are
/// longer.
fn needed_thought(model: &dyn ChatModel, prompt: &Prompt) -> u32 {
    match model.usual_thinking(&prompt.request.form) {
        None | Some(0) => 0,
        Some(usual) => {
            usual.saturating_add(usual / 2).clamp(LEAST_THOUGHT, DebateLimits::THINKING_TOKENS)
        }
    }
}
