//! What survives a restart: two processes with the same records, one after the other.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, ready},
};
use synod_agents::{
    AgentChange, AgentDirectory, AgentFactory, AgentReport, DirectoryError, Registry, Task,
    TaskError, TaskInput, TaskOutput, TaskRunner, TaskState, TaskStatus,
};
use synod_domain::{AgentId, HostName, ManualClock, Timestamp};
use synod_event_log::{Documents, LogError, MemoryRecords, ProcessId, RecordStore};
use synod_inference::{
    ChatError, Gateway, GatewaySettings, ScriptedHost, ScriptedModel, ScriptedReply, StopReason,
    Usage,
};
use tokio::time::{sleep, timeout};

use crate::task_harness::{TaskHarness, chat, id, on_model, order};

fn model() -> ScriptedModel {
    ScriptedModel::new("m").embedding_takes(Duration::from_secs(1))
}

/// A process with these records.
async fn process(records: &Arc<dyn RecordStore>, model: &ScriptedModel) -> TaskHarness {
    process_with(Registry::built_in(), records, model).await
}

async fn process_with(
    agents: Registry,
    records: &Arc<dyn RecordStore>,
    model: &ScriptedModel,
) -> TaskHarness {
    let host = Arc::new(ScriptedHost::new("local").with(model.clone()));
    let settings = GatewaySettings::default();
    let harness = TaskHarness::configured(agents, Arc::clone(records), host, settings);
    harness.directory.load().await.unwrap();
    harness.tasks.load(|_| false).await.unwrap();
    harness
}

fn memory() -> Arc<dyn RecordStore> {
    Arc::new(MemoryRecords::default())
}

fn expertise(text: &str) -> AgentChange {
    AgentChange { expertise: Some(text.to_owned()), ..AgentChange::default() }
}

fn voice(text: &str) -> AgentChange {
    AgentChange { voice: Some(text.to_owned()), ..AgentChange::default() }
}

fn ids(directory: &AgentDirectory) -> Vec<String> {
    directory.registry().iter().map(|agent| agent.id.to_string()).collect()
}

