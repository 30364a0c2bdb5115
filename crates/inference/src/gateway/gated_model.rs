use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use tokio::time::timeout;

use super::{Traffic, call::Call, lane::Lane};
use crate::{ChatError, ChatModel, ChatRequest, ChatStream, ModelCard};

/// A model behind the gateway.
pub(super) struct GatedModel {
    inner: Arc<dyn ChatModel>,
    lane: Arc<Lane>,
}

impl GatedModel {
    pub(super) fn new(inner: Arc<dyn ChatModel>, lane: Arc<Lane>) -> Self {
        Self { inner, lane }
    }

    pub(super) fn lane(&self) -> &Arc<Lane> {
        &self.lane
    }

    pub(super) fn traffic(&self) -> Traffic {
        let ModelCard { host, model, .. } = self.card().clone();
        let (in_service, waiting) = self.lane.gate.traffic();
        Traffic { host, model, in_service, waiting }
    }
}

impl ChatModel for GatedModel {
    fn card(&self) -> &ModelCard {
        self.inner.card()
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let call = Call::new(Arc::clone(&self.inner), Arc::clone(&self.lane), request);
        // Boxed, since the stream moves it in and out for every event.
        stream::unfold(Box::new(call), |mut call| async { Some((call.next().await?, call)) })
            .boxed()
    }

    /// Loads the model unless it is resident. May be cancelled: the load goes on.
    fn warm_up(&self) -> BoxFuture<'static, Result<(), ChatError>> {
        let (model, lane) = (Arc::clone(&self.inner), Arc::clone(&self.lane));
        async move {
            if lane.residency.is_known() || lane.residency.check(&*model, &lane.settings).await {
                return Ok(());
            }
            let limit = lane.settings.load_limit;
            let load = lane.residency.load(&model);
            timeout(limit, load).await.unwrap_or_else(|_| Err(not_loaded(model.card(), limit)))
        }
        .boxed()
    }

    fn tokens_within(&self, prompt_bytes: usize, time: Duration) -> Option<u32> {
        self.lane.pace.tokens_within(prompt_bytes, time)
    }

    fn is_resident(&self) -> BoxFuture<'static, bool> {
        self.inner.is_resident()
    }

    fn stays_resident(&self) -> Duration {
        self.inner.stays_resident()
    }
}

/// The wait for a load was too long.
pub(super) fn not_loaded(card: &ModelCard, limit: Duration) -> ChatError {
    ChatError::Failed {
        host: card.host.clone(),
        detail: format!("{} was not loaded within {} s", card.model, limit.as_secs()),
        retry_after: None,
        source: None,
    }
}
