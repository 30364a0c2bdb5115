use std::sync::Arc;

use synod_agents::{AgentDirectory, AgentFactory, AgentsFileError, Registry, TaskRunner};
use synod_debate_engine::{DebateHub, Participant, Settings, SystemClock};
use synod_domain::Clock;
use synod_event_log::{EventLog, MemoryLog, MemoryRecords, Observed, RecordStore};
use synod_inference::Gateway;
use synod_metrics::{EventMetrics, MetricsRegistry};

use crate::{
    Synod,
    participants::{CustomFirst, CustomParticipants},
    write_behind::WriteBehind,
};

/// The name of the host of [`Synod::ollama`].
#[cfg(feature = "ollama")]
const OLLAMA: &str = "ollama";

/// Builds a [`Synod`]. By default it has the built-in agents, and keeps its log and records in memory.
#[must_use]
pub struct SynodBuilder {
    models: Arc<Gateway>,
    agents: Option<Registry>,
    custom: CustomParticipants,
    log: Option<Arc<dyn EventLog>>,
    records: Option<Arc<dyn RecordStore>>,
    engine: Settings,
    metrics: Option<Arc<MetricsRegistry>>,
    clock: Option<Arc<dyn Clock>>,
}

impl SynodBuilder {
    pub(crate) fn new(models: Arc<Gateway>) -> Self {
        let custom = CustomParticipants::default();
        Self {
            models,
            agents: None,
            custom,
            log: None,
            records: None,
            engine: Settings::default(),
            metrics: None,
            clock: None,
        }
    }

    #[cfg(feature = "ollama")]
    pub(crate) fn ollama(url: &str) -> Result<Self, crate::ConnectError> {
        use synod_inference::{GatewaySettings, HostName, OllamaHost};

        let client = synod_ollama_client::Client::new(url)?;
        let host = OllamaHost::new(HostName::new(OLLAMA)?, client);
        Ok(Self::new(Arc::new(Gateway::new(vec![Arc::new(host)], GatewaySettings::default()))))
    }

    /// Sets the agents, by default the built-in ones.
    pub fn with_agents(self, agents: Registry) -> Self {
        Self { agents: Some(agents), ..self }
    }

    /// Adds the agents in the tables `[agents.NAME]` of a configuration file.
    ///
    /// # Errors
    /// [`AgentsFileError`] for the first problem, with its line.
    pub fn with_agents_toml(self, toml: &str) -> Result<Self, AgentsFileError> {
        let agents = self.agents.unwrap_or_else(Registry::built_in).with_file(toml)?;
        Ok(Self { agents: Some(agents), ..self })
    }

    /// Adds a participant that is not an agent on a model, such as a program or a person: a
    /// [`participant_fn`](crate::participant_fn), or any [`Participant`]. Debates name it by its id, like an
    /// agent, and one value takes part in all of them. It replaces an agent of the same id.
    pub fn with_participant(
        mut self,
        id: impl Into<String>,
        participant: impl Participant + 'static,
    ) -> Self {
        self.custom.insert(id.into(), Arc::new(participant));
        self
    }

    /// Sets the log of debates, by default one in memory. It must use the same clock as [`with_clock`](Self::with_clock) sets.
    pub fn with_log(self, log: Arc<dyn EventLog>) -> Self {
        Self { log: Some(log), ..self }
    }

    /// Sets the store of what is kept beside the debates: agents that are added, changed or removed while
    /// the system runs, their statistics, and tasks. By default they are kept in memory.
    /// [`Synod::restore`] reads what is there.
    pub fn with_records(self, records: Arc<dyn RecordStore>) -> Self {
        Self { records: Some(records), ..self }
    }

    /// Sets how debates are driven: under which name this process claims them, and whether others take
    /// them over. Every process that shares a log needs a name of its own.
    pub fn with_engine_settings(self, engine: Settings) -> Self {
        Self { engine, ..self }
    }

    /// Counts debates, calls and tokens in these metrics, by default in new ones.
    pub fn with_metrics(self, metrics: Arc<MetricsRegistry>) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    /// Sets the clock, by default the system's.
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// Builds the system. Debates run in the current tokio runtime.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn build(self) -> Synod {
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let metrics = self
            .metrics
            .unwrap_or_else(|| Arc::new(MetricsRegistry::new(env!("CARGO_PKG_VERSION"))));
        let log = self.log.unwrap_or_else(|| Arc::new(MemoryLog::new(Arc::clone(&clock))));
        let log = Arc::new(Observed::new(log, EventMetrics::new(Arc::clone(&metrics))));
        let factory = AgentFactory::with_clock(Arc::clone(&self.models) as _, Arc::clone(&clock));
        let registry = self.agents.unwrap_or_else(Registry::built_in);
        let records = self.records.unwrap_or_else(|| Arc::new(MemoryRecords::default()));
        let models = Arc::clone(&self.models);
        let agents = AgentDirectory::new(registry, &factory, models, Arc::clone(&records));
        let custom = Arc::new(self.custom);
        let panel = CustomFirst { custom: Arc::clone(&custom), agents: factory.clone() };
        let tasks = TaskRunner::new(agents.clone(), self.engine.worker.as_str());
        let debates = DebateHub::new(log, Arc::clone(&clock), Arc::new(panel), self.engine);
        let write_behind = Arc::new(WriteBehind::new(agents.clone(), tasks.clone()));
        Synod {
            debates,
            agents,
            custom,
            profiles: Arc::default(),
            factory,
            tasks,
            models: self.models,
            metrics,
            clock,
            records,
            write_behind,
        }
    }
}

impl std::fmt::Debug for SynodBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SynodBuilder").field("agents", &self.agents).finish_non_exhaustive()
    }
}
