mod ability;
mod berths;
mod call;
mod choice;
mod crowding;
mod embedder;
mod gated_model;
mod health;
mod host_wait;
mod journey;
mod lane;
mod learnt_window;
mod listed_host;
mod loads;
mod outage;
mod pace;
mod pool;
mod pooled_model;
mod residency;
mod resolve_error;
mod retry;
mod route;
mod settings;
mod standing;
mod thought;
mod trial;
mod watched_model;

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

pub use choice::RequestedModel;
pub use embedder::Embedder;
pub use health::CircuitBreakerSettings;
pub use lane::Traffic;
pub use listed_host::HostModels;
pub use loads::Loads;
pub use resolve_error::{ExcludedModels, OtherModels, ResolveError};
pub use retry::RetrySettings;
pub use settings::GatewaySettings;

use crate::{
    AccessRefusal, AdmissionClass, ChatError, ChatModel, Flow, HostName, ModelHost, ModelInfo,
    ModelName, Phase,
};
use choice::choose;
use gated_model::GatedModel;
use listed_host::ListedHost;
use pool::Pool;
use pooled_model::PooledModel;
use trial::try_to_chat;

/// A host that is loading is asked for its models again after so long.
const LISTED_AGAIN: Duration = Duration::from_secs(2);

/// The way to the models: every call of a program to a model goes through one gateway.
///
/// Its models are [`ChatModel`]s whose calls are admitted, timed and sent again by the rules of
/// [`GatewaySettings`]. All calls for one model on one host share one queue, in which each
/// [`Flow`] has its share.
///
/// A host that fails is left alone for a while ([`CircuitBreakerSettings`]) by all calls that may go
/// elsewhere.
pub struct Gateway {
    pool: Arc<Pool>,
}

/// How it stands with a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostHealth {
    /// The host.
    pub host: HostName,
    /// It has failed, and is left alone by calls that may go elsewhere.
    pub is_circuit_open: bool,
    /// Calls so far that left it for another host before they had any output.
    pub calls_moved_away: u64,
}

impl Gateway {
    /// A gateway to these hosts, in the order in which they are preferred. Of hosts that share a
    /// name the first counts.
    #[must_use]
    pub fn new(hosts: Vec<Arc<dyn ModelHost>>, settings: GatewaySettings) -> Self {
        let settings = Arc::new(settings);
        let mut listed = Vec::<ListedHost>::with_capacity(hosts.len());
        for host in hosts {
            if listed.iter().any(|earlier| earlier.name() == host.name()) {
                tracing::warn!(host = %host.name(), "left out: an earlier host has this name");
            } else {
                listed.push(ListedHost::new(host, Arc::clone(&settings)));
            }
        }
        Self { pool: Arc::new(Pool::new(listed)) }
    }

    /// Asks all hosts at once for their models. A host that fails or takes longer than
    /// [`listing_limit`](GatewaySettings::listing_limit) does not hold up the others.
    pub async fn models(&self) -> Vec<HostModels> {
        join_all(self.pool.hosts().iter().map(ListedHost::list)).await
    }

    /// Asks all hosts for their models as [`models`](Self::models) does, and asks those again that say
    /// that they are loading ([`HostError::Loading`](crate::HostError::Loading)), until they tell or
    /// their limit is over ([`load_limit`](GatewaySettings::load_limit)). Before each pause `told`
    /// learns which hosts are waited for, and for how long so far.
    pub async fn models_when_loaded(
        &self,
        mut told: impl FnMut(&[HostName], Duration),
    ) -> Vec<HostModels> {
        let begun = Instant::now();
        let mut listings = self.models().await;
        loop {
            let waited = begun.elapsed();
            let hosts = self.pool.hosts().iter().zip(&mut listings);
            let loading: Vec<_> = hosts
                .filter(|(host, listing)| listing.is_loading() && waited < host.load_limit())
                .collect();
            if loading.is_empty() {
                return listings;
            }
            let names: Vec<_> = loading.iter().map(|(host, _)| host.name().clone()).collect();
            told(&names, waited);
            sleep(LISTED_AGAIN).await;
            for (host, listing) in loading {
                *listing = host.list().await;
            }
        }
    }

