//! The cost of the durable log, against the disk and against a log in memory.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use synod_domain::{DebateId, Event, Interjected, Timestamp};
use synod_event_log::{Batch, EventLog, ListQuery};
use synod_event_log_sqlite::{SqliteStore, StoreOptions};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    PACE,
    meter::Row,
    test_system::{Held, Pace, TestSystem},
};

/// The pace of a small model without a graphics card: 20 tokens a second.
const LOCAL_PACE: Pace =
    Pace { first: Duration::from_millis(200), each: Duration::from_millis(50), tokens: 20 };

/// The JSON of an event of a debate, in bytes, about.
const EVENT_BYTES: usize = 1_000;

pub(crate) async fn measure() -> Vec<Row> {
    let mut rows = vec![append().await, group().await];
    rows.extend(open_and_list().await);
    rows.push(recover().await);
    rows.extend(wall(1, PACE, "").await);
    rows.extend(wall(200, PACE, "").await);
    rows.extend(wall(1, LOCAL_PACE, " at 20 tokens/s").await);
    rows.extend(wall(200, LOCAL_PACE, " at 20 tokens/s").await);
    rows
}

/// A folder on the disk of the build, since the folder for temporary files may be in memory.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder")
}

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder, StoreOptions::default()).expect("a store")
}

async fn created(log: &dyn EventLog) -> DebateId {
    let id = DebateId::from_uuid(Uuid::now_v7());
    let first =
        Batch::new(id, 0, Timestamp::default(), [Event::DebateStarted]).expect("it is small");
    log.create(&first, None).await.expect("it is new");
    id
}

fn event() -> Event {
    Event::Interjected(Interjected { text: "x".repeat(EVENT_BYTES).into(), author: None })
}

async fn appended(log: &dyn EventLog, id: DebateId, after: u64) {
    let batch = Batch::new(id, after, Timestamp::default(), [event()]).expect("it is small");
    log.append(&batch, None).await.expect("it follows");
}

/// The median of single appends, over the median of a write and `fdatasync` of as many bytes in between.
async fn append() -> Row {
    let folder = folder();
    let store = open(folder.path());
    let log = store.events();
    let mut file = File::create(folder.path().join("bare")).expect("a file");
    let mut ratios = Vec::new();
    for _ in 0..5 {
        let id = created(&log).await;
        let (mut appends, mut syncs) = (Vec::new(), Vec::new());
        for seq in 1..=200 {
            let begun = Instant::now();
            appended(&log, id, seq).await;
            appends.push(begun.elapsed());
            let begun = Instant::now();
            file.write_all(&[b'x'; EVENT_BYTES]).expect("written");
            file.sync_data().expect("synced");
            syncs.push(begun.elapsed());
        }
        ratios.push(median(appends).as_secs_f64() / median(syncs).as_secs_f64());
    }
    Row::of("append of one debate, p50 over fdatasync".to_owned(), ratios, "≤ 1.5")
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Events in one commit, and so in one `fdatasync`, while 50 debates append.
async fn group() -> Row {
    let folder = folder();
    let store = open(folder.path());
    let log = Arc::new(store.events());
    let mut ids = Vec::new();
    for _ in 0..50 {
        ids.push(created(&*log).await);
    }
    let mut runs = Vec::new();
    for run in 0..5 {
        let commits = store.commits();
        join_all(ids.iter().map(|id| {
            let (log, id) = (Arc::clone(&log), *id);
            tokio::spawn(async move {
                for seq in 1..=100 {
                    appended(&*log, id, run * 100 + seq).await;
                }
            })
        }))
        .await;
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        runs.push(5_000.0 / (store.commits() - commits) as f64);
    }
    Row::of("events in a commit, 50 debates".to_owned(), runs, "≥ 20")
}

/// Opening a store of 1,000 debates with 200 events each, and listing them.
async fn open_and_list() -> [Row; 2] {
    let folder = folder();
    let store = open(folder.path());
    let log = Arc::new(store.events());
    join_all((0..1_000).map(|_| {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            let id = created(&*log).await;
            let mut after = 1;
            while after < 200 {
                let events = (0..40).map(|_| event());
                let batch = Batch::new(id, after, Timestamp::default(), events).expect("small");
                after = log.append(&batch, None).await.expect("it follows");
            }
        })
    }))
    .await;
    store.close();
    let (mut opened, mut listed) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let begun = Instant::now();
        let store = open(folder.path());
        opened.push(begun.elapsed().as_secs_f64() * 1e3);
        let begun = Instant::now();
        let list = store.events().list(&ListQuery::default(), 1_000).await.expect("a list");
        listed.push(begun.elapsed().as_secs_f64() * 1e3);
        assert_eq!(list.debates.len(), 1_000);
        store.close();
    }
    let goal = "< 20 together";
    [
        Row::of("open a store of 1,000 × 200 events, ms".to_owned(), opened, goal),
        Row::of("list its 1,000 debates, ms".to_owned(), listed, goal),
    ]
}

/// The time until 1,000 running debates of a process that ended have made their next calls.
async fn recover() -> Row {
    let folder = folder();
    let mut runs = Vec::new();
    for _ in 0..3 {
        let data = folder.path().join("data");
        let before = TestSystem::hanging_on(Some(open(&data)));
        before.open_and_wait(1_000).await;
        drop(before);
        let begun = Instant::now();
        let after = TestSystem::hanging_on(Some(open(&data)));
        after.recover_and_wait(1_000).await;
        runs.push(begun.elapsed().as_secs_f64());
        drop(after);
        fs::remove_dir_all(&data).expect("removed");
    }
    Row::of("recovery of 1,000 running debates, s".to_owned(), runs, "–")
}

/// Wall time over the critical path with the durable log, and how much longer that is than with a log in
/// memory.
async fn wall(debates: usize, pace: Pace, at: &str) -> [Row; 2] {
    let (mut kept, mut share) = (Vec::new(), Vec::new());
    for _ in 0..if at.is_empty() { 5 } else { 3 } {
        let folder = folder();
        let in_memory = TestSystem::scripted(pace).hold(debates).await;
        let on_disk = TestSystem::scripted_on(pace, Some(open(folder.path()))).hold(debates).await;
        let ratio = |held: &Held| held.wall.as_secs_f64() / held.critical_path.as_secs_f64();
        kept.push(ratio(&on_disk));
        share.push((ratio(&on_disk) - ratio(&in_memory)) / ratio(&on_disk));
    }
    let s = if debates == 1 { "" } else { "s" };
    [
        Row::of(format!("durable log, {debates} debate{s}{at}: wall / critical path"), kept, "–"),
        Row::of(
            format!("durable log, {debates} debate{s}{at}: share of the wall time"),
            share,
            "< 0.01",
        ),
    ]
}
