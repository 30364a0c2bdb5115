use std::sync::Arc;

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::{task::JoinError, time::Instant};

use super::{ModelScheduler, core::Found};
use crate::{ChatError, ChatModel};

/// A load that continues when its caller leaves.
pub(crate) type Load = Shared<BoxFuture<'static, Result<(), ChatError>>>;

/// Begins to load the model by `warm_up`, in tasks of its own.
pub(super) fn begin(
    scheduler: &Arc<ModelScheduler>,
    model: &Arc<dyn ChatModel>,
    warm_up: BoxFuture<'static, Result<(), ChatError>>,
) -> Load {
    let begun = Instant::now();
    let task = tokio::spawn(warm_up);
    let (scheduler, noticed) = (Arc::clone(scheduler), Arc::clone(model));
    // A task too, so that the end of the load is noticed even if no caller waits for it.
    let task = tokio::spawn(async move {
        let loaded = task.await.unwrap_or_else(|panicked| Err(interrupted(&*noticed, panicked)));
        scheduler.load_ended(&*noticed, loaded.is_ok(), begun.elapsed());
        loaded
    });
    let model = Arc::clone(model);
    let load =
        async move { task.await.unwrap_or_else(|panicked| Err(interrupted(&*model, panicked))) };
    load.boxed().shared()
}

fn interrupted(model: &dyn ChatModel, panicked: JoinError) -> ChatError {
    ChatError::Failed {
        host: model.info().host.clone(),
        detail: "loading the model broke off".to_owned(),
        retry_after: None,
        source: Some(Arc::new(panicked)),
    }
}

/// The load of a model by its first use; dropping it is its end.
pub(crate) struct LoadByUse {
    begun: Instant,
    model: Arc<dyn ChatModel>,
    scheduler: Arc<ModelScheduler>,
    /// It went well.
    pub(crate) is_done: bool,
}

impl LoadByUse {
    pub(super) fn begin(scheduler: &Arc<ModelScheduler>, model: &Arc<dyn ChatModel>) -> Self {
        let (model, scheduler) = (Arc::clone(model), Arc::clone(scheduler));
        Self { begun: Instant::now(), model, scheduler, is_done: false }
    }
}

impl Drop for LoadByUse {
    fn drop(&mut self) {
        // Other models may have been pushed out for it, even if it failed.
        let found = self.is_done.then(|| Found::of(&*self.model));
        self.scheduler.report_load(found, self.begun.elapsed());
    }
}