    /// A model by host and name, whose calls go to this host and to no other. The host is asked
    /// only for a model it has not told of before.
    ///
    /// # Errors
    /// [`ResolveError`] if there is no such host, it does not answer, or the model is missing or
    /// cannot chat.
    pub async fn chat_model(
        &self,
        host: &HostName,
        model: &ModelName,
    ) -> Result<Arc<dyn ChatModel>, ResolveError> {
        Ok(Arc::new(self.gated_model(host, model).await?))
    }

    /// A model by host and name, whose calls any host may serve that holds the same: one of that
    /// name, and of that digest where both are known. A model that runs beyond this network stands
    /// in for none, nor does a demo model.
    ///
    /// Each call goes to the host that has the least to do for it when it begins: one that does
    /// not rest before one that does; then the one with the fewest calls in service and waiting,
    /// for each that it serves at a time, where a model that is not in memory counts as four
    /// more; then the host named here. A call that fails before any output, for a cause that lies
    /// with the host, goes on to the next, once to each; pauses to send it again to the same host
    /// are made only while no other would take it. [`ChatEvent::Moved`](crate::ChatEvent::Moved) tells
    /// where it is. If it fails everywhere, the error is
    /// [`ChatError::AllHostsFailed`]; while none of its hosts is ready, it waits for the first that is,
    /// and ends with [`ChatError::NoHostReady`] if that takes too long.
    ///
    /// If the host named here does not have the model or does not answer, another takes its place,
    /// and the model info is that one's. Hosts are asked only if they never were, but for the one named
    /// here, which is asked for a model it has not told of unless it rests.
    ///
    /// # Errors
    /// [`ResolveError`] as from [`chat_model`](Self::chat_model), if no host has the model.
    pub async fn pooled_model(
        &self,
        host: &HostName,
        model: &ModelName,
        digest: Option<&str>,
    ) -> Result<Arc<dyn ChatModel>, ResolveError> {
        let new = self.pool.hosts().iter().filter(|host| !host.was_asked());
        join_all(new.map(ListedHost::list)).await;
        let stand_in = self.pool.stand_in(host, model, digest);
        let is_resting = self.pool.host(host).map_or(true, |host| host.health().is_resting());
        let is_known = self.pool.host(host).is_ok_and(|host| host.holding(model).is_some());
        let own = match stand_in {
            Some(other) if is_resting && !is_known => other,
            Some(other) => self.gated_model(host, model).await.unwrap_or(other),
            None => self.gated_model(host, model).await?,
        };
        Ok(Arc::new(PooledModel::new(Arc::clone(&self.pool), own, digest)))
    }

    /// The other hosts that may serve the calls of a [`pooled_model`](Self::pooled_model), as far as
    /// they have told.
    #[must_use]
    pub fn replicas(
        &self,
        host: &HostName,
        model: &ModelName,
        digest: Option<&str>,
    ) -> Vec<HostName> {
        let models = self.pool.replicas(host, model, digest);
        models.map(|(_, model)| model.host().clone()).collect()
    }

    async fn gated_model(
        &self,
        host: &HostName,
        model: &ModelName,
    ) -> Result<GatedModel, ResolveError> {
        let host = self.pool.host(host)?;
        if let Some(model) = host.holding(model) {
            return Ok(model);
        }
        let wanted = RequestedModel { host: Some(host.name().clone()), model: Some(model.clone()) };
        let listing = host.list().await;
        let mut infos = self.choose(&[wanted], &[listing])?;
        Ok(host.gated(infos.remove(0)))
    }

