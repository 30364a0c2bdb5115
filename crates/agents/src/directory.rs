mod report;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use synod_domain::{AgentId, AgentProfile, DebateConfig, HostName, ModelName, Timestamp};
use synod_inference::{Gateway, HostError, HostModels, ModelCard, Wanted};

pub(crate) use report::capabilities;
pub use report::{AgentReport, AgentStatus};

use crate::{
    AgentChange, AgentFactory, AgentWatch, AgentsError, ContextFit, Registry,
    agent::AgentServices,
    assignment::{self, AssignedProfiles},
    listings::Listings,
    registry::Flaw,
};

/// The agents on duty: a registry that may change while debates run, what its agents do, and
/// whether they can be asked. Clones are the same.
///
/// Debates that run go on with the agents they began with.
#[derive(Clone)]
pub struct AgentDirectory(Arc<Inner>);

struct Inner {
    services: Arc<AgentServices>,
    gateway: Arc<Gateway>,
    listings: Listings,
    state: Mutex<State>,
}

struct State {
    registry: Arc<Registry>,
    members: HashMap<AgentId, Member>,
}

/// What was known of all agents and models at one time; see [`AgentDirectory::version`].
#[derive(Clone, Debug)]
pub struct DirectoryVersion {
    /// The number of the newest change.
    change: u64,
    listed: Arc<[HostModels]>,
}

impl PartialEq for DirectoryVersion {
    fn eq(&self, other: &Self) -> bool {
        self.change == other.change && Arc::ptr_eq(&self.listed, &other.listed)
    }
}

/// What is known of an agent beside its profile.
#[derive(Clone, Copy)]
struct Member {
    created_at: Timestamp,
    /// Whether it could be asked when that was last looked at.
    available: Option<bool>,
}

impl AgentDirectory {
    /// Most agents there may be.
    pub const MOST: usize = 1_000;

    /// The agents of a registry on duty in this factory, which tells their times and statistics.
    #[must_use]
    pub fn new(registry: Registry, factory: &AgentFactory, gateway: Arc<Gateway>) -> Self {
        let services = Arc::clone(factory.services());
        let created_at = services.statistics.now();
        let member = Member { created_at, available: None };
        let members = registry.iter().map(|agent| (agent.id.clone(), member)).collect();
        let state = Mutex::new(State { registry: Arc::new(registry), members });
        let listings = Listings::new(Arc::clone(&gateway));
        Self(Arc::new(Inner { services, gateway, listings, state }))
    }

