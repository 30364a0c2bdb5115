mod ability;
mod backoff;
mod breaker;
mod call;
mod candidates;
mod crowding;
mod digest;
mod directory;
mod dispatch;
mod embedder;
mod examined;
mod fresh_listing;
mod gateway_model;
mod health;
mod host_listing;
mod host_probe;
mod host_rank;
mod host_state;
mod host_wait;
mod learnt_window;
mod load_statistics;
mod model;
mod model_state;
mod model_trials;
mod outage;
mod resolve;
mod resolve_error;
mod selection;
mod settings;
mod thought;
mod trial;
mod trial_run;

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

pub use self::{
    backoff::RetrySettings,
    breaker::CircuitBreakerSettings,
    embedder::Embedder,
    host_listing::HostModels,
    host_state::HostState,
    load_statistics::LoadStatistics,
    model_state::ModelTraffic,
    model_trials::{ModelTrials, TrialReport},
    resolve::RequestedModel,
    resolve_error::{ExcludedModels, OtherModels, ResolveError},
    settings::GatewaySettings,
    thought::SeenThinking,
};
use self::{
    directory::{Directory, HostEntry},
    gateway_model::GatewayModel,
    model::ModelAtHost,
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
    ) -> Result<ModelAtHost, ResolveError> {
        let host = self.directory.host(host)?;
        if let Some(model) = host.holding(model) {
            return Ok(model);
        }
        let wanted = RequestedModel { host: Some(host.name().clone()), model: Some(model.clone()) };
        let listing = host.list().await;
        let mut infos = self.resolve_among(&[listing], &[wanted])?;
        Ok(host.model(infos.remove(0)))
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

    /// What each host is doing now. No host is asked.
    #[must_use]
    pub fn host_states(&self) -> Vec<HostState> {
        self.directory.hosts().iter().map(HostEntry::state).collect()
    }

    /// A command that installs some model that can chat, on the first host that knows one.
    #[must_use]
    pub fn install_hint(&self) -> Option<String> {
        self.directory.hosts().iter().find_map(|host| host.install_hint(None))
    }

    /// The time from the beginning of a call to this model to its end, without waiting and loading, on
    /// average over its last calls. `None` until one has ended.
    #[must_use]
    pub fn usual_call_time(&self, host: &HostName, model: &ModelName) -> Option<Duration> {
        let model = self.directory.host(host).ok()?.known_model(model)?;
        model.state().scheduler.usual_time()
    }

    /// How this model thought before its last reply in free text. `None`: no thought was seen.
    #[must_use]
    pub fn seen_thinking(&self, host: &HostName, model: &ModelName) -> Option<SeenThinking> {
        let model = self.directory.host(host).ok()?.known_model(model)?;
        model.state().thought.before_last_text()
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
}

#[cfg(test)]
mod tests;
