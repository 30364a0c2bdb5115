use std::sync::Arc;

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use synod_domain::{Brief, CallMeta, DebateId, FailureCause, ModelName, ParticipantProfile};

use crate::{Progress, Unserved};

/// A participant of a debate, which speaks, votes and moderates: an agent on a model, a person, a
/// program.
///
/// Replies are raw text, which the rules read. Dropping the future cancels the call, whose work must
/// stop at once. The participant enforces `brief.time_limit`, which counts only while it works on
/// the call, not while the call waits.
pub trait Participant: Send + Sync {
    /// Makes a statement, an opening or an argument: plain text.
    fn speak(&self, brief: Brief, progress: Progress) -> ReplyFuture;

    /// Fills in a ballot, or rules as the judge: the JSON object of the form, or the name of a choice.
    fn ballot(&self, brief: Brief, progress: Progress) -> ReplyFuture;

    /// Lists options as the clerk, or chooses a move as the moderator: a JSON object.
    fn moderate(&self, brief: Brief, progress: Progress) -> ReplyFuture;
}

/// A function replies to every kind of call, which `brief.purpose` distinguishes.
impl<F: Fn(Brief, Progress) -> ReplyFuture + Send + Sync> Participant for F {
    fn speak(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        self(brief, progress)
    }

    fn ballot(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        self(brief, progress)
    }

    fn moderate(&self, brief: Brief, progress: Progress) -> ReplyFuture {
        self(brief, progress)
    }
}

/// The future content digest of a model.
pub type DigestFuture = BoxFuture<'static, Option<Arc<str>>>;

/// The future result of a call.
pub type ReplyFuture = BoxFuture<'static, Result<Reply, CallFailure>>;

/// Creates the participants of debates, and knows the models behind them.
pub trait ParticipantFactory: Send + Sync {
    /// Returns the participant for this profile in this debate. Called once for each profile when the task
    /// of a debate begins, also after a restart, and again after a changed model was accepted.
    fn participant(
        &self,
        debate: DebateId,
        profile: &Arc<ParticipantProfile>,
    ) -> Arc<dyn Participant>;

    /// Asks the host of a profile for the content digest of its model. `None`: the host does not answer,
    /// or reports none. By default `None`.
    ///
    /// If the digest differs from the recorded one after a restart or a resume, the debate pauses with
    /// [`PauseReason::ModelChanged`](synod_domain::PauseReason::ModelChanged).
    fn served_digest(&self, profile: &ParticipantProfile) -> DigestFuture {
        let _ = profile;
        future::ready(None).boxed()
    }

    /// The content digest of the model of a profile as its host reported it last, without asking. Compared
    /// before each call. By default `None`.
    fn known_digest(&self, profile: &ParticipantProfile) -> Option<Arc<str>> {
        let _ = profile;
        None
    }
}

impl<F: Fn(DebateId, &Arc<ParticipantProfile>) -> Arc<dyn Participant> + Send + Sync>
    ParticipantFactory for F
{
    fn participant(
        &self,
        debate: DebateId,
        profile: &Arc<ParticipantProfile>,
    ) -> Arc<dyn Participant> {
        self(debate, profile)
    }
}

/// A whole reply.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The text.
    pub text: String,
    /// Whether the token limit cut the reply.
    pub cut: bool,
    /// The cost of the call.
    pub meta: CallMeta,
}

impl Reply {
    /// A whole reply without costs, under the name of a model.
    pub fn free(text: impl Into<String>, model: ModelName) -> Self {
        Self { text: text.into(), cut: false, meta: CallMeta::of(model) }
    }
}

/// The failure of a call: it has no whole reply.
#[derive(Clone, Debug, PartialEq)]
pub struct CallFailure {
    /// The cause. After [`FailureCause::Deadline`] a turn keeps its partial text.
    pub cause: FailureCause,
    /// The reason why no host served the call, if it lies with the hosts. If no participant is served,
    /// or the debate would end because participants are missing, the failure is not recorded: the
    /// debate pauses with [`PauseReason::HostsAway`] or [`PauseReason::HostsRefuse`], and makes
    /// the call again after it is resumed.
    ///
    /// [`PauseReason::HostsAway`]: synod_domain::PauseReason::HostsAway
    /// [`PauseReason::HostsRefuse`]: synod_domain::PauseReason::HostsRefuse
    pub unserved: Option<Unserved>,
    /// The text that had arrived.
    pub text: String,
    /// The cost of the call.
    pub meta: CallMeta,
}

impl CallFailure {
    /// A failure without costs, under the name of a model.
    #[must_use]
    pub fn new(cause: FailureCause, model: ModelName) -> Self {
        Self { cause, unserved: None, text: String::new(), meta: CallMeta::of(model) }
    }

    /// With the text that had arrived.
    #[must_use]
    pub fn with_text(self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self }
    }

    /// With the reason why no host served the call.
    #[must_use]
    pub fn unserved(self, unserved: Unserved) -> Self {
        Self { unserved: Some(unserved), ..self }
    }
}
