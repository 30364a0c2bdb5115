//! What a system finds after a restart, with the same records.

#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use synod_agents::{AgentChange, AgentStatistics, TaskInput, TaskOrder, TextInput};
use synod_domain::AgentId;
use synod_event_log::{Documents, LogError, MemoryRecords, ProcessId, RecordStore};
use synod_inference::{AdmissionClass, Gateway, GatewaySettings, ScriptedHost, ScriptedModel};
use synod_runtime::Synod;
use tokio::time::sleep;

/// Counts writes.
#[derive(Default)]
struct Counted {
    memory: MemoryRecords,
    writes: AtomicUsize,
}

impl RecordStore for Counted {
    fn put(&self, kind: &'static str, documents: Documents) -> BoxFuture<'_, Result<(), LogError>> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.memory.put(kind, documents)
    }

    fn swap(
        &self,
        kind: &'static str,
        key: String,
        current: Option<String>,
        new: Option<String>,
    ) -> BoxFuture<'_, Result<bool, LogError>> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.memory.swap(kind, key, current, new)
    }

    fn remove(&self, kind: &'static str, key: String) -> BoxFuture<'_, Result<(), LogError>> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.memory.remove(kind, key)
    }

    fn get(
        &self,
        kind: &'static str,
        key: String,
    ) -> BoxFuture<'_, Result<Option<String>, LogError>> {
        self.memory.get(kind, key)
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

async fn system(records: &Arc<Counted>) -> Synod {
    let host = ScriptedHost::new("local").with(ScriptedModel::new("m"));
    let gateway = Gateway::new(vec![Arc::new(host)], GatewaySettings::default());
    let synod = Synod::builder(gateway).with_records(Arc::clone(records) as _).build();
    synod.restore(|_| false).await.unwrap();
    synod
}

fn id(text: &str) -> AgentId {
    text.parse().unwrap()
}

async fn run_task(synod: &Synod) {
    let input = TaskInput::Chat(TextInput { text: "one".to_owned(), ..TextInput::default() });
    let order = TaskOrder { input, class: AdmissionClass::Normal, time_limit: None };
    synod.tasks().execute(&id("critic"), order).await.unwrap();
}

async fn critic(synod: &Synod) -> AgentStatistics {
    synod.agents().report(&id("critic")).await.unwrap().statistics
}

#[tokio::test(start_paused = true)]
async fn a_restart_in_order_loses_nothing() {
    let records = Arc::default();
    let before = system(&records).await;
    let poet = AgentChange { expertise: Some("a poet".to_owned()), ..AgentChange::default() };
    before.agents().add(id("ada"), poet).await.unwrap();
    run_task(&before).await;
    let debate = before.debate("Is 91 prime?").options(["Yes", "No"]).agents(["ada", "critic"]);
    debate.run().await.unwrap();
    let (statistics, tasks) = (critic(&before).await, before.tasks().list(None, 9));
    assert!(statistics.calls > 1, "{statistics:?}");
    before.close().await;
    drop(before);

    let after = system(&records).await;
    assert_eq!(critic(&after).await, statistics);
    assert_eq!(after.tasks().list(None, 9)[0].id, tasks[0].id);
    let debate = after.debate("Is 91 prime?").options(["Yes", "No"]).agents(["ada", "critic"]);
    debate.run().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_killed_process_loses_at_most_a_second_of_statistics() {
    let records = Arc::default();
    let before = system(&records).await;
    run_task(&before).await;
    // The write begins a second after the change.
    sleep(Duration::from_millis(1_001)).await;
    run_task(&before).await;
    drop(before);
    let after = system(&records).await;
    assert_eq!(critic(&after).await.succeeded, 1);
    assert_eq!(after.tasks().list(None, 9).len(), 2, "tasks are stored at once");
}

#[tokio::test(start_paused = true)]
async fn calls_of_debates_do_not_write_records() {
    let records = Arc::<Counted>::default();
    let synod = system(&records).await;
    synod.debate("Is 91 prime?").options(["Yes", "No"]).run().await.unwrap();
    let calls =
        synod.agents().reports().await.iter().map(|agent| agent.statistics.calls).sum::<u64>();
    assert!(calls >= 6, "{calls}");
    assert!(records.writes.load(Ordering::Relaxed) <= 1, "one write for all");
    sleep(Duration::from_secs(2)).await;
    let writes = records.writes.load(Ordering::Relaxed);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(records.writes.load(Ordering::Relaxed), writes, "no write without a change");
}

#[tokio::test(start_paused = true)]
async fn without_restore_statistics_are_stored_on_close() {
    let records = Arc::<Counted>::default();
    let host = ScriptedHost::new("local").with(ScriptedModel::new("m"));
    let gateway = Gateway::new(vec![Arc::new(host)], GatewaySettings::default());
    let synod = Synod::builder(gateway).with_records(Arc::clone(&records) as _).build();
    run_task(&synod).await;
    synod.close().await;
    synod.close().await;
    assert_eq!(critic(&system(&records).await).await.succeeded, 1);
}
