use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
};
use synod_agents::{AgentChange, AgentDirectory, AgentOperation, AgentStatus, DirectoryError};
use synod_inference::{
    ChatError, ChatModel, HostError, HostName, ModelHost, ModelInfo, ModelName, ScriptedHost,
    ScriptedModel, ScriptedReply,
};
use tokio::time::{Instant, advance, sleep};

use crate::task_harness::{TaskHarness, chat, id, on_model};

fn who(expertise: &str) -> AgentChange {
    AgentChange { expertise: Some(expertise.to_owned()), ..AgentChange::default() }
}

/// A host whose models come and go, and that counts how often it is asked for them.
struct Moody {
    host: Mutex<ScriptedHost>,
    name: HostName,
    asked: AtomicUsize,
}

impl Moody {
    fn new(host: ScriptedHost) -> Arc<Self> {
        let name = host.name().clone();
        Arc::new(Self { host: Mutex::new(host), name, asked: AtomicUsize::new(0) })
    }

    fn becomes(&self, host: ScriptedHost) {
        *self.host.lock().unwrap() = host;
    }

    fn now(&self) -> ScriptedHost {
        self.host.lock().unwrap().clone()
    }
}

impl ModelHost for Moody {
    fn name(&self) -> &HostName {
        &self.name
    }

    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let host = self.now();
        async move { host.models().await }.boxed()
    }

    fn chat_model(&self, info: ModelInfo) -> Arc<dyn ChatModel> {
        self.now().chat_model(info)
    }
}

fn local() -> ScriptedHost {
    ScriptedHost::new("local")
}

#[tokio::test]
async fn agents_come_change_and_go() {
    let harness = TaskHarness::with(&ScriptedModel::new("m"));
    let directory = &harness.directory;
    let before = directory.registry();
    harness.clock.advance(500);
    let ada = directory.add(id("ada"), who("You are a mathematician.")).unwrap();
    assert_eq!((&*ada.name, &*ada.persona.expertise), ("Ada", "a mathematician"));
    assert_eq!(directory.report(&id("ada")).await.unwrap().created_at.unix_ms(), 1_500);
    assert!(before.get(&id("ada")).is_err(), "who has looked before goes on with what was");

    let host = Some(Some(HostName::new("local").unwrap()));
    let change = AgentChange { voice: Some("softly".to_owned()), host, ..AgentChange::default() };
    directory.change(&id("ada"), change).unwrap();
    let changed = directory.report(&id("ada")).await.unwrap();
    assert_eq!(&*changed.profile.persona.voice, "softly");
    assert_eq!((&*changed.profile.name, changed.created_at.unix_ms()), ("Ada", 1_500));
    let free = AgentChange { host: Some(None), ..AgentChange::default() };
    assert_eq!(directory.change(&id("ada"), free).unwrap().host, None);

    directory.remove(&id("ada")).unwrap();
    assert!(matches!(directory.remove(&id("ada")), Err(DirectoryError::UnknownAgent { .. })));
    assert!(directory.report(&id("ada")).await.is_err());
    assert_eq!(directory.reports().await.len(), 6);
}

