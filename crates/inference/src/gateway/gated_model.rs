use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use tokio::time::timeout;

use super::{
    Traffic,
    berths::{Claim, Found},
    call::Call,
    lane::Lane,
};
use crate::{AdmissionClass, ChatError, ChatModel, ChatRequest, ChatStream, ModelCard};

/// A model behind the gateway.
pub(super) struct GatedModel {
    inner: Arc<dyn ChatModel>,
    lane: Arc<Lane>,
}

impl GatedModel {
    pub(super) fn new(inner: Arc<dyn ChatModel>, lane: Arc<Lane>) -> Self {
        Self { inner, lane }
    }

    pub(super) fn inner(&self) -> &Arc<dyn ChatModel> {
        &self.inner
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
            let card = model.card();
            if lane.residency.is_known() {
                return Ok(());
            }
            let mut claim = Claim::new(&lane, AdmissionClass::Normal);
            claim.enter();
            loop {
                timeout(lane.settings.queue_limit, claim.turn())
                    .await
                    .map_err(|_| busy(card, lane.gate.traffic().1))?;
                match claim.look(&model, &lane).await {
                    Found::Known | Found::Resident => return Ok(()),
                    Found::Gone => {}
                    Found::Loading { beside } => {
                        let limit = lane.settings.load_limit;
                        let loaded = timeout(limit, lane.load(&model, beside)).await;
                        loaded.map_err(|_| not_loaded(card, limit))??;
                        claim.loaded();
                        return Ok(());
                    }
                }
            }
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

/// Too many wait for the model, or one waited too long.
pub(super) fn busy(card: &ModelCard, waiting: usize) -> ChatError {
    ChatError::Busy { host: card.host.clone(), model: card.model.clone(), waiting }
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
