use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout};

use super::{
    berths::{Claim, Found, Turn},
    call::Cost,
    gated_model::{GatedModel, busy},
    lane::Lane,
};
use crate::{
    AdmissionClass, ChatError, ChatModel, Embeddings, Flow, ModelHost, ModelInfo, Phase, Usage,
    admission::{Entry, News, Permit, Waiting},
};

/// A place in service of a model that embeds. Dropping it hands the place on.
pub struct Embedder {
    host: Arc<dyn ModelHost>,
    info: ModelInfo,
    load: Option<LoadByUse>,
    /// Dropped before the permit, which another call of the model waits for.
    claim: Claim,
    permit: Permit,
}

impl Embedder {
    /// Waits for the place, and until the model may be used.
    pub(super) async fn admitted(
        host: Arc<dyn ModelHost>,
        model: &GatedModel,
        (class, flow): (AdmissionClass, &Flow),
        mut told: impl FnMut(Phase),
    ) -> Result<Self, ChatError> {
        let (info, lane) = (model.info(), model.lane());
        let mut claim = Claim::new(lane, class);
        claim.enter();
        let served = async {
            let permit = match lane.gate.enter(class, flow) {
                Ok(Entry::Admitted(permit)) => permit,
                Ok(Entry::Waiting(waiting)) => wait(waiting, &mut told).await,
                Err(full) => return Err(busy(info, full.waiting)),
            };
            loop {
                while let Turn::Ahead(ahead) = claim.news().await {
                    told(Phase::Queued { ahead, wait: None });
                }
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
            .map_err(|_| busy(info, lane.gate.traffic().1))??;
        Ok(Self { host, info: info.clone(), load, claim, permit })
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
        let bytes = texts.iter().map(String::len).sum();
        let cost = Cost { bytes, most_output: 0 };
        self.permit.spent(cost.so_far(0));
        let embedded = timeout(time_limit, self.host.embed(&self.info, texts)).await;
        let embedded = embedded.unwrap_or(Err(ChatError::Deadline { limit: time_limit }));
        if let Ok(Embeddings { prompt_tokens, .. }) = &embedded {
            let usage = Usage { prompt_tokens: *prompt_tokens, output_tokens: None };
            self.permit.spent(cost.whole(usage, 0));
            if let Some(load) = &mut self.load {
                load.well = true;
                self.claim.loaded();
            }
        }
        embedded
    }
}

async fn wait(mut waiting: Waiting, mut told: impl FnMut(Phase)) -> Permit {
    told(waiting.standing().into());
    loop {
        match waiting.news().await {
            News::Standing(standing) => told(standing.into()),
            News::Admitted(permit) => return permit,
        }
    }
}

impl std::fmt::Debug for Embedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedder").field("card", &self.info).finish_non_exhaustive()
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
