use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use synod_inference::{ChatError, ChatModel, Gateway, HostModels, ModelCard, ResolveError, Wanted};
use tokio::time::{Instant, timeout};

/// How long it is believed what the hosts told.
const BELIEVED: Duration = Duration::from_secs(15);

/// How long a host that is slow to tell is waited for, if it is known what it told before.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the hosts told of their models. They are asked again when that is old, once for all who
/// want to know.
pub(crate) struct Listings {
    gateway: Arc<Gateway>,
    state: Arc<Mutex<State>>,
}

type Listed = Arc<[HostModels]>;
type Asking = Shared<BoxFuture<'static, Listed>>;

#[derive(Default)]
struct State {
    /// Until when it is believed, and what.
    told: Option<(Instant, Listed)>,
    asking: Option<Asking>,
}

impl Listings {
    pub(crate) fn new(gateway: Arc<Gateway>) -> Self {
        Self { gateway, state: Arc::default() }
    }

    /// What the hosts told lately.
    pub(crate) async fn recent(&self) -> Listed {
        let told = self.state().told.clone();
        match told {
            Some((until, told)) if Instant::now() < until => told,
            Some((_, old)) => timeout(PATIENCE, self.fresh()).await.unwrap_or(old),
            None => self.fresh().await,
        }
    }

    /// What the hosts tell now.
    pub(crate) async fn fresh(&self) -> Listed {
        let asking = self.state().asking.get_or_insert_with(|| self.ask()).clone();
        asking.await
    }

    /// A model that can chat. If no host is wanted, any that holds it may serve its calls.
    pub(crate) async fn model(&self, wanted: &Wanted) -> Result<Arc<dyn ChatModel>, ResolveError> {
        let card = self.card(wanted).await?;
        let why = card.why_no_chat();
        let ModelCard { host, model, digest, .. } = card;
        if let Some(why) = why {
            return Err(ResolveError::CannotChat { host, model, why });
        }
        if wanted.host.is_some() {
            return self.gateway.chat_model(&host, &model).await;
        }
        self.gateway.pooled_model(&host, &model, digest.as_deref()).await
    }

    /// A model, which may be one that only embeds. The hosts are asked if they told none lately.
    pub(crate) async fn card(&self, wanted: &Wanted) -> Result<ModelCard, ResolveError> {
        match self.card_among(&self.recent().await, wanted) {
            Ok(card) => Ok(card),
            Err(_) => self.card_among(&self.fresh().await, wanted),
        }
    }

    /// A model among these, which may be one that only embeds.
    pub(crate) fn card_among(
        &self,
        listed: &[HostModels],
        wanted: &Wanted,
    ) -> Result<ModelCard, ResolveError> {
        match self.gateway.resolve_among(listed, std::slice::from_ref(wanted)) {
            Ok(mut cards) => Ok(cards.remove(0)),
            Err(ResolveError::CannotChat { host, model, why }) => {
                let cards = listed.iter().filter_map(|told| told.models.as_ref().ok()).flatten();
                let mut named = cards.filter(|card| card.host == host && card.model == model);
                let embeds = named.find(|card| card.embeds).cloned();
                embeds.ok_or(ResolveError::CannotChat { host, model, why })
            }
            Err(error) => Err(error),
        }
    }

    /// After a call that shows the hosts are not what they told, they are asked again.
    pub(crate) fn invalidate_on(&self, error: ChatError) -> ChatError {
        if is_news(&error)
            && let Some((until, _)) = &mut self.state().told
        {
            *until = Instant::now();
        }
        error
    }

    /// Goes on whoever waits for it.
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
                // It was begun on a runtime that has ended.
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

/// The error shows a host to be other than it told.
fn is_news(error: &ChatError) -> bool {
    match error {
        ChatError::Unreachable { .. } | ChatError::ModelNotFound { .. } => true,
        ChatError::Everywhere { failures } | ChatError::NoHostReady { failures, .. } => {
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
        | ChatError::BrokeOff { .. } => false,
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
