use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout};

use super::{
    berths::{Claim, Found},
    gated_model::{GatedModel, busy},
    lane::Lane,
};
use crate::{
    AdmissionClass, ChatError, ChatModel, Embeddings, ModelCard, ModelHost,
    admission::{Entry, Permit},
};

/// A place in service of a model that embeds. Dropping it hands the place on.
pub struct Embedder {
    host: Arc<dyn ModelHost>,
    card: ModelCard,
    load: Option<LoadByUse>,
    /// Dropped before the permit, which another call of the model waits for.
    claim: Claim,
    _permit: Permit,
}

impl Embedder {
    /// Waits for the place, and until the model may be used.
    pub(super) async fn admitted(
        host: Arc<dyn ModelHost>,
        model: &GatedModel,
        class: AdmissionClass,
    ) -> Result<Self, ChatError> {
        let (card, lane) = (model.card(), model.lane());
        let mut claim = Claim::new(lane, class);
        claim.enter();
        let served = async {
            let permit = match lane.gate.enter(class) {
                Ok(Entry::Admitted(permit)) => permit,
                Ok(Entry::Waiting(mut waiting)) => waiting.permit().await,
                Err(full) => return Err(busy(card, full.waiting)),
            };
            loop {
                claim.turn().await;
                match claim.look(model.inner(), lane).await {
                    Found::Known | Found::Resident => return Ok((permit, None)),
                    Found::Gone => {}
                    Found::Loading { beside } => {
                        let load = LoadByUse::new(model.inner(), lane, beside);
                        return Ok((permit, Some(load)));
                    }
                }
            }
        };
        let (permit, load) = timeout(lane.settings.queue_limit, served)
            .await
            .map_err(|_| busy(card, lane.gate.traffic().1))??;
        Ok(Self { host, card: card.clone(), load, claim, _permit: permit })
    }

    /// The vectors of the texts. Loading the model is part of the time limit.
    ///
    /// # Errors
    /// [`ChatError::Deadline`] after the time limit, else as the host says.
    pub async fn embed(
        mut self,
        texts: Vec<String>,
        time_limit: Duration,
    ) -> Result<Embeddings, ChatError> {
        let embedded = timeout(time_limit, self.host.embed(&self.card, texts)).await;
        let embedded = embedded.unwrap_or(Err(ChatError::Deadline { limit: time_limit }));
        if let Some(load) = &mut self.load
            && embedded.is_ok()
        {
            load.well = true;
            self.claim.loaded();
        }
        embedded
    }
}

impl std::fmt::Debug for Embedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedder").field("card", &self.card).finish_non_exhaustive()
    }
}

/// The load of a model by its first use; dropping it is its end.
struct LoadByUse {
    begun: Instant,
    model: Arc<dyn ChatModel>,
    lane: Arc<Lane>,
    well: bool,
}

impl LoadByUse {
    fn new(model: &Arc<dyn ChatModel>, lane: &Arc<Lane>, beside: bool) -> Self {
        if beside {
            lane.berths.begin_load(lane.guest);
        }
        let (model, lane) = (Arc::clone(model), Arc::clone(lane));
        Self { begun: Instant::now(), model, lane, well: false }
    }
}

impl Drop for LoadByUse {
    fn drop(&mut self) {
        // Other models may have been pushed out for it, even if it failed.
        let Self { begun, model, lane, well } = self;
        lane.residency.loaded(&**model, *well);
        lane.berths.loaded(lane.guest, &**model, *well, begun.elapsed());
    }
}
