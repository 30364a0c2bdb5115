use std::sync::Arc;

use futures_util::future::BoxFuture;
use synod_domain::{Brief, CallMeta, DebateId, FailureCause, ModelName, ParticipantProfile};

use crate::{Progress, Unserved};

/// Anything that can be asked to speak, to vote and to moderate: an agent on a model, a person, a
/// program.
///
/// Replies are raw text; the rules read them. A future that is dropped is a call that is cancelled,
/// and must stop its work at once. Each call keeps its own time: `brief.time_limit` counts only
/// while the one asked works on it, not while it waits.
pub trait Participant: Send + Sync {
    /// An opening or an argument: plain text.
    fn speak(&self, brief: Brief, progress: Progress) -> ReplyFuture;

    /// A ballot, or a judge's ruling: the JSON object of the form, or the bare name of a choice.
    fn ballot(&self, brief: Brief, progress: Progress) -> ReplyFuture;

    /// The clerk's list of options, or a moderator's move, as a JSON object.
    fn moderate(&self, brief: Brief, progress: Progress) -> ReplyFuture;
}

/// A function answers whatever it is asked; `brief.purpose` tells the calls apart.
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

/// What becomes of a call.
pub type ReplyFuture = BoxFuture<'static, Result<Reply, CallFailure>>;

/// Who takes the seats of a debate. Asked once for each profile when the debate's task begins, so
/// that a debate goes on after a restart with what it was begun with.
pub trait ParticipantFactory: Send + Sync {
    /// The one who sits for this profile in this debate.
    fn participant(
        &self,
        debate: DebateId,
        profile: &Arc<ParticipantProfile>,
    ) -> Arc<dyn Participant>;
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
    /// The limit of tokens cut it.
    pub cut: bool,
    /// What it cost.
    pub meta: CallMeta,
}

impl Reply {
    /// A whole reply that cost nothing, under the name of a model.
    pub fn free(text: impl Into<String>, model: ModelName) -> Self {
        Self { text: text.into(), cut: false, meta: CallMeta::of(model) }
    }
}

/// A call without a whole reply.
#[derive(Clone, Debug, PartialEq)]
pub struct CallFailure {
    /// Why. [`FailureCause::Deadline`] if the clock ran out: then a turn keeps its partial text.
    pub cause: FailureCause,
    /// No host served the call, for a reason that lies with the hosts. If no participant is served,
    /// or the debate would end for want of the voices that are missing, the failure is not recorded:
    /// the debate pauses with [`PauseReason::HostsAway`] or [`PauseReason::HostsRefuse`], and makes
    /// the call again after it is resumed.
    ///
    /// [`PauseReason::HostsAway`]: synod_domain::PauseReason::HostsAway
    /// [`PauseReason::HostsRefuse`]: synod_domain::PauseReason::HostsRefuse
    pub unserved: Option<Unserved>,
    /// What had arrived.
    pub text: String,
    /// What it cost.
    pub meta: CallMeta,
}

impl CallFailure {
    /// A failure that cost nothing, under the name of a model.
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
