use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::timeout;

use super::{call::Cost, lane::Lane};
use crate::{
    AdmissionClass, ChatError, Embeddings, Flow, ModelCard, ModelHost, Phase, Usage,
    admission::{Entry, News, Permit, Waiting},
};

/// A place in service of a model that embeds. Dropping it hands the place on.
pub struct Embedder {
    host: Arc<dyn ModelHost>,
    card: ModelCard,
    loads: Arc<AtomicU64>,
    permit: Permit,
}

impl Embedder {
    /// Waits for the place.
    pub(super) async fn admitted(
        host: Arc<dyn ModelHost>,
        card: ModelCard,
        lane: &Lane,
        loads: Arc<AtomicU64>,
        (class, flow): (AdmissionClass, &Flow),
        told: impl FnMut(Phase),
    ) -> Result<Self, ChatError> {
        let busy = |waiting| ChatError::Busy {
            host: card.host.clone(),
            model: card.model.clone(),
            waiting,
        };
        let permit = match lane.gate.enter(class, flow) {
            Ok(Entry::Admitted(permit)) => permit,
            Ok(Entry::Waiting(waiting)) => {
                let permit = timeout(lane.settings.queue_limit, wait(waiting, told)).await;
                permit.map_err(|_| busy(lane.gate.traffic().1))?
            }
            Err(full) => return Err(busy(full.waiting)),
        };
        Ok(Self { host, card, loads, permit })
    }

    /// The vectors of the texts. Loading the model is part of the time limit.
    ///
    /// # Errors
    /// [`ChatError::Deadline`] after the time limit, else as the host says.
    pub async fn embed(
        self,
        texts: Vec<String>,
        time_limit: Duration,
    ) -> Result<Embeddings, ChatError> {
        let Self { host, card, loads, mut permit } = self;
        let bytes = texts.iter().map(String::len).sum();
        let cost = Cost { bytes, most_output: 0 };
        permit.spent(cost.so_far(0));
        let embedded = timeout(time_limit, host.embed(&card, texts)).await;
        // The model may have been loaded for this, and pushed out another.
        loads.fetch_add(1, Ordering::AcqRel);
        if let Ok(Ok(Embeddings { prompt_tokens, .. })) = &embedded {
            let usage = Usage { prompt_tokens: *prompt_tokens, output_tokens: None };
            permit.spent(cost.whole(usage, 0));
        }
        drop(permit);
        embedded.unwrap_or(Err(ChatError::Deadline { limit: time_limit }))
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
        f.debug_struct("Embedder").field("card", &self.card).finish_non_exhaustive()
    }
}
