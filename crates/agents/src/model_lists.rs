use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use synod_domain::InvalidId;
use synod_inference::{
    ChatError, ChatModel, Gateway, HostModels, HostName, ModelInfo, RequestedModel, ResolveError,
};
use tokio::time::{Instant, timeout};

/// The time for which the lists of the hosts are used.
const MAX_AGE: Duration = Duration::from_secs(15);

/// The time limit for refreshing a list before the old one is used.
const REFRESH_LIMIT: Duration = Duration::from_secs(1);

/// The hosts' lists of models, cached. An old list is refreshed once for all callers that wait for it.
pub(crate) struct ModelLists {
    gateway: Arc<Gateway>,
    state: Arc<Mutex<State>>,
}

type Lists = Arc<[HostModels]>;
type ListRequest = Shared<BoxFuture<'static, Lists>>;

#[derive(Default)]
struct State {
    /// The latest lists, and until when they are used.
    lists: Option<(Instant, Lists)>,
    request: Option<ListRequest>,
}

impl ModelLists {
    pub(crate) fn new(gateway: Arc<Gateway>) -> Self {
        Self { gateway, state: Arc::default() }
    }

    /// Returns the recent lists.
    pub(crate) async fn recent(&self) -> Lists {
        let lists = self.state().lists.clone();
        match lists {
            Some((until, lists)) if Instant::now() < until => lists,
            Some((_, old)) => timeout(REFRESH_LIMIT, self.fresh()).await.unwrap_or(old),
            None => self.fresh().await,
        }
    }

    /// Asks the hosts now.
    pub(crate) async fn fresh(&self) -> Lists {
        let request = self.state().request.get_or_insert_with(|| self.request()).clone();
        request.await
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

    /// Reads the name of a model as `MODEL` or `HOST/MODEL`.
    pub(crate) async fn named(&self, model: &str) -> Result<RequestedModel, InvalidId> {
        let hosts: Vec<_> = self.gateway.hosts().into_iter().map(|health| health.host).collect();
        let lists = self.recent().await;
        let is_listed = |host: &HostName, name: &str| {
            lists.iter().any(|listing| listing.host == *host && listing.lists(name))
        };
        RequestedModel::parse(model, &hosts, is_listed)
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
        lists: &[HostModels],
        wanted: &RequestedModel,
    ) -> Result<ModelInfo, ResolveError> {
        match self.gateway.resolve_among(lists, std::slice::from_ref(wanted)) {
            Ok(mut infos) => Ok(infos.remove(0)),
            Err(ResolveError::CannotChat { host, model, why }) => {
                let infos = lists.iter().filter_map(|host| host.models.as_ref().ok()).flatten();
                let mut named = infos.filter(|info| info.host == host && info.model == model);
                let embeds = named.find(|info| info.embeds).cloned();
                embeds.ok_or(ResolveError::CannotChat { host, model, why })
            }
            Err(error) => Err(error),
        }
    }

    /// Invalidates the lists if the error shows that they are out of date.
    pub(crate) fn invalidate_on(&self, error: ChatError) -> ChatError {
        if is_outdated_by(&error) {
            self.invalidate();
        }
        error
    }

    /// Invalidates the lists.
    pub(crate) fn invalidate(&self) {
        if let Some((until, _)) = &mut self.state().lists {
            *until = Instant::now();
        }
    }

    /// Requests the lists. The request continues even if every caller is dropped.
    fn request(&self) -> ListRequest {
        let (gateway, state) = (Arc::clone(&self.gateway), Arc::clone(&self.state));
        let task = tokio::spawn(async move {
            let lists = Lists::from(gateway.models().await);
            let mut state = lock(&state);
            state.request = None;
            state.lists = Some((Instant::now() + MAX_AGE, Arc::clone(&lists)));
            lists
        });
        let state = Arc::clone(&self.state);
        let request = task.map(move |lists| {
            lists.unwrap_or_else(|_| {
                // The runtime of the task has ended.
                let mut state = lock(&state);
                state.request = None;
                state.lists.as_ref().map(|(_, lists)| Arc::clone(lists)).unwrap_or_default()
            })
        });
        request.boxed().shared()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Whether the error shows that a host's list is out of date.
fn is_outdated_by(error: &ChatError) -> bool {
    match error {
        ChatError::Unreachable { .. } | ChatError::ModelNotFound { .. } => true,
        ChatError::AllHostsFailed { failures } | ChatError::NoHostReady { failures, .. } => {
            failures.iter().any(is_outdated_by)
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
