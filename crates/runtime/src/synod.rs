use std::sync::Arc;

use synod_agents::{
    AgentDirectory, AgentFactory, AssignedProfiles, AssignmentError, ContextFit, TaskRunner,
};
use synod_debate_engine::{DebateHandle, DebateHub, EngineError};
use synod_debate_protocol::Debate;
use synod_domain::{Clock, DebateConfig, DebateId, Initialized};
use synod_event_log::{Grades, LogError, RecordStore, export::ExportedDebate};
use synod_inference::{Gateway, GatewaySettings};
use synod_metrics::MetricsRegistry;
use synod_transcript::Transcript;

#[cfg(feature = "ollama")]
use crate::ConnectError;
use crate::{
    DebateBuilder, OpenError, PrepareError, SynodBuilder, participants::CustomParticipants,
    shared_profiles::SharedProfiles, write_behind::WriteBehind,
};

/// A running system: models on hosts, the agents that use them, their tasks, and their debates with the
/// log. Clones share everything.
#[derive(Clone)]
pub struct Synod {
    pub(crate) debates: DebateHub,
    pub(crate) agents: AgentDirectory,
    pub(crate) custom: Arc<CustomParticipants>,
    pub(crate) profiles: Arc<SharedProfiles>,
    pub(crate) factory: AgentFactory,
    pub(crate) tasks: TaskRunner,
    pub(crate) models: Arc<Gateway>,
    pub(crate) metrics: Arc<MetricsRegistry>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) records: Arc<dyn RecordStore>,
    pub(crate) write_behind: Arc<WriteBehind>,
}

/// How sure it is that the models of a debate reply.
#[derive(Clone, Copy)]
enum Models {
    /// They were loaded, or tried by a call, where the host's list does not say enough.
    Tried,
    /// Their hosts list them.
    Listed,
}

impl Synod {
    /// Builds a system on the hosts of a gateway.
    pub fn builder(models: impl Into<Arc<Gateway>>) -> SynodBuilder {
        SynodBuilder::new(models.into())
    }

    /// Builds a system without models, for debates among participants added by
    /// [`with_participant`](SynodBuilder::with_participant).
    pub fn without_models() -> SynodBuilder {
        Self::builder(Gateway::new(Vec::new(), GatewaySettings::default()))
    }

    /// Builds a system on one Ollama server. `url` is written as in `OLLAMA_HOST`: `127.0.0.1:11434`, or
    /// empty for the default. Nothing is sent before the first debate.
    ///
    /// # Errors
    /// [`ConnectError`] if the URL is invalid.
    #[cfg(feature = "ollama")]
    pub fn ollama(url: &str) -> Result<SynodBuilder, ConnectError> {
        SynodBuilder::ollama(url)
    }

    /// Returns all debates of the log, running or not.
    #[must_use]
    pub const fn debates(&self) -> &DebateHub {
        &self.debates
    }

    /// Returns the agents.
    #[must_use]
    pub const fn agents(&self) -> &AgentDirectory {
        &self.agents
    }

    /// Returns the factory of the agents that take part in debates.
    #[must_use]
    pub const fn agent_factory(&self) -> &AgentFactory {
        &self.factory
    }

    /// Returns the runner of tasks and chats.
    #[must_use]
    pub const fn tasks(&self) -> &TaskRunner {
        &self.tasks
    }

    /// Returns the models of all hosts.
    #[must_use]
    pub const fn models(&self) -> &Arc<Gateway> {
        &self.models
    }

    /// Returns the counters of debates, calls and tokens.
    #[must_use]
    pub const fn metrics(&self) -> &Arc<MetricsRegistry> {
        &self.metrics
    }

    /// Returns the clock.
    #[must_use]
    pub const fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Returns the store of the documents beside the debates, such as registered agents.
    #[must_use]
    pub const fn records(&self) -> &Arc<dyn RecordStore> {
        &self.records
    }

