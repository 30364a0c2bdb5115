mod ability;
mod backoff;
mod breaker;
mod call;
mod candidates;
mod crowding;
mod directory;
mod dispatch;
mod embedder;
mod gateway_model;
mod health;
mod host_listing;
mod host_rank;
mod host_wait;
mod learnt_window;
mod load_statistics;
mod model;
mod model_state;
mod outage;
mod resolve;
mod resolve_error;
mod settings;
mod thought;
mod trial;

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

pub use self::{
    backoff::RetrySettings,
    breaker::CircuitBreakerSettings,
    embedder::Embedder,
    host_listing::HostModels,
    load_statistics::LoadStatistics,
    model_state::ModelTraffic,
    resolve::RequestedModel,
    resolve_error::{ExcludedModels, OtherModels, ResolveError},
    settings::GatewaySettings,
};
use self::{
    directory::{Directory, HostEntry},
    gateway_model::GatewayModel,
    model::PinnedModel,
    resolve::choose,
    trial::try_to_chat,
};
use crate::{
    AccessRefusal, AdmissionClass, ChatError, ChatModel, Flow, HostName, ModelHost, ModelInfo,
    ModelName, Phase,
};

/// The pause before a host that is loading is asked for its models again.
const LISTED_AGAIN: Duration = Duration::from_secs(2);

/// The entrance to the models: every call of a program to a model goes through one gateway.
///
/// Its models are [`ChatModel`]s whose calls are scheduled, timed and sent again by the rules of
/// [`GatewaySettings`]. All calls to one model on one host share one queue, in which each [`Flow`] has
/// its share.
///
/// A host that fails is avoided for a while ([`CircuitBreakerSettings`]) by all calls that may go
/// elsewhere.
pub struct Gateway {
    directory: Arc<Directory>,
}

/// How a host is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostHealth {
    /// The host.
    pub host: HostName,
    /// It has failed, and calls that may go elsewhere avoid it.
    pub is_circuit_open: bool,
    /// Calls so far that moved to another host before any output.
    pub calls_moved_away: u64,
}

impl Gateway {
    /// A gateway to these hosts, in the order in which they are preferred. Of hosts that share a
    /// name the first counts.
    #[must_use]
    pub fn new(hosts: Vec<Arc<dyn ModelHost>>, settings: GatewaySettings) -> Self {
        let settings = Arc::new(settings);
        let mut listed = Vec::<HostEntry>::with_capacity(hosts.len());
        for host in hosts {
            if listed.iter().any(|earlier| earlier.name() == host.name()) {
                tracing::warn!(host = %host.name(), "left out: an earlier host has this name");
            } else {
                listed.push(HostEntry::new(host, Arc::clone(&settings)));
            }
        }
        Self { directory: Arc::new(Directory::new(listed)) }
    }

    /// Asks all hosts at once for their models. A host that fails or takes longer than
    /// [`listing_limit`](GatewaySettings::listing_limit) does not hold up the others.
    pub async fn models(&self) -> Vec<HostModels> {
        join_all(self.directory.hosts().iter().map(HostEntry::list)).await
    }

    /// Asks all hosts for their models as [`models`](Self::models) does, and asks those again that report
    /// that they are loading ([`HostError::Loading`](crate::HostError::Loading)), until they list their
    /// models or their limit is over ([`load_limit`](GatewaySettings::load_limit)). Before each pause
    /// `report` learns which hosts are waited for, and for how long so far.
    pub async fn models_when_loaded(
        &self,
        mut report: impl FnMut(&[HostName], Duration),
    ) -> Vec<HostModels> {
        let begun = Instant::now();
        let mut listings = self.models().await;
        loop {
            let waited = begun.elapsed();
            let hosts = self.directory.hosts().iter().zip(&mut listings);
            let loading: Vec<_> = hosts
                .filter(|(host, listing)| listing.is_loading() && waited < host.load_limit())
                .collect();
            if loading.is_empty() {
                return listings;
            }
            let names: Vec<_> = loading.iter().map(|(host, _)| host.name().clone()).collect();
            report(&names, waited);
            sleep(LISTED_AGAIN).await;
            for (host, listing) in loading {
                *listing = host.list().await;
            }
        }
    }

    /// A model by host and name, whose calls go to this host and to no other. The host is asked only for
    /// a model that it has not listed before.
    ///
    /// # Errors
    /// [`ResolveError`] if there is no such host, it does not answer, or the model is missing or
    /// cannot chat.
    pub async fn chat_model(
        &self,
        host: &HostName,
        model: &ModelName,
    ) -> Result<Arc<dyn ChatModel>, ResolveError> {
        Ok(Arc::new(GatewayModel::Pinned(self.pinned_model(host, model).await?)))
    }

