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

fn with_expertise(expertise: &str) -> AgentChange {
    AgentChange { expertise: Some(expertise.to_owned()), ..AgentChange::default() }
}

/// A host with changing models, which counts the requests for its list.
struct ChangingHost {
    host: Mutex<ScriptedHost>,
    name: HostName,
    requests: AtomicUsize,
}

impl ChangingHost {
    fn new(host: ScriptedHost) -> Arc<Self> {
        let name = host.name().clone();
        Arc::new(Self { host: Mutex::new(host), name, requests: AtomicUsize::new(0) })
    }

    fn becomes(&self, host: ScriptedHost) {
        *self.host.lock().unwrap() = host;
    }

    fn now(&self) -> ScriptedHost {
        self.host.lock().unwrap().clone()
    }
}

impl ModelHost for ChangingHost {
    fn name(&self) -> &HostName {
        &self.name
    }

    fn models(&self) -> BoxFuture<'_, Result<Vec<ModelInfo>, HostError>> {
        self.requests.fetch_add(1, Ordering::SeqCst);
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
async fn agents_can_be_added_changed_and_removed() {
    let harness = TaskHarness::with(&ScriptedModel::new("m"));
    let directory = &harness.directory;
    let before = directory.registry();
    harness.clock.advance(500);
    let ada = directory.add(id("ada"), with_expertise("You are a mathematician.")).await.unwrap();
    assert_eq!((&*ada.name, &*ada.persona.expertise), ("Ada", "a mathematician"));
    assert_eq!(directory.report(&id("ada")).await.unwrap().created_at.unix_ms(), 1_500);
    assert!(before.get(&id("ada")).is_err(), "an earlier snapshot does not change");

    let host = Some(Some(HostName::new("local").unwrap()));
    let change = AgentChange { voice: Some("softly".to_owned()), host, ..AgentChange::default() };
    directory.change(&id("ada"), change).await.unwrap();
    let changed = directory.report(&id("ada")).await.unwrap();
    assert_eq!(&*changed.profile.persona.voice, "softly");
    assert_eq!((&*changed.profile.name, changed.created_at.unix_ms()), ("Ada", 1_500));
    let free = AgentChange { host: Some(None), ..AgentChange::default() };
    assert_eq!(directory.change(&id("ada"), free).await.unwrap().host, None);

    directory.remove(&id("ada")).await.unwrap();
    assert!(matches!(directory.remove(&id("ada")).await, Err(DirectoryError::UnknownAgent { .. })));
    assert!(directory.report(&id("ada")).await.is_err());
    assert_eq!(directory.reports().await.len(), 6);
}

#[tokio::test]
async fn refused_changes_leave_the_registry_unchanged() {
    let harness = TaskHarness::with(&ScriptedModel::new("m"));
    let directory = &harness.directory;
    let before = directory.registry();
    let refusals = [
        (
            directory.add(id("critic"), with_expertise("a poet")).await,
            "there is an agent `critic` already",
        ),
        (
            directory.add(id("ada"), with_expertise(" \n ")).await,
            "agent `ada`: `expertise` must not be blank",
        ),
        (
            directory.add(id("ada"), AgentChange::default()).await,
            "agent `ada`: needs `expertise`, as \"a critic who looks for risks\"",
        ),
        (
            directory.change(&id("critic"), with_expertise(&"x".repeat(4_001))).await,
            "agent `critic`: `expertise` must have at most 4000 characters",
        ),
        (
            directory.change(&id("crtic"), with_expertise("a poet")).await,
            "there is no agent `crtic`; did you mean `critic`?",
        ),
    ];
    for (refused, message) in refusals {
        assert_eq!(refused.unwrap_err().to_string(), message);
    }
    assert_eq!(directory.registry(), before);
    for number in 6..AgentDirectory::MOST {
        directory.add(id(&format!("agent-{number}")), with_expertise("a poet")).await.unwrap();
    }
    let full = directory.add(id("one-more"), with_expertise("a poet")).await.unwrap_err();
    assert_eq!(full.to_string(), "there are 1000 agents already; remove one first");
}

#[tokio::test(start_paused = true)]
async fn an_agent_added_again_has_new_statistics() {
    let model = ScriptedModel::new("m")
        .always(ScriptedReply::text("Done.").first_after(Duration::from_secs(9)));
    let harness = TaskHarness::with(&model);
    let change = async {
        sleep(Duration::from_secs(5)).await;
        harness.directory.remove(&id("critic")).await.unwrap();
        harness.directory.add(id("critic"), with_expertise("a poet")).await.unwrap();
        assert_eq!(harness.critic().await.status, AgentStatus::Idle);
    };
    let (task, ()) = tokio::join!(harness.run(chat("one")), change);
    assert!(task.state.is_final(), "the running task continues");
    assert_eq!(harness.critic().await.statistics.calls, 0);
}

#[tokio::test(start_paused = true)]
async fn lists_of_models_are_cached_for_15_seconds() {
    let host = ChangingHost::new(local().with(ScriptedModel::new("m")));
    let harness = TaskHarness::on(host.clone());
    for _ in 0..50 {
        harness.directory.reports().await;
        harness.critic().await;
        harness.run(chat("one")).await;
    }
    assert_eq!(host.requests.load(Ordering::SeqCst), 1);
    advance(Duration::from_secs(15)).await;
    tokio::join!(harness.directory.reports(), harness.critic(), harness.directory.silent_hosts());
    assert_eq!(host.requests.load(Ordering::SeqCst), 2, "once for all concurrent callers");
}

#[tokio::test(start_paused = true)]
async fn agents_without_a_reachable_model_are_unavailable() {
    let host = ChangingHost::new(local());
    let harness = TaskHarness::on(host.clone());
    assert_eq!(harness.critic().await.status, AgentStatus::Unavailable, "no model at all");
    assert_eq!(harness.critic().await.capabilities, AgentOperation::WRITING);

    host.becomes(local().with(ScriptedModel::new("m")));
    advance(Duration::from_secs(15)).await;
    let critic = harness.critic().await;
    assert_eq!((critic.status, critic.model.unwrap().model.as_str()), (AgentStatus::Idle, "m"));

    harness.directory.change(&id("critic"), on_model("n")).await.unwrap();
    assert_eq!(harness.critic().await.status, AgentStatus::Unavailable, "not its model");
    let attic = Some(Some(HostName::new("attic").unwrap()));
    let elsewhere = AgentChange { host: attic, model: Some(None), ..AgentChange::default() };
    harness.directory.change(&id("critic"), elsewhere).await.unwrap();
    assert_eq!(harness.critic().await.status, AgentStatus::Unavailable, "no such host");
    assert!(harness.directory.silent_hosts().await.is_empty());

    let broken = HostError::Unreadable { address: "x".to_owned(), detail: "y".to_owned() };
    host.becomes(local().with(ScriptedModel::new("m")).failing(broken));
    advance(Duration::from_secs(15)).await;
    let analyst = harness.directory.report(&id("analyst")).await.unwrap();
    assert_eq!(analyst.status, AgentStatus::Unavailable, "its host does not answer");
    assert_eq!(harness.directory.silent_hosts().await[0].0.as_str(), "local");
}

#[tokio::test(start_paused = true)]
async fn tasks_find_newly_added_models() {
    let host = ChangingHost::new(local());
    let harness = TaskHarness::on(host.clone());
    assert_eq!(harness.critic().await.status, AgentStatus::Unavailable);
    host.becomes(local().with(ScriptedModel::new("m")));
    let task = harness.run(chat("one")).await;
    assert_eq!(task.state.status(), synod_agents::TaskStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_missing_model_invalidates_the_lists() {
    let (host, model) = (HostName::new("local").unwrap(), ModelName::new("m").unwrap());
    let gone = ScriptedReply::fails(ChatError::ModelNotFound { host, model });
    let host = ChangingHost::new(local().with(ScriptedModel::new("m").always(gone)));
    let harness = TaskHarness::on(host.clone());
    assert_eq!(harness.critic().await.status, AgentStatus::Idle);
    host.becomes(local());
    let task = harness.run(chat("one")).await;
    assert_eq!(task.state.status(), synod_agents::TaskStatus::Failed);
    assert_eq!(harness.critic().await.status, AgentStatus::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_host_delays_reports_by_one_second_at_most() {
    let host = ChangingHost::new(local().with(ScriptedModel::new("m")));
    let harness = TaskHarness::on(host.clone());
    harness.critic().await;
    host.becomes(local().hanging());
    advance(Duration::from_secs(15)).await;
    let begun = Instant::now();
    assert_eq!(harness.critic().await.status, AgentStatus::Idle, "by the old list");
    assert_eq!(begun.elapsed(), Duration::from_secs(1));
    sleep(Duration::from_secs(5)).await;
    assert_eq!(harness.critic().await.status, AgentStatus::Unavailable);
    assert_eq!(host.requests.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_watch_reports_each_changed_agent_once() {
    let harness = TaskHarness::with(&ScriptedModel::new("m"));
    let mut watch = harness.directory.watch();
    assert!(watch.changed().now_or_never().is_none());
    harness.run(chat("one")).await;
    harness.run(chat("two")).await;
    harness.directory.add(id("ada"), with_expertise("a poet")).await.unwrap();
    harness.directory.remove(&id("visionary")).await.unwrap();
    harness.run(chat("three")).await;
    let changed = watch.changed().await;
    assert_eq!(changed, [id("ada"), id("visionary"), id("critic")]);
    assert!(watch.changed().now_or_never().is_none());
    let (changed, _) = future::join(watch.changed(), harness.run(chat("four"))).await;
    assert_eq!(changed, [id("critic")]);
    drop(harness);
    watch.changed().now_or_never();
    assert!(watch.changed().now_or_never().is_none(), "no further changes, and no panic");
}

#[tokio::test(start_paused = true)]
async fn a_watch_reports_agents_that_become_unavailable() {
    let host =
        ChangingHost::new(local().with(ScriptedModel::new("m")).with(ScriptedModel::new("n")));
    let harness = TaskHarness::on(host.clone());
    harness.directory.change(&id("critic"), on_model("n")).await.unwrap();
    harness.directory.reports().await;
    let mut watch = harness.directory.watch();
    host.becomes(local().with(ScriptedModel::new("m")));
    advance(Duration::from_secs(15)).await;
    harness.directory.reports().await;
    assert_eq!(watch.changed().now_or_never().unwrap(), [id("critic")]);
}
