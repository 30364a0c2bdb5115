mod agent_record;
mod registration;
mod report;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::try_join_all;
use synod_domain::{
    AgentId, AgentProfile, DebateConfig, HostName, InvalidId, ModelName, Timestamp,
};
use synod_event_log::{LogError, RecordStore, TypedRecords};
use synod_inference::{
    Gateway, HostError, HostModels, ModelInfo, ModelTrials, RequestedModel, ResolveError,
    TrialReport,
};

pub(crate) use report::capabilities;
pub use report::{AgentReport, AgentStatus};

use crate::{
    AgentFactory, AgentWatch, AssignmentError, ContextFit, Registry, UnknownAgent,
    agent::AgentServices,
    assignment::{self, AssignedProfiles},
    model_lists::ModelLists,
    statistics::StatisticsRecord,
};

/// The longest wait for the loads of the models of a debate. Some HTTP clients give up after 5 s.
const LOAD_WAIT: Duration = Duration::from_secs(4);

/// The agents of a running system: a registry that may change while debates run, with the status,
/// availability and statistics of its agents. Clones share everything.
///
/// A running debate keeps the agents it began with.
///
/// Agents that are added, changed or removed are stored before that takes effect. [`load`](Self::load)
/// applies the stored changes of earlier processes, and [`save`](Self::save) stores statistics.
#[derive(Clone)]
pub struct AgentDirectory(Arc<Inner>);

struct Inner {
    services: Arc<AgentServices>,
    gateway: Arc<Gateway>,
    model_lists: ModelLists,
    /// The agents before any change.
    configured: Arc<Registry>,
    state: Mutex<State>,
    records: TypedRecords,
    /// Held while agents or statistics are stored, so that the store has the same order of changes.
    storing: tokio::sync::Mutex<()>,
}

struct State {
    registry: Arc<Registry>,
    members: HashMap<AgentId, Member>,
}

/// A snapshot marker of all agents and models; see [`AgentDirectory::version`].
#[derive(Clone, Debug)]
pub struct DirectoryVersion {
    /// The number of the newest change.
    change: u64,
    lists: Arc<[HostModels]>,
}

impl PartialEq for DirectoryVersion {
    fn eq(&self, other: &Self) -> bool {
        self.change == other.change && Arc::ptr_eq(&self.lists, &other.lists)
    }
}

/// The data of an agent beside its profile.
#[derive(Clone, Copy)]
struct Member {
    created_at: Timestamp,
    /// Whether its model was available at the last check.
    available: Option<bool>,
}

impl AgentDirectory {
    /// The maximum number of agents.
    pub const MOST: usize = 1_000;

    /// Creates a directory of the registry's agents. `factory` provides their statistics and clock,
    /// `records` keeps changes and statistics.
    #[must_use]
    pub fn new(
        registry: Registry,
        factory: &AgentFactory,
        gateway: Arc<Gateway>,
        records: Arc<dyn RecordStore>,
    ) -> Self {
        let services = Arc::clone(factory.services());
        let created_at = services.statistics.now();
        let member = Member { created_at, available: None };
        let members = registry.iter().map(|agent| (agent.id.clone(), member)).collect();
        let configured = Arc::new(registry);
        let state = Mutex::new(State { registry: Arc::clone(&configured), members });
        Self(Arc::new(Inner {
            services,
            model_lists: ModelLists::new(Arc::clone(&gateway)),
            gateway,
            configured,
            state,
            records: TypedRecords::new(records),
            storing: tokio::sync::Mutex::default(),
        }))
    }

