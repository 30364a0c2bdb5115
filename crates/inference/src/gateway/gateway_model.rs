use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};

use super::{candidates::Candidates, directory::Directory, dispatch::Dispatch, model::ModelAtHost};
use crate::{ChatError, ChatModel, ChatRequest, ChatStream, Limitation, ModelInfo, ReplyForm};

/// A model behind the gateway. Clones are the same.
#[derive(Clone)]
pub(super) enum GatewayModel {
    /// Its own host serves its calls.
    Pinned(ModelAtHost),
    /// Any host with the same model may serve its calls.
    Pooled {
        own: ModelAtHost,
        directory: Arc<Directory>,
        /// The digest that the others must have, where they report one; `None`: not known.
        digest: Option<Arc<str>>,
    },
}

impl GatewayModel {
    pub(super) fn pooled(
        directory: Arc<Directory>,
        own: ModelAtHost,
        digest: Option<&str>,
    ) -> Self {
        let digest = digest.or(own.info().digest.as_deref()).map(Arc::from);
        Self::Pooled { own, directory, digest }
    }

    /// The model on its own host.
    pub(super) const fn own(&self) -> &ModelAtHost {
        match self {
            Self::Pinned(own) | Self::Pooled { own, .. } => own,
        }
    }

    /// Where a call with this request may go; `None`: to its own host only.
    fn candidates(&self, request: Option<&ChatRequest>) -> Option<Candidates> {
        match self {
            Self::Pinned(_) => None,
            Self::Pooled { own, directory, digest } => {
                let thinks = |request: &ChatRequest| own.usual_thinking(&request.form).is_some();
                let request = request.map(|request| (request, thinks(request)));
                let (directory, digest) = (Arc::clone(directory), digest.clone());
                Some(Candidates::new(directory, own.inner(), digest, request))
            }
        }
    }

    /// The model on the host that would serve a call now.
    fn next(&self) -> ModelAtHost {
        let best = self.candidates(None).and_then(|candidates| candidates.best());
        best.unwrap_or_else(|| self.own().clone())
    }
}

impl ChatModel for GatewayModel {
    fn info(&self) -> &ModelInfo {
        self.own().info()
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let candidates = self.candidates(Some(&request));
        Dispatch::new(self.own().clone(), request, candidates).into_stream()
    }

    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        self.own().clone().warm_up().boxed()
    }

    fn is_resident(&self) -> BoxFuture<'static, bool> {
        self.own().inner().is_resident()
    }

    fn tokens_within(&self, prompt_bytes: usize, time: Duration) -> Option<u32> {
        self.next().tokens_within(prompt_bytes, time)
    }

    fn usual_thinking(&self, form: &ReplyForm) -> Option<u32> {
        self.next().usual_thinking(form)
    }

    fn runs_on_cpu(&self) -> bool {
        self.own().inner().runs_on_cpu()
    }

    fn reports_residency(&self) -> bool {
        self.own().inner().reports_residency()
    }

    fn window(&self) -> Option<u32> {
        self.own().window()
    }

    fn keep_alive(&self) -> Duration {
        self.own().inner().keep_alive()
    }

    fn away_limit(&self) -> Option<Duration> {
        Some(self.own().away_limit())
    }

    fn limitations(&self) -> Vec<Limitation> {
        self.own().inner().limitations()
    }
}
