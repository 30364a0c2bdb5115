use std::sync::Arc;

use synod_debate_engine::{CallFailure, Progress, Reply};
use synod_domain::{Brief, CallMeta, FailureCause, ParticipantProfile};
use synod_inference::{
    ChatError, ChatModel, ChatRequest, Completion, ModelCard, Recipe, StopReason,
};

use super::{
    Desk,
    attempt::{Attempt, Ending},
    echo::without_echo,
    token_gauge::{Shortfall, TokenGauge},
};
use crate::prompt::{Excerpt, Expected, Prompt};

/// No estimate makes a reply shorter than this.
const LEAST_REPLY: u32 = 64;

/// Where a host says that it leaves less for the reply, the prompt does not fit.
const LEAST_LEFT: u32 = 32;

/// What a filled form may need, in tokens: it is of no use when it is cut.
const LEAST_FORM: u32 = 160;

/// A speaker is asked for no fewer tokens than this, however slow the model.
const LEAST_STATEMENT: u32 = 30;

/// One call, from the brief to the reply.
pub(super) struct Call<'a> {
    desk: &'a Arc<Desk>,
    brief: &'a Arc<Brief>,
    progress: &'a Progress,
    meta: CallMeta,
    /// Most tokens of the reply.
    most_tokens: u32,
}

impl<'a> Call<'a> {
    pub(super) fn new(desk: &'a Arc<Desk>, brief: &'a Arc<Brief>, progress: &'a Progress) -> Self {
        let mut meta = CallMeta::of(desk.profile.model.clone());
        meta.digest.clone_from(&desk.profile.digest);
        Self { desk, brief, progress, meta, most_tokens: brief.max_tokens }
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
        loop {
            let begun = self.begin(&*model, &mut excerpt);
            let mut attempt = begun.map_err(|error| self.model_error(&error))?;
            let asked = attempt.most_tokens();
            let ending = attempt.listen(self.progress).await;
            self.served_by(attempt.at().unwrap_or(model.card()));
            let left = left_for_reply(&ending);
            match (self.conclude(attempt, ending), excerpt.without_oldest_round()) {
                (Some(result), _) => return result,
                (None, Some(shorter)) => excerpt = shorter,
                // A host may refuse no more than the length of the reply.
                (None, None) if left.is_some_and(|left| left < asked) => {
                    self.most_tokens = left.unwrap_or(LEAST_REPLY);
                }
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

    /// Begins an attempt with what fits of the excerpt. Where not even the current round seems to
    /// fit, the host is asked all the same: it has the last word, and an estimate has none.
    fn begin(
        &mut self,
        model: &dyn ChatModel,
        excerpt: &mut Excerpt<'_>,
    ) -> Result<Attempt, minijinja::Error> {
        let Desk { profile, flow, workplace, gauge } = &**self.desk;
        let (scale, card) = (profile.scale, model.card());
        let (mut most_tokens, mut hurried, mut dares) = (self.most_tokens, false, false);
        loop {
            let (wording, continues) = (&workplace.wording, card.continues_reply);
            let mut prompt = wording.prompt(self.brief, excerpt, scale, continues, most_tokens)?;
            prompt.request.recipe = Some(self.recipe(excerpt, continues, most_tokens));
            prompt.request.flow.clone_from(flow);
            self.meta.omitted = excerpt.omitted();
            let room = gauge.room(prompt.length(), card.window);
            let asked = prompt.request.sampling.max_output_tokens;
            if asked <= room || dares {
                if let Some(tokens) = self.hurry(model, &prompt).filter(|_| !hurried) {
                    (most_tokens, hurried) = (tokens, true);
                    continue;
                }
                return Ok(Attempt::new(model, prompt));
            }
            let least = if prompt.expected == Expected::Object { LEAST_FORM } else { LEAST_REPLY };
            match excerpt.without_oldest_round() {
                Some(shorter) => *excerpt = shorter,
                // A host that writes beyond the window forgets the beginning in silence.
                None if room >= least => most_tokens = room,
                None => {
                    let likely = gauge.likely_room(prompt.length(), card.window);
                    most_tokens = likely.max(room).max(LEAST_REPLY).min(asked);
                    dares = true;
                }
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
        Reply { text: self.said(attempt), cut, meta: self.meta.clone() }
    }

    /// What a reply says. A speaker may begin with lines of its prompt.
    fn said(&self, attempt: Attempt) -> String {
        let (most_tokens, text) = (attempt.most_tokens(), attempt.text());
        if !self.brief.purpose.is_turn() {
            return text;
        }
        let Desk { profile, workplace, .. } = &**self.desk;
        // What was rendered once renders again.
        let frame = workplace.wording.frame(self.brief, profile.scale, most_tokens);
        frame.map_or_else(|_| text.clone(), |frame| without_echo(&text, &frame))
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
            self.model_error(error)
        };
        Some(CallFailure { text: self.said(attempt), ..failure })
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
        CallFailure { cause, text: String::new(), meta: self.meta.clone() }
    }
}

/// The tokens that a host leaves for a reply that it refused, as far as it tells: none if it tells
/// only that the prompt is too long, and few where it tells nothing.
fn left_for_reply(ending: &Ending) -> Option<u32> {
    match ending {
        Ending::Failed(ChatError::ContextOverflow { prompt_tokens, window, .. }) => {
            let told = prompt_tokens.zip(*window);
            let left = told.map_or(LEAST_REPLY, |(prompt, window)| window.saturating_sub(prompt));
            Some(left).filter(|left| *left >= LEAST_LEFT)
        }
        Ending::Failed(_) | Ending::Finished(_) | Ending::Endless | Ending::CutOff => None,
    }
}

/// A time that a record can hold: 49 days at most.
fn millis(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
}
