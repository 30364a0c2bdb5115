//! A task runner on one host with scripted models.

use std::{sync::Arc, time::Duration};

use synod_agents::{
    AgentChange, AgentDirectory, AgentFactory, AgentReport, Registry, Task, TaskInput, TaskOrder,
    TaskRunner, TextInput,
};
use synod_domain::{AgentId, ManualClock, Timestamp};
use synod_event_log::{MemoryRecords, RecordStore};
use synod_inference::{
    AdmissionClass, Gateway, GatewaySettings, ModelHost, ModelName, ScriptedHost, ScriptedModel,
};

pub(crate) struct TaskHarness {
    pub(crate) directory: AgentDirectory,
    pub(crate) tasks: TaskRunner,
    pub(crate) clock: Arc<ManualClock>,
}

impl TaskHarness {
    pub(crate) fn with(model: &ScriptedModel) -> Self {
        Self::on(Arc::new(ScriptedHost::new("local").with(model.clone())))
    }

    pub(crate) fn on(host: Arc<dyn ModelHost>) -> Self {
        Self::among(host, GatewaySettings::default())
    }

    pub(crate) fn among(host: Arc<dyn ModelHost>, settings: GatewaySettings) -> Self {
        Self::kept_in(Arc::new(MemoryRecords::default()), host, settings)
    }

    /// With these records.
    pub(crate) fn kept_in(
        records: Arc<dyn RecordStore>,
        host: Arc<dyn ModelHost>,
        settings: GatewaySettings,
    ) -> Self {
        Self::configured(Registry::built_in(), records, host, settings)
    }

    /// With these agents.
    pub(crate) fn configured(
        agents: Registry,
        records: Arc<dyn RecordStore>,
        host: Arc<dyn ModelHost>,
        settings: GatewaySettings,
    ) -> Self {
        let gateway = Arc::new(Gateway::new(vec![host], settings));
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix_ms(1_000)));
        let factory = AgentFactory::with_clock(Arc::clone(&gateway) as _, Arc::clone(&clock) as _);
        let directory = AgentDirectory::new(agents, &factory, gateway, records);
        Self { tasks: TaskRunner::new(directory.clone(), "local"), directory, clock }
    }

    /// Runs a task of the critic.
    pub(crate) async fn run(&self, order: TaskOrder) -> Arc<Task> {
        self.tasks.execute(&id("critic"), order).await.unwrap()
    }

    pub(crate) async fn critic(&self) -> AgentReport {
        self.directory.report(&id("critic")).await.unwrap()
    }
}

pub(crate) fn id(text: &str) -> AgentId {
    AgentId::new(text).unwrap()
}

/// Requires a model.
pub(crate) fn on_model(model: &str) -> AgentChange {
    AgentChange { model: Some(Some(ModelName::new(model).unwrap())), ..AgentChange::default() }
}

pub(crate) fn chat(text: &str) -> TaskOrder {
    order(TaskInput::Chat(text_input(text)))
}

pub(crate) fn text_input(text: &str) -> TextInput {
    TextInput { text: text.to_owned(), ..TextInput::default() }
}

pub(crate) fn order(input: TaskInput) -> TaskOrder {
    TaskOrder { input, class: AdmissionClass::Normal, time_limit: None }
}

pub(crate) fn within(seconds: u64, order: TaskOrder) -> TaskOrder {
    TaskOrder { time_limit: Some(Duration::from_secs(seconds)), ..order }
}