    /// Returns the current registry.
    #[must_use]
    pub fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.state().registry)
    }

    /// Stores the statistics of the calls that have ended since the last time. They are added to those in
    /// the store, which other processes may have changed.
    ///
    /// # Errors
    /// [`LogError`]; the next call stores what is missing.
    pub async fn save(&self) -> Result<(), LogError> {
        let _storing = self.0.storing.lock().await;
        let statistics = &self.0.services.statistics;
        let registry = self.registry();
        let unsaved = registry.iter().filter_map(|a| Some((&a.id, statistics.unsaved(&a.id)?)));
        // Together, so that a store that syncs its writes does so once.
        let updates = unsaved.map(|(id, unsaved)| async move {
            let add = |stored: Option<StatisticsRecord>| unsaved.added_to(stored).into();
            let sum: Option<StatisticsRecord> = self.0.records.update(id.as_str(), add).await?;
            // Beside those that a newer version has stored, they are not stored, but still counted here.
            if let Some(sum) = sum {
                statistics.saved(id, unsaved, sum.into());
            }
            Ok(())
        });
        try_join_all(updates).await.map(|_: Vec<()>| ())
    }

    /// Finds the agents that a configuration names, and a model for each. Uses the hosts' recent lists
    /// of models, and asks the hosts again only if those do not suffice. Models are tried, as by
    /// [`Gateway::resolve`], but loads are waited for no longer than 4 s in all, since clients wait for the
    /// result: hosts usually refuse to load a model within that time. A load that takes longer continues.
    ///
    /// # Errors
    /// As [`assign_models`](crate::assign_models()).
    pub async fn assign_models(
        &self,
        config: &DebateConfig,
        registry: &Registry,
    ) -> Result<AssignedProfiles, AssignmentError> {
        let gateway = &self.0.gateway;
        let (agents, wanted) = assignment::requested_models(config, registry, &[])?;
        let lists = self.0.model_lists.recent().await;
        let has_loaded = AtomicBool::new(false);
        let report = |report: TrialReport<'_>| {
            if let TrialReport::Loading(_) = report {
                has_loaded.store(true, Ordering::Relaxed);
            }
        };
        let trials = ModelTrials::default().within(LOAD_WAIT).reporting(&report);
        let infos = match gateway.resolve_by_trial(&lists, &wanted, trials).await {
            Err(refused @ ResolveError::CannotChat { .. }) => Err(refused),
            Err(_) => gateway.resolve_with(&wanted, trials).await,
            infos => infos,
        };
        if has_loaded.into_inner() {
            // The hosts now report the windows of these models.
            self.0.model_lists.invalidate();
        }
        Ok(assignment::assign(config, agents, &wanted, infos?, gateway))
    }

    /// Finds the agents and models that [`assign_models`](Self::assign_models) would find by the hosts' recent
    /// lists, without trying or loading a model.
    ///
    /// # Errors
    /// As [`assign_models`](crate::assign_models()).
    pub async fn plan_models(
        &self,
        config: &DebateConfig,
        registry: &Registry,
    ) -> Result<AssignedProfiles, AssignmentError> {
        let gateway = &self.0.gateway;
        let (agents, wanted) = assignment::requested_models(config, registry, &[])?;
        let lists = self.0.model_lists.recent().await;
        let infos = gateway.resolve_among(&lists, &wanted)?;
        Ok(assignment::assign(config, agents, &wanted, infos, gateway))
    }

    /// Reads the name of a model as `MODEL` or `HOST/MODEL`, by the hosts' recent lists of models: see
    /// [`RequestedModel::parse`].
    ///
    /// # Errors
    /// [`InvalidId`] if the name is not valid for a model.
    pub async fn requested_model(&self, name: &str) -> Result<RequestedModel, InvalidId> {
        self.0.model_lists.named(name).await
    }

    /// Checks whether the question of a debate fits the context windows of its models, by the hosts'
    /// recent lists. Only loaded models are checked: the window of others is not known before.
    pub async fn context_fit(
        &self,
        config: &DebateConfig,
        seats: &AssignedProfiles,
    ) -> Option<ContextFit> {
        let lists = self.0.model_lists.recent().await;
        let window = |host: &HostName, model: &ModelName| {
            let mut infos = lists.iter().filter_map(|host| host.models.as_ref().ok()).flatten();
            let info = infos.find(|info| info.host == *host && info.model == *model)?;
            info.window.filter(|_| info.loaded)
        };
        ContextFit::of(config, seats.all().map(|s| (&s.host, &s.model, window(&s.host, &s.model))))
    }

    /// Returns a version of [`reports`](Self::reports): while it is equal, the reports are the same.
    /// Take the version first, then the reports.
    pub async fn version(&self) -> DirectoryVersion {
        let lists = self.0.model_lists.recent().await;
        DirectoryVersion { change: self.0.services.statistics.changes().newest(), lists }
    }

    /// Returns the report of an agent. Hosts are asked for their models only if the last lists are old.
    ///
    /// # Errors
    /// [`UnknownAgent`].
    pub async fn report(&self, id: &AgentId) -> Result<AgentReport, UnknownAgent> {
        self.registry().get(id)?;
        let lists = self.0.model_lists.recent().await;
        self.report_by(&lists, id)
    }

    /// Returns the reports of all agents, sorted by id.
    pub async fn reports(&self) -> Vec<AgentReport> {
        let lists = self.0.model_lists.recent().await;
        let registry = self.registry();
        registry.iter().filter_map(|agent| self.report_by(&lists, &agent.id).ok()).collect()
    }

    /// Returns the hosts that failed to list their models when last asked, with the error.
    pub async fn silent_hosts(&self) -> Vec<(HostName, HostError)> {
        let lists = self.0.model_lists.recent().await;
        let failed = |host: &HostModels| {
            let error = host.models.as_ref().err()?;
            Some((host.host.clone(), error.clone()))
        };
        lists.iter().filter_map(failed).collect()
    }

    /// Returns a watch of the agents that change from now on.
    #[must_use]
    pub fn watch(&self) -> AgentWatch {
        AgentWatch::new(Arc::clone(self.0.services.statistics.changes()))
    }

    pub(crate) fn services(&self) -> &AgentServices {
        &self.0.services
    }

    pub(crate) fn gateway(&self) -> &Gateway {
        &self.0.gateway
    }

    pub(crate) fn records(&self) -> &TypedRecords {
        &self.0.records
    }

    pub(crate) fn model_lists(&self) -> &ModelLists {
        &self.0.model_lists
    }

    fn report_by(&self, lists: &[HostModels], id: &AgentId) -> Result<AgentReport, UnknownAgent> {
        let profile = self.registry().get(id)?.clone();
        let info = self.info(lists, &profile);
        let mut state = self.state();
        let gone = || UnknownAgent { id: id.clone(), instead: String::new() };
        let member = state.members.get_mut(id).ok_or_else(gone)?;
        let before = member.available.replace(info.is_some());
        let created_at = member.created_at;
        drop(state);
        if before.is_some_and(|before| before != info.is_some()) {
            self.note(id);
        }
        let statistics = self.0.services.statistics.of(id);
        Ok(AgentReport::new((profile, created_at), info, statistics))
    }

    fn info(&self, lists: &[HostModels], agent: &AgentProfile) -> Option<ModelInfo> {
        self.0.model_lists.info_among(lists, &wanted(agent)).ok()
    }

    fn note(&self, id: &AgentId) {
        self.0.services.statistics.changes().note(id);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The host and model that an agent requires, if any.
pub(crate) fn wanted(agent: &AgentProfile) -> RequestedModel {
    RequestedModel { host: agent.host.clone(), model: agent.model.clone() }
}

impl std::fmt::Debug for AgentDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentDirectory").field("registry", &self.registry()).finish_non_exhaustive()
    }
}
