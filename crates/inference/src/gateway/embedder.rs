use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use super::model::{ModelAtHost, busy};
use crate::{
    AdmissionClass, ChatError, Embeddings, Flow, ModelHost, ModelInfo, Phase, Usage,
    scheduler::{Cost, Grant, LoadByUse, QueueUpdate, ResidencyCheck, Ticket},
};

/// The right to one call to a model that embeds. Dropping it hands the slot to the next call.
pub struct Embedder {
    host: Arc<dyn ModelHost>,
    info: ModelInfo,
    // Dropped before the grant: the load ends before the next call begins.
    load: Option<LoadByUse>,
    grant: Grant,
}

impl Embedder {
    /// Waits until a call may be made. `report` learns the position in the queue.
    pub(super) async fn admitted(
        host: Arc<dyn ModelHost>,
        model: &ModelAtHost,
        (class, flow): (AdmissionClass, &Flow),
        mut report: impl FnMut(Phase),
    ) -> Result<Self, ChatError> {
        let (info, state) = (model.info(), model.state());
        let limit = state.crowding.limit();
        let mut ticket = state
            .scheduler
            .acquire(class, flow.clone(), limit)
            .map_err(|full| busy(info, full.waiting))?;
        let granted = async {
            loop {
                let mut grant = wait(ticket, &mut report).await;
                match grant.check(model.inner()).await {
                    ResidencyCheck::Known | ResidencyCheck::Resident => return (grant, None),
                    ResidencyCheck::Wait { needs_load } => ticket = grant.wait_again(needs_load),
                    ResidencyCheck::Load => {
                        let load = grant.load_by_use(model.inner());
                        return (grant, Some(load));
                    }
                }
            }
        };
        let (grant, load) = timeout(state.settings.queue_limit, granted)
            .await
            .map_err(|_| busy(info, state.scheduler.traffic().1))?;
        Ok(Self { host, info: info.clone(), load, grant })
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
        self.grant.charge(cost.so_far(0));
        let embedded = timeout(time_limit, self.host.embed(&self.info, texts)).await;
        let embedded = embedded.unwrap_or(Err(ChatError::Deadline { limit: time_limit }));
        if let Ok(Embeddings { prompt_tokens, .. }) = &embedded {
            let usage = Usage { prompt_tokens: *prompt_tokens, output_tokens: None };
            self.grant.charge(cost.whole(usage, 0));
            if let Some(load) = &mut self.load {
                load.is_done = true;
                self.grant.loaded();
            }
        }
        embedded
    }
}

async fn wait(mut ticket: Ticket, report: &mut impl FnMut(Phase)) -> Grant {
    loop {
        match ticket.update().await {
            QueueUpdate::Position(position) => report(position.into()),
            QueueUpdate::Granted(grant) => return grant,
        }
    }
}

impl std::fmt::Debug for Embedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedder").field("info", &self.info).finish_non_exhaustive()
    }
}