#[tokio::test]
async fn what_cannot_be_changes_nothing() {
    let harness = TaskHarness::with(&ScriptedModel::new("m"));
    let directory = &harness.directory;
    let before = directory.registry();
    let refusals = [
        (directory.add(id("critic"), who("a poet")), "there is an agent `critic` already"),
        (directory.add(id("ada"), who(" \n ")), "agent `ada`: `expertise` must not be blank"),
        (
            directory.add(id("ada"), AgentChange::default()),
            "agent `ada`: needs `expertise`, as \"a critic who looks for risks\"",
        ),
        (
            directory.change(&id("critic"), who(&"x".repeat(4_001))),
            "agent `critic`: `expertise` must have at most 4000 characters",
        ),
        (
            directory.change(&id("crtic"), who("a poet")),
            "there is no agent `crtic`; did you mean `critic`?",
        ),
    ];
    for (refused, told) in refusals {
        assert_eq!(refused.unwrap_err().to_string(), told);
    }
    assert_eq!(directory.registry(), before);
    for number in 6..AgentDirectory::MOST {
        directory.add(id(&format!("agent-{number}")), who("a poet")).unwrap();
    }
    let full = directory.add(id("one-more"), who("a poet")).unwrap_err();
    assert_eq!(full.to_string(), "there are 1000 agents already; remove one first");
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_comes_again_begins_anew() {
    let model = ScriptedModel::new("m")
        .always(ScriptedReply::text("Done.").first_after(Duration::from_secs(9)));
    let harness = TaskHarness::with(&model);
    let change = async {
        sleep(Duration::from_secs(5)).await;
        harness.directory.remove(&id("critic")).unwrap();
        harness.directory.add(id("critic"), who("a poet")).unwrap();
        assert_eq!(harness.critic().await.status, AgentStatus::Idle);
    };
    let (task, ()) = tokio::join!(harness.have(chat("one")), change);
    assert!(task.state.is_final(), "what was begun goes on");
    assert_eq!(harness.critic().await.statistics.calls, 0);
}

#[tokio::test(start_paused = true)]
async fn hosts_are_not_asked_for_every_look() {
    let moody = Moody::new(local().with(ScriptedModel::new("m")));
    let harness = TaskHarness::on(moody.clone());
    for _ in 0..50 {
        harness.directory.reports().await;
        harness.critic().await;
        harness.have(chat("one")).await;
    }
    assert_eq!(moody.asked.load(Ordering::SeqCst), 1);
    advance(Duration::from_secs(15)).await;
    tokio::join!(harness.directory.reports(), harness.critic(), harness.directory.silent_hosts());
    assert_eq!(moody.asked.load(Ordering::SeqCst), 2, "once for all who look at a time");
}

#[tokio::test(start_paused = true)]
async fn an_agent_is_unavailable_while_its_model_cannot_be_had() {
    let moody = Moody::new(local());
    let harness = TaskHarness::on(moody.clone());
    assert_eq!(harness.critic().await.status, AgentStatus::Unavailable, "no model at all");
    assert_eq!(harness.critic().await.capabilities, AgentOperation::WRITING);

    moody.becomes(local().with(ScriptedModel::new("m")));
    advance(Duration::from_secs(15)).await;
    let critic = harness.critic().await;
    assert_eq!((critic.status, critic.model.unwrap().model.as_str()), (AgentStatus::Idle, "m"));

    harness.directory.change(&id("critic"), on_model("n")).unwrap();
    assert_eq!(harness.critic().await.status, AgentStatus::Unavailable, "not its model");
    let host = Some(Some(HostName::new("attic").unwrap()));
    let elsewhere = AgentChange { host, model: Some(None), ..AgentChange::default() };
    harness.directory.change(&id("critic"), elsewhere).unwrap();
    assert_eq!(harness.critic().await.status, AgentStatus::Unavailable, "no such host");
    assert!(harness.directory.silent_hosts().await.is_empty());

    let broken = HostError::Unreadable { address: "x".to_owned(), detail: "y".to_owned() };
    moody.becomes(local().with(ScriptedModel::new("m")).failing(broken));
    advance(Duration::from_secs(15)).await;
    let analyst = harness.directory.report(&id("analyst")).await.unwrap();
    assert_eq!(analyst.status, AgentStatus::Unavailable, "its host does not answer");
    assert_eq!(harness.directory.silent_hosts().await[0].0.as_str(), "local");
}

#[tokio::test(start_paused = true)]
async fn a_task_finds_a_model_that_has_just_come() {
    let moody = Moody::new(local());
    let harness = TaskHarness::on(moody.clone());
    assert_eq!(harness.critic().await.status, AgentStatus::Unavailable);
    moody.becomes(local().with(ScriptedModel::new("m")));
    let task = harness.have(chat("one")).await;
    assert_eq!(task.state.status(), synod_agents::TaskStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_finds_its_model_gone_has_the_hosts_asked_again_at_once() {
    let (host, model) = (HostName::new("local").unwrap(), ModelName::new("m").unwrap());
    let gone = ScriptedReply::fails(ChatError::ModelNotFound { host, model });
    let moody = Moody::new(local().with(ScriptedModel::new("m").always(gone)));
    let harness = TaskHarness::on(moody.clone());
    assert_eq!(harness.critic().await.status, AgentStatus::Idle);
    moody.becomes(local());
    let task = harness.have(chat("one")).await;
    assert_eq!(task.state.status(), synod_agents::TaskStatus::Failed);
    assert_eq!(harness.critic().await.status, AgentStatus::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_hangs_holds_nobody_up_for_long() {
    let moody = Moody::new(local().with(ScriptedModel::new("m")));
    let harness = TaskHarness::on(moody.clone());
    harness.critic().await;
    moody.becomes(local().hanging());
    advance(Duration::from_secs(15)).await;
    let begun = Instant::now();
    assert_eq!(harness.critic().await.status, AgentStatus::Idle, "as was known before");
    assert_eq!(begun.elapsed(), Duration::from_secs(1));
    sleep(Duration::from_secs(5)).await;
    assert_eq!(harness.critic().await.status, AgentStatus::Unavailable);
    assert_eq!(moody.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_watch_tells_every_agent_once_however_often_it_changed() {
    let harness = TaskHarness::with(&ScriptedModel::new("m"));
    let mut watch = harness.directory.watch();
    assert!(watch.changed().now_or_never().is_none());
    harness.have(chat("one")).await;
    harness.have(chat("two")).await;
    harness.directory.add(id("ada"), who("a poet")).unwrap();
    harness.directory.remove(&id("visionary")).unwrap();
    harness.have(chat("three")).await;
    let changed = watch.changed().await;
    assert_eq!(changed, [id("ada"), id("visionary"), id("critic")]);
    assert!(watch.changed().now_or_never().is_none());
    let (changed, _) = future::join(watch.changed(), harness.have(chat("four"))).await;
    assert_eq!(changed, [id("critic")]);
    drop(harness);
    watch.changed().now_or_never();
    assert!(
        watch.changed().now_or_never().is_none(),
        "nobody changes any more, and nothing breaks"
    );
}

#[tokio::test(start_paused = true)]
async fn a_watch_tells_who_becomes_unavailable() {
    let moody = Moody::new(local().with(ScriptedModel::new("m")).with(ScriptedModel::new("n")));
    let harness = TaskHarness::on(moody.clone());
    harness.directory.change(&id("critic"), on_model("n")).unwrap();
    harness.directory.reports().await;
    let mut watch = harness.directory.watch();
    moody.becomes(local().with(ScriptedModel::new("m")));
    advance(Duration::from_secs(15)).await;
    harness.directory.reports().await;
    assert_eq!(watch.changed().now_or_never().unwrap(), [id("critic")]);
}