async fn report(harness: &TaskHarness, agent: &str) -> AgentReport {
    harness.directory.report(&id(agent)).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn added_changed_and_removed_agents_survive() {
    let records = memory();
    let before = process(&records, &model()).await;
    before.clock.advance(500);
    let full = AgentChange {
        name: Some("Ada L.".to_owned()),
        host: Some(Some(HostName::new("local").unwrap())),
        // Stored as it is: a second removal of the opening words would change it.
        ..expertise("You are you are right, a mathematician.")
    };
    let ada = before.directory.add(id("ada"), full).await.unwrap();
    let ada = (ada, before.directory.change(&id("ada"), on_model("m")).await.unwrap()).1;
    before.directory.add(id("bob"), expertise("a poet")).await.unwrap();
    before.directory.remove(&id("bob")).await.unwrap();
    let critic = before.directory.change(&id("critic"), voice("Speak softly.")).await.unwrap();
    before.directory.remove(&id("visionary")).await.unwrap();
    let agents = ids(&before.directory);
    drop(before);

    let after = process(&records, &model()).await;
    assert_eq!(ids(&after.directory), agents);
    let kept = report(&after, "ada").await;
    assert_eq!((kept.profile, kept.created_at.unix_ms()), (ada, 1_500));
    assert_eq!(report(&after, "critic").await.profile, critic);

    after.directory.add(id("visionary"), expertise("a dreamer")).await.unwrap();
    after.directory.change(&id("ada"), voice("loudly")).await.unwrap();
    let last = process(&records, &model()).await;
    assert_eq!(&*report(&last, "visionary").await.profile.persona.expertise, "a dreamer");
    let kept = report(&last, "ada").await;
    assert_eq!((&*kept.profile.persona.voice, kept.created_at.unix_ms()), ("loudly", 1_500));
}

#[tokio::test(start_paused = true)]
async fn changes_apply_to_the_configuration_of_the_next_start() {
    let records = memory();
    let configured = |text: &str| Registry::built_in().with_file(text).unwrap();
    let first = configured("[agents.ada]\nexpertise = 'a poet'\n[agents.bob]\nexpertise = 'old'");
    let before = process_with(first, &records, &model()).await;
    before.directory.change(&id("ada"), voice("softly")).await.unwrap();
    before.directory.change(&id("ada"), on_model("m")).await.unwrap();
    before.directory.change(&id("bob"), expertise("new")).await.unwrap();
    before.directory.add(id("carl"), expertise("over HTTP")).await.unwrap();
    drop(before);

    let second = "[agents.ada]\nexpertise = 'a painter'\nvoice = 'loudly'\nname = 'A.'\n\
        [agents.carl]\nexpertise = 'configured'";
    let after = process_with(configured(second), &records, &model()).await;
    let ada = report(&after, "ada").await.profile;
    assert_eq!((&*ada.name, &*ada.persona.expertise), ("A.", "a painter"), "as configured");
    assert_eq!((&*ada.persona.voice, ada.model.as_ref().unwrap().as_str()), ("softly", "m"));
    assert!(after.directory.report(&id("bob")).await.is_err(), "not configured any more");
    let carl = report(&after, "carl").await.profile;
    assert_eq!(&*carl.persona.expertise, "over HTTP");
    // A removed agent stays removed, although it is configured now.
    after.directory.remove(&id("carl")).await.unwrap();
    let last = process_with(configured(second), &records, &model()).await;
    assert!(last.directory.report(&id("carl")).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn statistics_survive_and_are_added_to_those_of_other_processes() {
    let records = memory();
    let usage = Usage { prompt_tokens: Some(40), output_tokens: Some(3) };
    let reply = ScriptedReply::text("Done.")
        .first_after(Duration::from_secs(2))
        .finishing(StopReason::Stop, usage);
    let model = model().always(reply);
    let (one, two) = (process(&records, &model).await, process(&records, &model).await);
    one.run(chat("a")).await;
    two.clock.advance(9_000);
    two.run(chat("b")).await;
    let open = async {
        sleep(Duration::from_secs(1)).await;
        one.directory.save().await.unwrap();
        two.directory.save().await.unwrap();
        two.directory.save().await.unwrap();
        assert_eq!(two.critic().await.statistics.calls, 2, "those of the other are known now");
        let statistics = one.critic().await.statistics;
        assert_eq!((statistics.calls, statistics.open, statistics.succeeded), (2, 1, 1));
    };
    tokio::join!(one.run(chat("c")), open);
    one.directory.save().await.unwrap();

    let after = process(&records, &model).await;
    let statistics = after.critic().await.statistics;
    assert_eq!((statistics.calls, statistics.open, statistics.succeeded), (3, 0, 3));
    assert_eq!((statistics.prompt_tokens, statistics.output_tokens), (120, 9));
    assert_eq!(statistics.mean_duration(), Some(Duration::from_secs(2)));
    assert_eq!(statistics.mean_model_time(), Some(Duration::from_secs(2)));
    assert_eq!(statistics.last_active_at, Some(Timestamp::from_unix_ms(10_000)));

    after.directory.remove(&id("critic")).await.unwrap();
    after.directory.add(id("critic"), expertise("a poet")).await.unwrap();
    let last = process(&records, &model).await;
    assert_eq!(last.critic().await.statistics.calls, 0, "statistics of a removed agent are gone");
}

fn same(kept: &Task, ended: &Task) {
    assert_eq!((kept.id, &kept.agent, kept.operation), (ended.id, &ended.agent, ended.operation));
    assert_eq!((kept.accepted_at, kept.took), (ended.accepted_at, ended.took));
    match (&kept.state, &ended.state) {
        (TaskState::Completed(kept), TaskState::Completed(ended)) => assert_eq!(kept, ended),
        (TaskState::Failed(kept), TaskState::Failed(ended)) => {
            assert_eq!(kept.to_string(), ended.to_string());
        }
        (kept, ended) => assert_eq!(kept.status(), ended.status()),
    }
}

#[tokio::test(start_paused = true)]
async fn ended_tasks_survive_with_their_results() {
    let records = memory();
    let usage = Usage { prompt_tokens: Some(40), output_tokens: None };
    let first = ScriptedReply::text("Tea \u{1f375}").thinking("Hm.");
    let first =
        first.first_after(Duration::from_millis(1_234)).finishing(StopReason::Length, usage);
    let host = HostName::new("local").unwrap();
    let broken = ChatError::Interrupted { host, detail: "no power".to_owned(), source: None };
    let model = model()
        .then(first)
        .then(ScriptedReply::fails(broken))
        .always(ScriptedReply::hangs())
        .with_info(|info| info.embeds = true);
    let before = process(&records, &model).await;
    let texts = TaskInput::Embed(vec!["four".to_owned(), "five!".to_owned()]);
    let mut ended = vec![
        before.run(chat("one")).await,
        before.run(chat("two")).await,
        before.run(crate::task_harness::within(1, chat("three"))).await,
        before.run(order(texts)).await,
    ];
    timeout(Duration::from_secs(1), before.run(chat("four"))).await.unwrap_err();
    before.tasks.save().await.unwrap();
    ended.push(before.tasks.list(Some(TaskStatus::Cancelled), 9).remove(0));
    drop(before);

    let after = process(&records, &model).await;
    let kept = after.tasks.list(None, 9);
    assert_eq!(kept.len(), 5);
    for (kept, ended) in kept.iter().rev().zip(&ended) {
        same(kept, ended);
    }
    let TaskState::Completed(output) = &after.tasks.get(ended[3].id).unwrap().state.clone() else {
        panic!("{kept:?}")
    };
    assert!(matches!(&**output, TaskOutput::Vectors { .. }), "{output:?}");
}

#[tokio::test(start_paused = true)]
async fn tasks_of_a_killed_process_have_failed() {
    let records = memory();
    let hanging = model().always(ScriptedReply::hangs());
    let before = process(&records, &hanging).await;
    let running = before.run(chat("one"));
    let queued = before.run(chat("two"));
    let kill = async {
        sleep(Duration::from_secs(1)).await;
        let tasks = before.tasks.list(None, 9);
        let statuses: Vec<_> = tasks.iter().map(|task| task.state.status()).collect();
        assert_eq!(statuses, [TaskStatus::Queued, TaskStatus::Running]);
        let after = process(&records, &hanging).await;
        let kept = after.tasks.list(None, 9);
        assert_eq!(kept.len(), 2);
        for (kept, task) in kept.iter().zip(&tasks) {
            let TaskState::Failed(error) = &kept.state else { panic!("{kept:?}") };
            assert!(matches!(**error, TaskError::ProcessEnded), "{error:?}");
            let message = "the server ended before the task did; send the task again";
            assert_eq!((kept.id, error.to_string()), (task.id, message.to_owned()));
        }
        let last = process(&records, &hanging).await;
        let kept = last.tasks.list(Some(TaskStatus::Failed), 9);
        assert_eq!(kept.len(), 2, "the failure is stored");
    };
    tokio::select! {
        biased;
        _ = running => panic!("it never ends"),
        _ = queued => panic!("it never ends"),
        () = kill => {}
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_of_another_running_process_are_left_to_it() {
    let records = memory();
    let hanging = model().always(ScriptedReply::hangs());
    let before = process(&records, &hanging).await;
    let other = async {
        sleep(Duration::from_secs(1)).await;
        let host = Arc::new(ScriptedHost::new("local").with(hanging.clone()));
        let gateway = Arc::new(Gateway::new(vec![host], GatewaySettings::default()));
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix_ms(2_000)));
        let factory = AgentFactory::with_clock(Arc::clone(&gateway) as _, Arc::clone(&clock) as _);
        let agents = Registry::built_in();
        let directory = AgentDirectory::new(agents, &factory, gateway, Arc::clone(&records));
        let tasks = TaskRunner::new(directory, "another");
        let runs = |process: &str| process == "local";
        tasks.load(runs).await.unwrap();
        assert!(tasks.list(None, 9).is_empty());
        // The time limit of 300 s and a minute.
        clock.advance(360_000);
        tasks.load(runs).await.unwrap();
        assert_eq!(tasks.list(Some(TaskStatus::Failed), 9).len(), 1);
    };
    tokio::select! {
        biased;
        _ = before.run(chat("one")) => panic!("it never ends"),
        () = other => {}
    }
}

#[tokio::test(start_paused = true)]
async fn the_store_keeps_as_many_tasks_as_the_process() {
    let records = memory();
    let model = model().without_records();
    let before = process(&records, &model).await;
    for _ in 0..1_003 {
        before.run(chat("more")).await;
    }
    before.tasks.save().await.unwrap();
    assert_eq!(records.all("task").await.unwrap().len(), 1_000);
    let newest = before.tasks.list(None, 1)[0].id;
    let after = process(&records, &model).await;
    let kept = after.tasks.list(None, 2_000);
    assert_eq!((kept.len(), kept[0].id), (1_000, newest));
}

/// A store that refuses writes on demand.
#[derive(Default)]
struct Refusing {
    memory: MemoryRecords,
    refuses: AtomicBool,
}

impl Refusing {
    fn refuse(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::Relaxed);
    }
}

impl RecordStore for Refusing {
    fn put(&self, kind: &'static str, documents: Documents) -> BoxFuture<'_, Result<(), LogError>> {
        if self.refuses.load(Ordering::Relaxed) {
            return ready(Err(LogError::Full)).boxed();
        }
        self.memory.put(kind, documents)
    }

    fn swap(
        &self,
        kind: &'static str,
        key: String,
        current: Option<String>,
        new: Option<String>,
    ) -> BoxFuture<'_, Result<bool, LogError>> {
        if self.refuses.load(Ordering::Relaxed) {
            return ready(Err(LogError::Full)).boxed();
        }
        self.memory.swap(kind, key, current, new)
    }

    fn remove(&self, kind: &'static str, key: String) -> BoxFuture<'_, Result<(), LogError>> {
        if self.refuses.load(Ordering::Relaxed) {
            return ready(Err(LogError::Full)).boxed();
        }
        self.memory.remove(kind, key)
    }

    fn get(
        &self,
        kind: &'static str,
        key: String,
    ) -> BoxFuture<'_, Result<Option<String>, LogError>> {
        async move {
            let read = self.memory.get(kind, key).await;
            // Others may write in between.
            tokio::task::yield_now().await;
            read
        }
        .boxed()
    }

    fn all(&self, kind: &'static str) -> BoxFuture<'_, Result<Documents, LogError>> {
        self.memory.all(kind)
    }

    fn process(&self) -> ProcessId {
        self.memory.process()
    }

    fn is_open_in(&self, process: ProcessId) -> BoxFuture<'_, Result<bool, LogError>> {
        self.memory.is_open_in(process)
    }
}

#[tokio::test(start_paused = true)]
async fn processes_that_save_at_once_lose_no_statistics() {
    let records: Arc<dyn RecordStore> = Arc::new(Refusing::default());
    let model = model();
    let one = process(&records, &model).await;
    let other = process(&records, &model).await;
    for _ in 0..3 {
        tokio::join!(one.run(chat("a")), other.run(chat("b")));
        let (saved, also) = tokio::join!(one.directory.save(), other.directory.save());
        assert!(saved.is_ok() && also.is_ok());
    }
    let after = process(&records, &model).await;
    assert_eq!(after.critic().await.statistics.calls, 6);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_stored_has_no_effect() {
    let store = Arc::new(Refusing::default());
    let records: Arc<dyn RecordStore> = store.clone();
    let model = model();
    let harness = process(&records, &model).await;
    let before = harness.directory.registry();
    store.refuse(true);
    let refused = [
        harness.directory.add(id("ada"), expertise("a poet")).await,
        harness.directory.change(&id("critic"), voice("softly")).await,
        harness.directory.remove(&id("critic")).await,
    ];
    for refused in refused {
        assert!(matches!(refused, Err(DirectoryError::Store(LogError::Full))), "{refused:?}");
    }
    assert_eq!(harness.directory.registry(), before);
    let critic: AgentId = id("critic");
    let refused = harness.tasks.execute(&critic, chat("one")).await.unwrap_err();
    assert!(matches!(refused, TaskError::Store(LogError::Full)), "{refused:?}");
    assert!(harness.tasks.list(None, 9).is_empty());
    assert_eq!((harness.critic().await.statistics.calls, model.record().calls), (0, 0));

    store.refuse(false);
    harness.directory.add(id("ada"), expertise("a poet")).await.unwrap();
    harness.run(chat("two")).await;
    store.refuse(true);
    harness.directory.save().await.unwrap_err();
    store.refuse(false);
    harness.directory.save().await.unwrap();
    let after = process(&records, &model).await;
    assert_eq!(after.critic().await.statistics.calls, 1, "stored once");
}

#[tokio::test(start_paused = true)]
async fn a_result_that_cannot_be_stored_is_listed_and_stored_later() {
    let store = Arc::new(Refusing::default());
    let records: Arc<dyn RecordStore> = store.clone();
    let slow = ScriptedReply::text("Done.").first_after(Duration::from_secs(9));
    let model = model().always(slow);
    let harness = process(&records, &model).await;
    let critic = id("critic");
    let fill = async {
        sleep(Duration::from_secs(1)).await;
        store.refuse(true);
    };
    let (refused, ()) = tokio::join!(harness.tasks.execute(&critic, chat("one")), fill);
    assert!(matches!(refused, Err(TaskError::Store(LogError::Full))), "{refused:?}");
    assert_eq!(harness.tasks.list(Some(TaskStatus::Completed), 9).len(), 1);
    harness.tasks.save().await.unwrap_err();
    store.refuse(false);
    harness.tasks.save().await.unwrap();
    let after = process(&records, &model).await;
    assert_eq!(after.tasks.list(Some(TaskStatus::Completed), 9).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn records_that_cannot_be_read_are_skipped() {
    let records = memory();
    let before = process(&records, &model()).await;
    before.directory.add(id("ada"), expertise("a poet")).await.unwrap();
    before.run(chat("one")).await;
    before.directory.save().await.unwrap();
    let strange = |documents: &[(&str, &str)]| -> Documents {
        documents.iter().map(|(key, json)| ((*key).to_owned(), (*json).to_owned())).collect()
    };
    let agent = r#"{"v":1,"body":"removed"}"#;
    let task = r#"{"v":1,"body":{"agent":"critic","operation":"sing","accepted_at":"2026-11-30T00:00:00.000Z","state":"cancelled"}}"#;
    let later = r#"{"v":1,"body":{"paused":{"until":7}}}"#;
    let agents = strange(&[("bob", "{"), ("carl", later), ("d d", agent), ("eve", r#"{"v":2}"#)]);
    records.put("agent", agents).await.unwrap();
    let id = "01939b3e-0000-7000-8000-000000000000";
    records.put("task", strange(&[("x", task), (id, task), ("y", "null")])).await.unwrap();
    records.put("statistics", strange(&[("critic", "[]"), ("bob", "{}")])).await.unwrap();
    let after = process(&records, &model()).await;
    assert_eq!(ids(&after.directory).len(), 7);
    assert_eq!(after.tasks.list(None, 9).len(), 1);
    assert_eq!(after.critic().await.statistics.calls, 0);
}

#[tokio::test(start_paused = true)]
async fn statistics_of_a_newer_version_are_not_replaced() {
    let records = memory();
    let newer =
        Documents::from([("critic".to_owned(), r#"{"v":2,"body":{"calls":9}}"#.to_owned())]);
    records.put("statistics", newer.clone()).await.unwrap();
    let older = process(&records, &model()).await;
    older.run(chat("one")).await;
    older.directory.save().await.unwrap();
    older.run(chat("two")).await;
    older.directory.save().await.unwrap();
    assert_eq!(records.all("statistics").await.unwrap(), newer);
    assert_eq!(older.critic().await.statistics.calls, 2, "of this process");
}
