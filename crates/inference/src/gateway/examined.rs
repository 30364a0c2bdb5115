//! Tells failures that lie with a host from those that lie with one of its models.

use std::sync::Arc;

use super::model::ModelAtHost;
use crate::{
    ChatError, CrashEvidence, CrashSuspect, HostName,
    error::{ErrorSource, is_lost, is_page, was_connected, words_of_host},
    host_error::HostCondition,
};

/// What a host that was asked for its models shows.
pub(super) enum Presence {
    /// It is there.
    Lists,
    /// It takes no calls now.
    NotReady(ChatError),
    /// Nothing: it answers, and not with a list.
    Unclear,
}

impl ModelAtHost {
    /// A failure without output, with the state of the host taken into account.
    ///
    /// A host that answers as if it were away, or closes the connection, is away only if it does not list
    /// its models either. A web page is the sign of a wrong address, unless the model has answered: then
    /// it is that of a proxy whose server is away.
    pub(super) async fn examined(&self, error: ChatError) -> ChatError {
        if !self.is_in_question(&error) {
            return error;
        }
        let (ChatError::Unreachable { host, source }
        | ChatError::Refused { host, source: Some(source), .. }) = error
        else {
            return error;
        };
        if self.probe().lists_models().await.is_err() {
            return ChatError::Unreachable { host, source };
        }
        self.only_calls_fail(host, source, CrashSuspect::Unknown)
    }

    /// The error of a call that fails while the host lists its models.
    pub(super) fn only_calls_fail(
        &self,
        host: HostName,
        source: ErrorSource,
        suspect: CrashSuspect,
    ) -> ChatError {
        let detail = if is_lost(&*source) {
            "the connection is lost before the reply".to_owned()
        } else {
            words_of_host(&*source).map_or_else(|| source.to_string(), str::to_owned)
        };
        ChatError::Crashed {
            host,
            model: self.info().model.clone(),
            detail,
            evidence: CrashEvidence::OnlyCallsFail,
            suspect,
            source: Some(source),
        }
    }

    fn is_in_question(&self, error: &ChatError) -> bool {
        if let ChatError::Unreachable { source, .. } = error {
            return was_connected(&**source);
        }
        let ChatError::Refused { source: Some(source), .. } = error else { return false };
        self.state().answered() > 0 && is_page(&**source)
    }

    /// Whether the host is there, before it is asked for more.
    pub(super) async fn presence(&self) -> Presence {
        let Err(error) = self.probe().lists_models().await else { return Presence::Lists };
        let (host, condition) = (self.host().clone(), error.condition());
        match condition {
            HostCondition::Away => {
                Presence::NotReady(ChatError::Unreachable { host, source: Arc::new(error) })
            }
            HostCondition::Loading => {
                let (detail, source) = (error.to_string(), Some(Arc::new(error) as _));
                Presence::NotReady(ChatError::Loading { host, detail, retry_after: None, source })
            }
            HostCondition::Failing | HostCondition::Refusing => Presence::Unclear,
        }
    }
}
