use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::timeout;

use super::lane::Lane;
use crate::{
    AdmissionClass, ChatError, Embeddings, ModelCard, ModelHost,
    admission::{Entry, Permit},
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
        class: AdmissionClass,
    ) -> Result<Self, ChatError> {
        let busy = |waiting| ChatError::Busy {
            host: card.host.clone(),
            model: card.model.clone(),
            waiting,
        };
        let permit = match lane.gate.enter(class) {
            Ok(Entry::Admitted(permit)) => permit,
            Ok(Entry::Waiting(mut waiting)) => {
                let permit = timeout(lane.settings.queue_limit, waiting.permit()).await;
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
        let Self { host, card, loads, permit } = self;
        let embedded = timeout(time_limit, host.embed(&card, texts)).await;
        // The model may have been loaded for this, and pushed out another.
        loads.fetch_add(1, Ordering::AcqRel);
        drop(permit);
        embedded.unwrap_or(Err(ChatError::Deadline { limit: time_limit }))
    }
}

impl std::fmt::Debug for Embedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedder").field("card", &self.card).finish_non_exhaustive()
    }
}
