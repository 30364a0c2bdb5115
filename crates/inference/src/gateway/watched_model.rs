use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture};

use super::health::Health;
use crate::{ChatError, ChatEvent, ChatModel, ChatRequest, ChatStream, ModelCard};

/// A model whose calls and loads tell how its host is doing.
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
    fn card(&self) -> &ModelCard {
        self.inner.card()
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let (health, mut has_output) = (Arc::clone(&self.health), false);
        let look = move |event: &Result<ChatEvent, ChatError>| match event {
            Ok(ChatEvent::Delta(_) | ChatEvent::Thinking(_)) if has_output => {}
            Ok(ChatEvent::Delta(_) | ChatEvent::Thinking(_)) => {
                has_output = true;
                health.well();
            }
            Ok(ChatEvent::Finished(_)) => health.well(),
            Ok(ChatEvent::Phase(_) | ChatEvent::At(_)) => {}
            Err(error) => health.failed(error),
        };
        self.inner.chat(request).inspect(look).boxed()
    }

    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        let (health, loaded) = (Arc::clone(&self.health), self.inner.warm_up());
        async move {
            let loaded = loaded.await;
            match &loaded {
                Ok(()) => health.well(),
                Err(error) => health.failed(error),
            }
            loaded
        }
        .boxed()
    }

    fn is_resident(&self) -> BoxFuture<'static, bool> {
        self.inner.is_resident()
    }

    fn tokens_within(&self, prompt_bytes: usize, time: Duration) -> Option<u32> {
        self.inner.tokens_within(prompt_bytes, time)
    }

    fn stays_resident(&self) -> Duration {
        self.inner.stays_resident()
    }
}
