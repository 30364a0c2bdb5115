//! A hub with scripted participants on a log in memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use synod_debate_engine::{
    DebateHandle, DebateHub, Participant, ParticipantFactory, Settings, SystemClock,
    test_util::{ScriptedParticipant, ScriptedTurn, closed_question, fitting, setup},
};
use synod_debate_protocol::audit;
use synod_domain::{
    Brief, DebateConfig, DebateId, DebateMode, Event, ParticipantProfile, Recorded, Verdict,
};
use synod_event_log::{EventLog, MemoryLog};
use tokio::time::timeout;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// What there is of one kind of event in a log, in order.
macro_rules! those {
    ($log:expr, $pattern:pat => $value:expr) => {
        $log.iter()
            .filter_map(|recorded| if let $pattern = &recorded.event { Some($value) } else { None })
    };
}
pub(crate) use those;

type Script = Arc<dyn Fn(&str, &Brief) -> ScriptedTurn + Send + Sync>;

/// What outlasts a crash: the log, the clock, and the script with all who ever followed it.
#[derive(Clone)]
pub(crate) struct EngineHarness {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) clock: Arc<SystemClock>,
    script: Script,
    factory: Arc<Mutex<BTreeMap<String, Vec<ScriptedParticipant>>>>,
    host: Arc<Mutex<ScriptedDigests>>,
}

/// The digest of all models, as their host reports it.
#[derive(Default)]
struct ScriptedDigests {
    served: Option<Arc<str>>,
    /// As of the last list.
    known: Option<Arc<str>>,
    takes: Duration,
}

impl EngineHarness {
    /// `script` says what an agent does when it is asked.
    pub(crate) fn new(
        script: impl Fn(&str, &Brief) -> ScriptedTurn + Send + Sync + 'static,
    ) -> Self {
        let clock = Arc::new(SystemClock::new());
        let log = Arc::new(MemoryLog::new(clock.clone()));
        Self { log, clock, script: Arc::new(script), factory: Arc::default(), host: Arc::default() }
    }

    /// Everyone gives a fitting reply after a second; `ann` is for Yes, `bob` for No, others for
    /// Yes.
    pub(crate) fn of_one_second_calls() -> Self {
        Self::new(|agent, brief| ScriptedTurn::say(fitting(brief, choice(agent))).after(SECOND))
    }

    pub(crate) fn on(self, log: Arc<dyn EventLog>) -> Self {
        Self { log, ..self }
    }

    pub(crate) fn hub(&self) -> DebateHub {
        self.hub_of("local")
    }

    pub(crate) fn hub_of(&self, worker: &str) -> DebateHub {
        self.hub_with(Settings { worker: worker.to_owned(), ..Settings::default() })
    }

    pub(crate) fn hub_with(&self, settings: Settings) -> DebateHub {
        let factory: Arc<dyn ParticipantFactory> = Arc::new(self.clone());
        DebateHub::new(Arc::clone(&self.log), self.clock.clone(), factory, settings)
    }

    /// What an agent was asked, in every seat it ever took.
    pub(crate) fn asked(&self, agent: &str) -> Vec<Brief> {
        self.seats(agent).iter().flat_map(ScriptedParticipant::asked).collect()
    }

    pub(crate) fn asked_in_all(&self) -> usize {
        let factory = self.factory.lock().expect("no panic");
        factory.values().flatten().map(|seat| seat.asked().len()).sum()
    }

    /// How many calls were cancelled before they had ended.
    pub(crate) fn dropped(&self) -> usize {
        let factory = self.factory.lock().expect("no panic");
        factory.values().flatten().map(|seat| seat.dropped().len()).sum()
    }

    /// The host serves models of this digest.
    pub(crate) fn serve(&self, digest: &str) {
        self.host.lock().expect("no panic").served = Some(digest.into());
    }

    /// The host reports no digests.
    pub(crate) fn serve_unknown(&self) {
        *self.host.lock().expect("no panic") = ScriptedDigests::default();
    }

    /// The host is asked for its models.
    pub(crate) fn list(&self) -> Option<Arc<str>> {
        let mut host = self.host.lock().expect("no panic");
        let served = host.served.clone();
        host.known.clone_from(&served);
        served
    }

    pub(crate) fn take_to_list(&self, time: Duration) {
        self.host.lock().expect("no panic").takes = time;
    }

    fn seats(&self, agent: &str) -> Vec<ScriptedParticipant> {
        self.factory.lock().expect("no panic").get(agent).cloned().unwrap_or_default()
    }
}

impl ParticipantFactory for EngineHarness {
    fn participant(&self, _: DebateId, profile: &Arc<ParticipantProfile>) -> Arc<dyn Participant> {
        let (script, agent) = (Arc::clone(&self.script), profile.agent_id.to_string());
        let seat = {
            let agent = agent.clone();
            ScriptedParticipant::new(profile, move |brief| script(&agent, brief))
        };
        self.factory.lock().expect("no panic").entry(agent).or_default().push(seat.clone());
        Arc::new(seat)
    }

    fn served_digest(&self, _: &ParticipantProfile) -> BoxFuture<'static, Option<Arc<str>>> {
        let harness = self.clone();
        let takes = self.host.lock().expect("no panic").takes;
        Box::pin(async move {
            tokio::time::sleep(takes).await;
            harness.list()
        })
    }

    fn known_digest(&self, _: &ParticipantProfile) -> Option<Arc<str>> {
        self.host.lock().expect("no panic").known.clone()
    }
}

pub(crate) fn choice(agent: &str) -> &'static str {
    if agent == "bob" { "No" } else { "Yes" }
}

/// Three participants, Yes or No, two rounds of two passes.
pub(crate) fn three() -> DebateConfig {
    let mut config = closed_question(&["ann", "bob", "cleo"], &["Yes", "No"]);
    (config.max_rounds, config.max_iterations_per_round) = (2, 2);
    config
}

pub(crate) fn three_in(mode: DebateMode) -> DebateConfig {
    DebateConfig { debate_mode: mode, ..three() }
}

pub(crate) async fn opened(hub: &DebateHub, config: DebateConfig) -> DebateHandle {
    hub.open(setup(config)).await.expect("opens")
}

pub(crate) async fn started(hub: &DebateHub, config: DebateConfig) -> DebateHandle {
    let debate = opened(hub, config).await;
    debate.start().await.expect("starts");
    debate
}

/// Waits for the verdict, but not for ever: a day is more than any debate here takes.
pub(crate) async fn verdict_of(debate: &DebateHandle) -> Arc<Verdict> {
    let verdict = timeout(86_400 * SECOND, debate.finished()).await;
    verdict.expect("the debate ends").expect("it can be read")
}

pub(crate) async fn log_of(debate: &DebateHandle) -> Vec<Arc<Recorded>> {
    debate.events(1, usize::MAX).await.expect("there")
}

/// The whole log, after checking it against the rules.
pub(crate) async fn audited(debate: &DebateHandle) -> Vec<Arc<Recorded>> {
    let log = log_of(debate).await;
    audit(log.iter().map(AsRef::as_ref)).expect("a log that keeps the rules");
    log
}

pub(crate) fn kinds(log: &[Arc<Recorded>]) -> Vec<&str> {
    log.iter().map(|recorded| recorded.event.kind()).collect()
}

/// Whether an event begins this call.
pub(crate) fn begins_call(no: u32) -> impl Fn(&Event) -> bool {
    move |event| matches!(event, Event::CallStarted(started) if started.call.0 == no)
}
