use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};

use super::health::Health;
use crate::{ChatError, ChatModel, ChatRequest, ChatStream, Limitation, ModelInfo, ReplyForm};

/// A model whose loads, which belong to no call, tell how its host is doing.
pub(super) struct WatchedModel {
    inner: Arc<dyn ChatModel>,
    health: Arc<Health>,
}

impl WatchedModel {
    pub(super) fn new(inner: Arc<dyn ChatModel>, health: Arc<Health>) -> Self {
        Self { inner, health }
    }
}

impl ChatModel for WatchedModel {
    fn info(&self) -> &ModelInfo {
        self.inner.info()
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        self.inner.chat(request)
    }

    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        let (health, loaded) = (Arc::clone(&self.health), self.inner.warm_up());
        async move {
            // A load that goes well shows that the host is there, and no more: what it was made for
            // may fail yet.
            loaded.await.inspect(|()| health.answers()).inspect_err(|error| health.failed(error))
        }
        .boxed()
    }

    fn is_resident(&self) -> BoxFuture<'static, bool> {
        self.inner.is_resident()
    }

    fn tokens_within(&self, prompt_bytes: usize, time: Duration) -> Option<u32> {
        self.inner.tokens_within(prompt_bytes, time)
    }

    fn usual_thinking(&self, form: &ReplyForm) -> Option<u32> {
        self.inner.usual_thinking(form)
    }

    fn runs_on_cpu(&self) -> bool {
        self.inner.runs_on_cpu()
    }

    fn reports_residency(&self) -> bool {
        self.inner.reports_residency()
    }

    fn window(&self) -> Option<u32> {
        self.inner.window()
    }

    fn keep_alive(&self) -> Duration {
        self.inner.keep_alive()
    }

    fn limitations(&self) -> Vec<Limitation> {
        self.inner.limitations()
    }
}
