use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use synod_inference::{
    ChatError, ChatModel, Gateway, HostModels, ModelInfo, RequestedModel, ResolveError,
};
use tokio::time::{Instant, timeout};

/// How long the hosts' lists are used before the hosts are asked again.
const BELIEVED: Duration = Duration::from_secs(15);

/// How long to wait for a slow host whose earlier list is known.
const PATIENCE: Duration = Duration::from_secs(1);

/// The hosts' lists of models, cached. An old list is refreshed once for all callers that wait for it.
pub(crate) struct Listings {
    gateway: Arc<Gateway>,
    state: Arc<Mutex<State>>,
}

type Listed = Arc<[HostModels]>;
type Asking = Shared<BoxFuture<'static, Listed>>;

#[derive(Default)]
struct State {
    /// The lists, and until when they are used.
    told: Option<(Instant, Listed)>,
    asking: Option<Asking>,
}

impl Listings {
    pub(crate) fn new(gateway: Arc<Gateway>) -> Self {
        Self { gateway, state: Arc::default() }
    }

    /// Returns the recent lists.
    pub(crate) async fn recent(&self) -> Listed {
        let told = self.state().told.clone();
        match told {
            Some((until, told)) if Instant::now() < until => told,
            Some((_, old)) => timeout(PATIENCE, self.fresh()).await.unwrap_or(old),
            None => self.fresh().await,
        }
    }

    /// Asks the hosts now.
    pub(crate) async fn fresh(&self) -> Listed {
        let asking = self.state().asking.get_or_insert_with(|| self.ask()).clone();
        asking.await
    }

    /// Returns a model that can chat. Unless a host is required, any host with the model may serve its
    /// calls.
    pub(crate) async fn model(
        &self,
        wanted: &RequestedModel,
    ) -> Result<Arc<dyn ChatModel>, ResolveError> {
        let info = self.info(wanted).await?;
        let why = info.no_chat_reason();
        let ModelInfo { host, model, digest, .. } = info;
        if let Some(why) = why {
            return Err(ResolveError::CannotChat { host, model, why });
        }
        if wanted.host.is_some() {
            return self.gateway.chat_model(&host, &model).await;
        }
        self.gateway.pooled_model(&host, &model, digest.as_deref()).await
    }

    /// Returns a model, which may be an embedding model. The hosts are asked if the recent lists lack it.
    pub(crate) async fn info(&self, wanted: &RequestedModel) -> Result<ModelInfo, ResolveError> {
        match self.info_among(&self.recent().await, wanted) {
            Ok(info) => Ok(info),
            Err(_) => self.info_among(&self.fresh().await, wanted),
        }
    }

    /// Returns a model of these lists, which may be an embedding model.
    pub(crate) fn info_among(
        &self,
        listed: &[HostModels],
        wanted: &RequestedModel,
    ) -> Result<ModelInfo, ResolveError> {
        match self.gateway.resolve_among(listed, std::slice::from_ref(wanted)) {
            Ok(mut infos) => Ok(infos.remove(0)),
            Err(ResolveError::CannotChat { host, model, why }) => {
                let infos = listed.iter().filter_map(|told| told.models.as_ref().ok()).flatten();
                let mut named = infos.filter(|info| info.host == host && info.model == model);
                let embeds = named.find(|info| info.embeds).cloned();
                embeds.ok_or(ResolveError::CannotChat { host, model, why })
            }
            Err(error) => Err(error),
        }
    }

    /// Invalidates the lists if the error shows that they are out of date.
    pub(crate) fn invalidate_on(&self, error: ChatError) -> ChatError {
        if is_news(&error)
            && let Some((until, _)) = &mut self.state().told
        {
            *until = Instant::now();
        }
        error
    }

    /// Runs to its end even if every caller is dropped.
    fn ask(&self) -> Asking {
        let (gateway, state) = (Arc::clone(&self.gateway), Arc::clone(&self.state));
        let task = tokio::spawn(async move {
            let listed = Listed::from(gateway.models().await);
            let mut state = lock(&state);
            state.asking = None;
            state.told = Some((Instant::now() + BELIEVED, Arc::clone(&listed)));
            listed
        });
        let state = Arc::clone(&self.state);
        let asked = task.map(move |listed| {
            listed.unwrap_or_else(|_| {
                // The runtime of the task has ended.
                let mut state = lock(&state);
                state.asking = None;
                state.told.as_ref().map(|(_, told)| Arc::clone(told)).unwrap_or_default()
            })
        });
        asked.boxed().shared()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Whether the error shows that a host's list is out of date.
fn is_news(error: &ChatError) -> bool {
    match error {
        ChatError::Unreachable { .. } | ChatError::ModelNotFound { .. } => true,
        ChatError::AllHostsFailed { failures } | ChatError::NoHostReady { failures, .. } => {
            failures.iter().any(is_news)
        }
        ChatError::Deadline { .. }
        | ChatError::ContextOverflow { .. }
        | ChatError::OutputLimit { .. }
        | ChatError::Crashed { .. }
        | ChatError::Filtered { .. }
        | ChatError::Declined { .. }
        | ChatError::Busy { .. }
        | ChatError::Refused { .. }
        | ChatError::Overloaded { .. }
        | ChatError::Loading { .. }
        | ChatError::SharedContextFull { .. }
        | ChatError::Failed { .. }
        | ChatError::NoReply { .. }
        | ChatError::AllThought { .. }
        | ChatError::Interrupted { .. } => false,
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