    /// One model per seat, in the order of the seats.
    ///
    /// A model that is named must exist and chat; it is never replaced by another. Ollama's
    /// implied tag is understood: `llama3.2` is `llama3.2:latest`. If no host is named with it, the
    /// one serves that has the least to do for it, as for a call of a
    /// [`pooled_model`](Self::pooled_model); of hosts alike, the first.
    ///
    /// Seats without a model get models that can chat, on hosts that do not rest before others; of
    /// those, models known to chat before models of which neither the host nor the name tells it:
    /// loaded ones first, since they cost no loading and push nothing out; then those whose weights
    /// have at most 8 GiB, which load in reasonable time on a person's machine, the largest first;
    /// then larger ones, the smallest first. Between two alike the order of the hosts decides, then size. The best of this list
    /// and the best of another family take turns over the seats; if there is no other family, or
    /// only a large one that is not loaded, one model serves all. Tiny models ([`Scale::Tiny`](crate::Scale::Tiny)) are
    /// taken only if no host that does not rest has a larger one, loaded or not; demo models only if
    /// there is nothing else; and remote models only if they are named, so that no text leaves the
    /// machine and its network unasked.
    ///
    /// Models that cannot chat are left out: by what their host tells, else by what their name
    /// shows ([`ModelKind::of_name`](crate::ModelKind::of_name)), else by what they do. Where the host does not tell, a model
    /// that is about to be taken unnamed is tried by a call of one token, once in the life of the
    /// gateway, unless it has chatted before; if its host refuses to chat with it, the next one is
    /// taken. A trial may take [`trial_limit`](GatewaySettings::trial_limit).
    ///
    /// Hosts are asked at once, and only those that the seats allow.
    ///
    /// # Errors
    /// [`ResolveError`] for the first seat that cannot be filled.
    pub async fn resolve(&self, wanted: &[RequestedModel]) -> Result<Vec<ModelInfo>, ResolveError> {
        self.know_hosts(wanted)?;
        let allowed = self.pool.hosts().iter().filter(|host| {
            wanted.iter().any(|seat| seat.host.as_ref().is_none_or(|name| name == host.name()))
        });
        let listings = join_all(allowed.map(ListedHost::list)).await;
        self.resolve_by_trial(&listings, wanted).await
    }

    /// One model per seat as [`resolve`](Self::resolve) chooses it, from what the hosts told
    /// before: none is asked for its models, and models are tried.
    ///
    /// # Errors
    /// [`ResolveError`] for the first seat that cannot be filled.
    pub async fn resolve_by_trial(
        &self,
        listings: &[HostModels],
        wanted: &[RequestedModel],
    ) -> Result<Vec<ModelInfo>, ResolveError> {
        loop {
            let infos = self.resolve_among(listings, wanted)?;
            let untried = self.untried(wanted, &infos);
            if untried.is_empty() {
                return Ok(infos);
            }
            let trials = untried.iter().map(|(model, limit)| try_to_chat(model, *limit));
            join_all(trials).await;
        }
    }

    /// One model per seat as [`resolve`](Self::resolve) chooses it, from what the hosts told
    /// before: none is asked, and no model is tried.
    ///
    /// # Errors
    /// [`ResolveError`] for the first seat that cannot be filled.
    pub fn resolve_among(
        &self,
        listings: &[HostModels],
        wanted: &[RequestedModel],
    ) -> Result<Vec<ModelInfo>, ResolveError> {
        self.know_hosts(wanted)?;
        self.choose(wanted, listings)
    }

    /// Why this model, as a host listed it, does not chat, if its host refuses that. A model of which
    /// neither the host nor a call has shown it is tried, as [`resolve`](Self::resolve) does.
    pub async fn chat_refusal(&self, info: &ModelInfo) -> Option<String> {
        let model = self.pool.host(&info.host).ok()?.gated(info.clone());
        if info.guessed && model.lane().ability.is_unknown() {
            try_to_chat(&model, model.lane().settings.trial_limit).await;
        }
        model.lane().ability.refusal()
    }

