use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use synod_debate_engine::{DebateHandle, SystemClock};
use synod_domain::{AgentId, DebateConfig, DebateMode, HostName, Recorded};
use synod_event_log::{EventLog, MemoryLog};
use synod_inference::{Gateway, GatewaySettings, HostLimits, ModelHost, OllamaHost, OpenAiHost};
use synod_ollama_client::Client;
use synod_runtime::Synod;
use synod_tests::{FakeOllama, Settings as Pace};

/// A host, and processes that share a log.
pub(crate) struct TestSystem {
    pub(crate) ollama: FakeOllama,
    pub(crate) log: Arc<dyn EventLog>,
    clock: Arc<SystemClock>,
    calls_at_once: usize,
}

/// One process.
pub(crate) struct Process {
    pub(crate) synod: Synod,
}

impl TestSystem {
    /// A host that serves a number of calls at the same time.
    pub(crate) async fn new(calls_at_once: usize) -> Self {
        Self::with(calls_at_once, Pace::default()).await
    }

    /// The same with these settings of the host.
    pub(crate) async fn with(calls_at_once: usize, pace: Pace) -> Self {
        let pace = Pace { models: vec!["model".to_owned()], ..pace };
        let clock = Arc::new(SystemClock::new());
        let log = Arc::new(MemoryLog::new(Arc::clone(&clock) as _));
        Self { ollama: FakeOllama::start(pace).await.unwrap(), log, clock, calls_at_once }
    }

    pub(crate) fn process(&self) -> Process {
        let at_once = NonZeroUsize::new(self.calls_at_once).unwrap();
        let limits = HostLimits { concurrent_calls: Some(at_once), ..HostLimits::default() };
        let host = ollama("hall", &self.ollama).with_limits(limits);
        Process::on(vec![Arc::new(host)], &self.log, &self.clock)
    }

    /// A process that speaks OpenAI's protocol to the host.
    pub(crate) fn openai_process(&self) -> Process {
        let client = synod_openai_client::Client::new(&self.ollama.url()).unwrap();
        let host = OpenAiHost::new(HostName::new("hall").unwrap(), client);
        Process::on(vec![Arc::new(host)], &self.log, &self.clock)
    }

    /// Waits until a number of calls is in service.
    pub(crate) async fn in_service(&self, calls: usize) {
        while self.ollama.stats().active != calls {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// A host of this name.
pub(crate) fn ollama(name: &str, fake: &FakeOllama) -> OllamaHost {
    OllamaHost::new(HostName::new(name).unwrap(), Client::new(&fake.url()).unwrap())
}

impl Process {
    /// A process with these hosts and this log.
    pub(crate) fn on(
        hosts: Vec<Arc<dyn ModelHost>>,
        log: &Arc<dyn EventLog>,
        clock: &Arc<SystemClock>,
    ) -> Self {
        let builder = Synod::builder(Gateway::new(hosts, GatewaySettings::default()));
        let clock = Arc::clone(clock);
        Self { synod: builder.with_log(Arc::clone(log)).with_clock(clock).build() }
    }

    /// A debate of three on a closed question, one round of three statements each.
    pub(crate) async fn begin(&self) -> DebateHandle {
        self.begin_in(DebateMode::Structured, None).await
    }

    /// The same in another mode.
    pub(crate) async fn begin_in(&self, mode: DebateMode, moderator: Option<&str>) -> DebateHandle {
        let agents = ["analyst", "critic", "pragmatist"].map(|id| AgentId::new(id).unwrap());
        let mut config = DebateConfig::structured("Should the town ban cars?", agents.to_vec());
        config.debate_mode = mode;
        config.debate_rules.moderator = moderator.map(|id| AgentId::new(id).unwrap());
        config.max_rounds = 1;
        config.debate_rules.options = Some(vec!["Yes".to_owned(), "No".to_owned()]);
        config.debate_rules.run_off = false;
        config.debate_rules.seed = Some(3);
        let debate = self.synod.open(&config).await.unwrap();
        debate.start().await.unwrap();
        debate
    }
}

/// The whole log, audited.
pub(crate) async fn sound_log(debate: &DebateHandle) -> Vec<Arc<Recorded>> {
    debate.finished().await.unwrap();
    let log = debate.events(1, usize::MAX).await.unwrap();
    synod_debate_protocol::audit(log.iter().map(|recorded| &**recorded)).unwrap();
    log
}