    /// Reads what earlier processes stored beside the debates: agents, their statistics, and tasks. From
    /// then on statistics are stored a second after they change, by a task in the current tokio runtime,
    /// and without it only by [`close`](Self::close).
    ///
    /// A program with a durable [record store](SynodBuilder::with_records) calls this once, before it
    /// serves or opens debates. [`DebateHub::recover`] does the same for debates.
    ///
    /// Tasks that had not ended have failed, unless another process still runs them: `is_running` tells
    /// whether there is a process whose [`Settings::worker`](synod_debate_engine::Settings::worker) is this
    /// name. Without other processes on the store it is `|_| false`.
    ///
    /// # Errors
    /// [`LogError`] if the store cannot be read. A record that cannot be read is skipped with a warning.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn restore(&self, is_running: impl Fn(&str) -> bool) -> Result<(), LogError> {
        self.agents.load().await?;
        self.tasks.load(is_running).await?;
        self.write_behind.begin();
        Ok(())
    }

    /// Stores changes at once that are otherwise stored within a second.
    ///
    /// # Errors
    /// [`LogError`]; a later write stores what is missing.
    pub async fn save(&self) -> Result<(), LogError> {
        self.write_behind.save().await
    }

    /// Configures a debate on this question.
    pub fn debate(&self, question: impl Into<String>) -> DebateBuilder {
        DebateBuilder::new(self.clone(), question.into())
    }

    /// Checks a configuration, assigns a model to each agent, and returns the debate's first event for
    /// [`DebateHub::open`].
    ///
    /// # Errors
    /// [`PrepareError`]: an invalid configuration, an unknown agent, no model, or a question that is too
    /// long for the context window of a model.
    pub async fn prepare(&self, config: &DebateConfig) -> Result<Initialized, PrepareError> {
        self.set_up(config, Models::Tried).await
    }

    /// Returns what [`prepare`](Self::prepare) would return, as far as the hosts' recent lists of models show:
    /// no model is tried or loaded.
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare).
    pub async fn plan(&self, config: &DebateConfig) -> Result<Initialized, PrepareError> {
        self.set_up(config, Models::Listed).await
    }

    async fn set_up(
        &self,
        config: &DebateConfig,
        models: Models,
    ) -> Result<Initialized, PrepareError> {
        let valid = config.clone().validate()?;
        let agents = self.assign_models(&self.custom.without(config), models).await?;
        let fit = self.agents.context_fit(config, &agents).await;
        if let Some(fit) = fit.filter(ContextFit::is_too_long) {
            return Err(PrepareError::TooLong { fit: Box::new(fit) });
        }
        let assigned = self.custom.among(config, agents);
        let (moderator, judge) = (assigned.moderator, assigned.judge);
        let mut setup = Debate::initialize(valid, assigned.participants, moderator, judge)?;
        self.profiles.share(&mut setup);
        Ok(setup)
    }

    /// Assigns models to the agents of a configuration. Without agents, no host is asked.
    async fn assign_models(
        &self,
        config: &DebateConfig,
        models: Models,
    ) -> Result<AssignedProfiles, AssignmentError> {
        let rules = &config.debate_rules;
        if config.selected_agents.is_empty() && rules.moderator.is_none() && rules.judge.is_none() {
            let participants = Vec::new();
            return Ok(AssignedProfiles { participants, moderator: None, judge: None });
        }
        let registry = self.agents.registry();
        match models {
            Models::Tried => self.agents.assign_models(config, &registry).await,
            Models::Listed => self.agents.plan_models(config, &registry).await,
        }
    }

    /// Opens a debate. [`DebateHandle::start`] starts it.
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare), or the log failed.
    pub async fn open(&self, config: &DebateConfig) -> Result<DebateHandle, OpenError> {
        Ok(self.debates.open(self.prepare(config).await?).await?)
    }

    /// Returns the transcript of a debate so far, which can be written as Markdown, JSON or HTML.
    ///
    /// # Errors
    /// The log failed or has no such debate.
    pub async fn transcript(&self, debate: DebateId) -> Result<Transcript, EngineError> {
        let events = self.debates.get(debate).await?.events(1, usize::MAX).await?;
        Ok(Transcript::of(events.iter().map(|recorded| &**recorded)))
    }

    /// Reads a debate with the ids of its events and its grade, to write it to a file.
    ///
    /// # Errors
    /// [`EngineError::Log`], among them [`LogError::UnknownDebate`] and [`LogError::Purged`].
    pub async fn export(&self, id: DebateId) -> Result<ExportedDebate, EngineError> {
        let grade = self.grades().get(id).await?.map(|grade| grade.as_str().to_owned());
        Ok(ExportedDebate { grade, ..self.debates.export(id).await? })
    }

    /// Deletes a debate, its grade and the links to it permanently, unless it is unfinished and a process,
    /// such as this one, drives it.
    ///
    /// # Errors
    /// [`EngineError::Log`], among them [`LogError::Held`].
    pub async fn delete(&self, id: DebateId) -> Result<(), EngineError> {
        self.debates.delete(&self.records, id).await
    }

    /// The grades that users gave.
    #[must_use]
    pub fn grades(&self) -> Grades {
        Grades::new(Arc::clone(&self.records))
    }

    /// Stops driving debates, and returns once their calls have ended and the statistics of agents are
    /// stored. A running debate continues when its log is opened again; with a log in memory it is lost.
    pub async fn close(&self) {
        self.debates.close().await;
        self.write_behind.close().await;
    }
}

impl std::fmt::Debug for Synod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Synod").field("agents", &self.agents).finish_non_exhaustive()
    }
}