    /// The models that were taken unnamed, of which nothing shows yet that they chat.
    fn untried(
        &self,
        wanted: &[RequestedModel],
        infos: &[ModelInfo],
    ) -> Vec<(GatedModel, Duration)> {
        let mut untried = Vec::<(GatedModel, Duration)>::new();
        let taken = wanted.iter().zip(infos).filter(|(seat, _)| seat.model.is_none());
        for (_, info) in taken.filter(|(_, info)| info.guessed) {
            let Ok(host) = self.pool.host(&info.host) else { continue };
            let model = host.gated(info.clone());
            let is_new = untried
                .iter()
                .all(|(known, _)| (known.host(), &known.info().model) != (&info.host, &info.model));
            if is_new && model.lane().ability.is_unknown() {
                let limit = model.lane().settings.trial_limit;
                untried.push((model, limit));
            }
        }
        untried
    }

    /// Waits until the model of this model info, which [`models`](Self::models) gave, may embed. It
    /// shares its queue with the chats of the model; `told` learns where it stands there. Dropping
    /// the future leaves the queue.
    ///
    /// # Errors
    /// [`ChatError::Busy`] if too many wait, or it waited too long; [`ChatError::ModelNotFound`]
    /// if there is no such host.
    pub async fn embedder(
        &self,
        info: &ModelInfo,
        class: AdmissionClass,
        flow: &Flow,
        told: impl FnMut(Phase),
    ) -> Result<Embedder, ChatError> {
        let host = self.pool.host(&info.host).map_err(|_| ChatError::ModelNotFound {
            host: info.host.clone(),
            model: info.model.clone(),
        })?;
        host.embedder(info.clone(), class, flow, told).await
    }

    /// How busy each model is that was ever listed.
    #[must_use]
    pub fn traffic(&self) -> Vec<Traffic> {
        self.pool.hosts().iter().flat_map(ListedHost::traffic).collect()
    }

    /// How it stands with each host.
    #[must_use]
    pub fn hosts(&self) -> Vec<HostHealth> {
        let standing = |host: &ListedHost| HostHealth {
            host: host.name().clone(),
            is_circuit_open: host.health().is_resting(),
            calls_moved_away: host.health().left(),
        };
        self.pool.hosts().iter().map(standing).collect()
    }

    /// Why a host refuses all chats of this caller (a key, permission or credit is missing), if it
    /// did when last asked; `None`: it did not, or there is no such host.
    #[must_use]
    pub fn access_refusal(&self, host: &HostName) -> Option<AccessRefusal> {
        self.pool.host(host).ok()?.health().access_refusal()
    }

    /// What calls of this model meet with while its host takes none: it loads, cannot be reached, or is
    /// overloaded. `None`: the last call was served, or none was made.
    #[must_use]
    pub fn outage(&self, info: &ModelInfo) -> Option<ChatError> {
        let model = self.pool.host(&info.host).ok()?.gated(info.clone());
        model.outages().into_iter().find_map(|outage| outage.error())
    }

    /// What was loaded on each host, and how often that was avoided.
    #[must_use]
    pub fn loads(&self) -> Vec<Loads> {
        self.pool.hosts().iter().map(ListedHost::loads).collect()
    }

    fn know_hosts(&self, wanted: &[RequestedModel]) -> Result<(), ResolveError> {
        wanted.iter().filter_map(|seat| seat.host.as_ref()).try_for_each(|name| {
            self.pool.host(name)?;
            Ok(())
        })
    }

    fn choose(
        &self,
        wanted: &[RequestedModel],
        listings: &[HostModels],
    ) -> Result<Vec<ModelInfo>, ResolveError> {
        choose(wanted, listings, &*self.pool)
    }
}

#[cfg(test)]
mod tests;