    /// A model by host and name, whose calls any host with the same model may serve: one of that name,
    /// and of that digest if both are known. A model that runs beyond this network is not used in place
    /// of another, nor is a demo model.
    ///
    /// Each call goes to the host that has the least to do for it when it begins: one that is not avoided;
    /// then the one with the fewest calls in service and waiting per slot, where a model that is not in
    /// memory counts as four more; then the host named here. A call that fails before any output, for a
    /// cause that lies with the host, goes to the next host, once to each; it is sent again to the same
    /// host, after a pause, only while no other would take it.
    /// [`ChatEvent::Moved`](crate::ChatEvent::Moved) reports where it is. If it fails everywhere, the
    /// error is [`ChatError::AllHostsFailed`]; while none of its hosts is ready, it waits for the first
    /// that is, and ends with [`ChatError::NoHostReady`] if that takes too long.
    ///
    /// If the host named here does not have the model or does not answer, another takes its place, and
    /// [`info`](ChatModel::info) describes that one. Hosts are asked only if they never were, except the
    /// one named here, which is asked for a model that it has not listed unless it is avoided.
    ///
    /// # Errors
    /// [`ResolveError`] as from [`chat_model`](Self::chat_model), if no host has the model.
    pub async fn pooled_model(
        &self,
        host: &HostName,
        model: &ModelName,
        digest: Option<&str>,
    ) -> Result<Arc<dyn ChatModel>, ResolveError> {
        let new = self.directory.hosts().iter().filter(|host| !host.was_asked());
        join_all(new.map(HostEntry::list)).await;
        let stand_in = self.directory.best_replica(host, model, digest);
        let is_avoided = self.directory.host(host).map_or(true, |host| host.health().is_avoided());
        let is_known = self.directory.host(host).is_ok_and(|host| host.holding(model).is_some());
        let own = match stand_in {
            Some(other) if is_avoided && !is_known => other,
            Some(other) => self.pinned_model(host, model).await.unwrap_or(other),
            None => self.pinned_model(host, model).await?,
        };
        Ok(Arc::new(GatewayModel::pooled(Arc::clone(&self.directory), own, digest)))
    }

    /// The other hosts that may serve the calls of a [`pooled_model`](Self::pooled_model), as far as they
    /// have listed it.
    #[must_use]
    pub fn replicas(
        &self,
        host: &HostName,
        model: &ModelName,
        digest: Option<&str>,
    ) -> Vec<HostName> {
        let models = self.directory.replicas(host, model, digest);
        models.map(|(_, model)| model.host().clone()).collect()
    }

    async fn pinned_model(
        &self,
        host: &HostName,
        model: &ModelName,
    ) -> Result<PinnedModel, ResolveError> {
        let host = self.directory.host(host)?;
        if let Some(model) = host.holding(model) {
            return Ok(model);
        }
        let wanted = RequestedModel { host: Some(host.name().clone()), model: Some(model.clone()) };
        let listing = host.list().await;
        let mut infos = self.resolve_among(&[listing], &[wanted])?;
        Ok(host.model(infos.remove(0)))
    }

    /// Chooses one model per request, in the order of the requests.
    ///
    /// A model that is named must exist and chat; it is never replaced by another. Ollama's implied tag
    /// is understood: `llama3.2` is `llama3.2:latest`. If no host is named with it, the host with the
    /// least to do for it is chosen, as for a call of a [`pooled_model`](Self::pooled_model); of equal
    /// hosts, the first.
    ///
    /// Requests without a model get models that can chat, on hosts that are not avoided before others. Of
    /// those, models known to chat come before models of which neither the host nor the name shows it:
    /// models in memory first, since they need no load and push nothing out; then those whose weights
    /// have at most 8 GiB, which load in reasonable time on a personal machine, the largest first; then
    /// larger ones, the smallest first. Between equal ones the order of the hosts decides, then size. The
    /// best of this list and the best of another family alternate over the requests; if there is no other
    /// family, or only a large one that is not in memory, one model serves all. Tiny models
    /// ([`Scale::Tiny`](crate::Scale::Tiny)) are chosen only if no host that is not avoided has a larger
    /// one, in memory or not; demo models only if there is nothing else; and remote models only if they
    /// are named, so that no text leaves the machine and its network unless its user asks for that.
    ///
    /// Models that cannot chat are excluded: by what their host reports, else by what their name shows
    /// ([`ModelKind::of_name`](crate::ModelKind::of_name)), else by what they do. If the host does not
    /// report it, a model that is about to be chosen without being named is tried by a call of one token,
    /// once in the life of the gateway, unless it has chatted before; if its host refuses to chat with
    /// it, the next one is chosen. A trial may take [`trial_limit`](GatewaySettings::trial_limit).
    ///
    /// Only the hosts that the requests allow are asked, all at once.
    ///
    /// # Errors
    /// [`ResolveError`] for the first request without a model.
    pub async fn resolve(&self, wanted: &[RequestedModel]) -> Result<Vec<ModelInfo>, ResolveError> {
        self.know_hosts(wanted)?;
        let allowed = self.directory.hosts().iter().filter(|host| {
            wanted
                .iter()
                .any(|request| request.host.as_ref().is_none_or(|name| name == host.name()))
        });
        let listings = join_all(allowed.map(HostEntry::list)).await;
        self.resolve_by_trial(&listings, wanted).await
    }

    /// Chooses one model per request as [`resolve`](Self::resolve) does, from earlier listings: no host is
    /// asked for its models, and models are tried.
    ///
    /// # Errors
    /// [`ResolveError`] for the first request without a model.
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