    /// The agents as they are now.
    #[must_use]
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.state().registry)
    }

    /// Adds an agent. It may name a host or a model that is not there: until it is, the agent is
    /// unavailable.
    ///
    /// # Errors
    /// [`AgentsError::Taken`], [`AgentsError::Full`], or [`AgentsError::Unfit`] for the first thing
    /// that cannot be.
    pub fn add(&self, id: AgentId, what: AgentChange) -> Result<AgentProfile, AgentsError> {
        let mut state = self.state();
        if state.members.contains_key(&id) {
            return Err(AgentsError::Taken { id });
        }
        if state.members.len() >= Self::MOST {
            return Err(AgentsError::Full { most: Self::MOST });
        }
        let agent = what.apply(&id, None).map_err(|flaw| unfit(&id, flaw))?;
        Arc::make_mut(&mut state.registry).insert(agent.clone());
        let created_at = self.0.services.statistics.now();
        state.members.insert(id, Member { created_at, available: None });
        self.0.services.statistics.forget(&agent.id);
        drop(state);
        self.note(&agent.id);
        Ok(agent)
    }

    /// Changes an agent.
    ///
    /// # Errors
    /// [`AgentsError::UnknownAgent`], or [`AgentsError::Unfit`] for the first thing that cannot be.
    pub fn change(&self, id: &AgentId, what: AgentChange) -> Result<AgentProfile, AgentsError> {
        let mut state = self.state();
        let known = state.registry.get(id)?.clone();
        let agent = what.apply(id, Some(known)).map_err(|flaw| unfit(id, flaw))?;
        Arc::make_mut(&mut state.registry).insert(agent.clone());
        drop(state);
        self.note(id);
        Ok(agent)
    }

    /// Removes an agent and its statistics. What it has begun goes on.
    ///
    /// # Errors
    /// [`AgentsError::UnknownAgent`].
    pub fn remove(&self, id: &AgentId) -> Result<AgentProfile, AgentsError> {
        let mut state = self.state();
        let agent = state.registry.get(id)?.clone();
        Arc::make_mut(&mut state.registry).remove(id);
        state.members.remove(id);
        self.0.services.statistics.forget(id);
        drop(state);
        self.note(id);
        Ok(agent)
    }

    /// Finds the agents that a configuration names among these, and a model for each, by what the
    /// hosts told lately; they are asked now only if that does not do. A model that its host tells
    /// nothing of is tried, as by [`Gateway::resolve`].
    ///
    /// # Errors
    /// As [`assign_models`](crate::assign_models()).
    pub async fn assign_models(
        &self,
        config: &DebateConfig,
        registry: &Registry,
    ) -> Result<AssignedProfiles, AgentsError> {
        let (agents, wanted) = assignment::requested_models(config, registry, &[])?;
        let listed = self.0.listings.recent().await;
        let cards = match self.0.gateway.resolve_by_trial(&listed, &wanted).await {
            Ok(cards) => cards,
            Err(_) => self.0.gateway.resolve(&wanted).await?,
        };
        Ok(assignment::assign(config, agents, &wanted, cards, &self.0.gateway))
    }

    /// How the question of a debate fits the windows of its seats, by what the hosts told lately.
    /// Only models count that are resident: of others the window is known once they are loaded.
    pub async fn context_fit(
        &self,
        config: &DebateConfig,
        seats: &AssignedProfiles,
    ) -> Option<ContextFit> {
        let listed = self.0.listings.recent().await;
        let window = |host: &HostName, model: &ModelName| {
            let mut cards = listed.iter().filter_map(|told| told.models.as_ref().ok()).flatten();
            let card = cards.find(|card| card.host == *host && card.model == *model)?;
            card.window.filter(|_| card.loaded)
        };
        ContextFit::of(config, seats.all().map(|s| (&s.host, &s.model, window(&s.host, &s.model))))
    }

    /// What [`reports`](Self::reports) depends on: while it stays equal, they stay the same. Take
    /// it before them.
    pub async fn version(&self) -> DirectoryVersion {
        let listed = self.0.listings.recent().await;
        DirectoryVersion { change: self.0.services.statistics.changes().newest(), listed }
    }

    /// How it stands with an agent. Hosts are asked for their models only if that was long ago.
    ///
    /// # Errors
    /// [`AgentsError::UnknownAgent`].
    pub async fn report(&self, id: &AgentId) -> Result<AgentReport, AgentsError> {
        self.registry().get(id)?;
        let listed = self.0.listings.recent().await;
        self.report_by(&listed, id)
    }

    /// How it stands with all agents, by id.
    pub async fn reports(&self) -> Vec<AgentReport> {
        let listed = self.0.listings.recent().await;
        let registry = self.registry();
        registry.iter().filter_map(|agent| self.report_by(&listed, &agent.id).ok()).collect()
    }

    /// The hosts that did not tell their models when they were last asked, and why.
    pub async fn silent_hosts(&self) -> Vec<(HostName, HostError)> {
        let listed = self.0.listings.recent().await;
        let silent = |told: &HostModels| {
            let error = told.models.as_ref().err()?;
            Some((told.host.clone(), error.clone()))
        };
        listed.iter().filter_map(silent).collect()
    }

    /// Tells from now on which agents change.
    #[must_use]
    pub fn watch(&self) -> AgentWatch {
        AgentWatch::new(Arc::clone(&self.0.services))
    }

    pub(crate) fn services(&self) -> &AgentServices {
        &self.0.services
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.0.gateway
    }

    pub(crate) fn listings(&self) -> &Listings {
        &self.0.listings
    }

    fn report_by(&self, listed: &[HostModels], id: &AgentId) -> Result<AgentReport, AgentsError> {
        let profile = self.registry().get(id)?.clone();
        let card = self.card(listed, &profile);
        let mut state = self.state();
        let gone = || AgentsError::UnknownAgent { id: id.clone(), instead: String::new() };
        let member = state.members.get_mut(id).ok_or_else(gone)?;
        let before = member.available.replace(card.is_some());
        let created_at = member.created_at;
        drop(state);
        if before.is_some_and(|before| before != card.is_some()) {
            self.note(id);
        }
        let statistics = self.0.services.statistics.of(id);
        Ok(AgentReport::new((profile, created_at), card, statistics))
    }

    fn card(&self, listed: &[HostModels], agent: &AgentProfile) -> Option<ModelCard> {
        self.0.listings.card_among(listed, &wanted(agent)).ok()
    }

    fn note(&self, id: &AgentId) {
        self.0.services.statistics.changes().note(id);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The model that an agent insists on, if it does.
pub(crate) fn wanted(agent: &AgentProfile) -> Wanted {
    Wanted { host: agent.host.clone(), model: agent.model.clone() }
}

fn unfit(agent: &AgentId, Flaw { key, detail }: Flaw) -> AgentsError {
    AgentsError::Unfit { agent: agent.clone(), key, detail }
}

impl std::fmt::Debug for AgentDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentDirectory").field("registry", &self.registry()).finish_non_exhaustive()
    }
}
