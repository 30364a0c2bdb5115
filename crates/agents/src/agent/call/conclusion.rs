mod counting;

use std::sync::Arc;

use synod_debate_engine::{CallFailure, Reply};
use synod_domain::{Brief, CallMeta, CallOptions, FailureCause};
use synod_inference::{ChatError, ModelInfo, StopReason};

use super::{
    super::{
        AgentContext,
        echo::without_echo,
        reply_attempt::{ReplyAttempt, ReplyEnd},
        token_gauge::Refused,
        unserved::unserved,
    },
    Call,
};

/// The end of a call, or of an attempt: its cost, and its result. Made only then, as the call mostly waits.
pub(super) struct Conclusion<'a> {
    context: &'a AgentContext,
    brief: &'a Brief,
    meta: CallMeta,
}

/// The result of an attempt.
pub(super) enum Concluded {
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

impl<'a> Conclusion<'a> {
    /// The end of a call before a model was found.
    pub(super) fn without_model(call: &Call<'a>) -> Self {
        let Call { context, brief, .. } = *call;
        let mut meta = CallMeta::of(context.profile.model.clone());
        meta.digest.clone_from(&context.profile.digest);
        Self { context, brief, meta }
    }

    /// The end of an attempt at this model.
    pub(super) fn at(call: &Call<'a>, info: &ModelInfo) -> Self {
        let mut conclusion = Self::without_model(call);
        let (profile, meta) = (&call.context.profile, &mut conclusion.meta);
        meta.host = (info.host != profile.host).then(|| Box::new(info.host.clone()));
        let digest = info.digest.as_deref().filter(|new| Some(*new) != profile.digest.as_deref());
        if let Some(digest) = digest {
            meta.digest = Some(digest.into());
        }
        conclusion
    }

    /// Records the options of the request, and how many statements its prompt omitted.
    pub(super) fn of_request(mut self, options: Arc<CallOptions>, omitted: u32) -> Self {
        (self.meta.options, self.meta.omitted) = (Some(options), omitted);
        self
    }

    /// Records the cost of an attempt, and returns its result.
    pub(super) fn conclude(&mut self, attempt: ReplyAttempt, ending: ReplyEnd) -> Concluded {
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
        let AgentContext { profile, services, .. } = self.context;
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
        let AgentContext { profile, services, gauge, .. } = self.context;
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

    pub(super) fn model_error(
        &self,
        error: &impl std::fmt::Display,
        reason: String,
    ) -> CallFailure {
        tracing::warn!(agent = %self.context.profile.agent_id, %error, "a call failed");
        self.failure_because(FailureCause::ModelError, reason)
    }

    /// The failure of a call whose current round does not fit.
    pub(super) fn too_long(&self, window: Option<u32>) -> CallFailure {
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