    /// Chooses one model per request as [`resolve`](Self::resolve) does, from earlier listings: no host is
    /// asked, and no model is tried.
    ///
    /// # Errors
    /// [`ResolveError`] for the first request without a model.
    pub fn resolve_among(
        &self,
        listings: &[HostModels],
        wanted: &[RequestedModel],
    ) -> Result<Vec<ModelInfo>, ResolveError> {
        self.know_hosts(wanted)?;
        choose(wanted, listings, &*self.directory)
    }

    /// Why this model, as a host listed it, does not chat, if its host refuses that. A model of which
    /// neither the host nor a call has shown whether it chats is tried, as [`resolve`](Self::resolve)
    /// does.
    pub async fn chat_refusal(&self, info: &ModelInfo) -> Option<String> {
        let model = self.directory.host(&info.host).ok()?.model(info.clone());
        let state = model.state();
        if info.guessed && state.ability.is_unknown() {
            let model = GatewayModel::Pinned(model.clone());
            try_to_chat(&model, state.settings.trial_limit).await;
        }
        state.ability.refusal()
    }

    /// The models chosen without being named of which nothing shows yet that they chat.
    fn untried(
        &self,
        wanted: &[RequestedModel],
        infos: &[ModelInfo],
    ) -> Vec<(GatewayModel, Duration)> {
        let mut untried = Vec::<(GatewayModel, Duration)>::new();
        let taken = wanted.iter().zip(infos).filter(|(request, _)| request.model.is_none());
        for (_, info) in taken.filter(|(_, info)| info.guessed) {
            let Ok(host) = self.directory.host(&info.host) else { continue };
            let model = host.model(info.clone());
            let is_new = untried.iter().all(|(known, _)| {
                (&known.info().host, &known.info().model) != (&info.host, &info.model)
            });
            if is_new && model.state().ability.is_unknown() {
                let limit = model.state().settings.trial_limit;
                untried.push((GatewayModel::Pinned(model), limit));
            }
        }
        untried
    }

    /// Waits until this model, as [`models`](Self::models) listed it, may embed. The call shares the queue
    /// with the chats of the model; `report` learns its position. Dropping the future leaves the queue.
    ///
    /// # Errors
    /// [`ChatError::Busy`] if too many wait, or it waited too long; [`ChatError::ModelNotFound`]
    /// if there is no such host.
    pub async fn embedder(
        &self,
        info: &ModelInfo,
        class: AdmissionClass,
        flow: &Flow,
        report: impl FnMut(Phase),
    ) -> Result<Embedder, ChatError> {
        let host = self.directory.host(&info.host).map_err(|_| ChatError::ModelNotFound {
            host: info.host.clone(),
            model: info.model.clone(),
        })?;
        host.embedder(info.clone(), class, flow, report).await
    }

    /// How busy each model is that was ever listed.
    #[must_use]
    pub fn traffic(&self) -> Vec<ModelTraffic> {
        self.directory.hosts().iter().flat_map(HostEntry::traffic).collect()
    }

    /// How each host is doing.
    #[must_use]
    pub fn hosts(&self) -> Vec<HostHealth> {
        let health = |host: &HostEntry| HostHealth {
            host: host.name().clone(),
            is_circuit_open: host.health().is_avoided(),
            calls_moved_away: host.health().moved_away(),
        };
        self.directory.hosts().iter().map(health).collect()
    }

    /// Why a host refuses all calls of this program (a key, permission or credit is missing), if it did
    /// when last asked; `None`: it did not, or there is no such host.
    #[must_use]
    pub fn access_refusal(&self, host: &HostName) -> Option<AccessRefusal> {
        self.directory.host(host).ok()?.health().access_refusal()
    }

    /// The error of calls to this model while its host takes none: it loads, cannot be reached, or is
    /// overloaded. `None`: the last call was served, or none was made.
    #[must_use]
    pub fn outage(&self, info: &ModelInfo) -> Option<ChatError> {
        let model = self.directory.host(&info.host).ok()?.model(info.clone());
        model.outages().into_iter().find_map(|outage| outage.error())
    }

    /// The same by name; `None` as well if the model was never listed.
    #[must_use]
    pub fn outage_of(&self, host: &HostName, model: &ModelName) -> Option<ChatError> {
        let model = self.directory.host(host).ok()?.known_model(model)?;
        model.outages().into_iter().find_map(|outage| outage.error())
    }

    /// The loads made on each host, and those that were avoided.
    #[must_use]
    pub fn loads(&self) -> Vec<LoadStatistics> {
        self.directory.hosts().iter().map(HostEntry::loads).collect()
    }

    #[cfg(test)]
    pub(crate) fn schedulers(&self) -> Vec<Arc<crate::scheduler::HostScheduler>> {
        self.directory.hosts().iter().map(|host| Arc::clone(host.scheduler())).collect()
    }

    fn know_hosts(&self, wanted: &[RequestedModel]) -> Result<(), ResolveError> {
        wanted.iter().filter_map(|request| request.host.as_ref()).try_for_each(|name| {
            self.directory.host(name)?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;
