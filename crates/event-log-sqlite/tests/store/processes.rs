//! Several processes on one directory. The child is this program, which runs one ignored test.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Lines, Write},
    path::Path,
    process::{self, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use futures_util::StreamExt;
use rustix::process::{Pid, Signal, kill_process};
use synod_domain::DebateId;
use synod_event_log::{Claim, Epoch, EventLog, LogError, ProcessId, RecordStore, Worker};
use synod_event_log_sqlite::{SqliteLog, SqliteStore};
use tempfile::TempDir;

use crate::sample::*;

const HOUR: Duration = Duration::from_secs(3_600);
const DIR: &str = "SYNOD_TEST_DIR";

/// Another process with the store open.
pub(crate) struct Child {
    process: process::Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Child {
    pub(crate) fn start(dir: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::child", "--ignored", "--nocapture"])
            .env(DIR, dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = process.stdin.take().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, stdin, stdout }
    }

    fn tell(&mut self, command: &str) {
        writeln!(self.stdin, "{command}").unwrap();
    }

    /// The next answer; the runner of tests writes lines, too.
    fn answer(&mut self) -> Option<String> {
        loop {
            let line = self.stdout.next()?.ok()?;
            if let Some((_, answer)) = line.split_once("> ") {
                return Some(answer.to_owned());
            }
        }
    }

    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.answer().unwrap()
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.process);
        kill_process(pid, signal).unwrap();
    }

    fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.process.wait().unwrap();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a child of other tests"]
async fn child() {
    #[expect(clippy::disallowed_methods, reason = "a child process is told its directory so")]
    let Ok(dir) = std::env::var(DIR) else { return };
    let store = SqliteStore::open(dir.as_ref(), options()).unwrap();
    let mut worker = Worker::new("child");
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<_> = line.split(' ').collect();
        let answer = run(&store, &mut worker, &words).await;
        println!("> {answer}");
    }
    store.close();
}

async fn run(store: &SqliteStore, worker: &mut Worker, words: &[&str]) -> String {
    let log = store.events();
    match words {
        ["register", name, ms] => {
            *worker = Worker::new(*name);
            let lease = Duration::from_millis(ms.parse().unwrap());
            log.register(worker, lease).await.unwrap();
            "ok".to_owned()
        }
        ["claim", id] => {
            let claim = log.claim(id.parse().unwrap(), worker).await.unwrap();
            claim.map_or("none".to_owned(), |claim| claim.epoch.0.to_string())
        }
        ["append", id, expected, epoch] => {
            let next =
                batch(id.parse().unwrap(), expected.parse().unwrap(), [interjected("child")]);
            let epoch = epoch.parse().ok().map(Epoch);
            match log.append(&next, epoch).await {
                Ok(last) => last.to_string(),
                Err(LogError::Fenced { .. }) => "fenced".to_owned(),
                Err(error) => error.to_string(),
            }
        }
        ["process"] => store.records().process().as_uuid().to_string(),
        ["flood", debates] => flood(&log, debates.parse().unwrap()).await,
        other => panic!("{other:?}"),
    }
}

/// Appends to several debates at once, until the process is killed. Says what is acknowledged.
async fn flood(log: &SqliteLog, debates: usize) -> String {
    let writers = (0..debates).map(|_| {
        let log = log.clone();
        tokio::spawn(async move {
            let id = create(&log).await.unwrap();
            println!("> {id} 1");
            for last in 1.. {
                let length = usize::try_from(last % 3_000).unwrap();
                let seq = append(&log, id, last, &"x".repeat(length)).await.unwrap();
                println!("> {id} {seq}");
            }
        })
    });
    futures_util::future::join_all(writers).await;
    "never".to_owned()
}

#[tokio::test]
async fn acknowledged_events_survive_a_kill() {
    let dir = TempDir::new().unwrap();
    let mut acknowledged = BTreeMap::<DebateId, u64>::new();
    for round in 0..8 {
        let mut child = Child::start(dir.path());
        child.tell("flood 4");
        for _ in 0..fastrand::usize(1..400) {
            let line = child.answer().unwrap();
            note(&mut acknowledged, &line);
        }
        child.signal(Signal::KILL);
        // What it had said before it was killed.
        while let Some(line) = child.answer() {
            note(&mut acknowledged, &line);
        }
        child.process.wait().unwrap();
        let store = open(dir.path());
        let report = store.verify(|_| {}).await.unwrap();
        assert!(report.is_sound(), "round {round}: {report:?}");
        let content = content(&store).await.unwrap();
        for (id, last) in &acknowledged {
            let (events, _) = &content[id];
            let found = events.len() as u64;
            // At most one append of each debate was under way.
            assert!((*last..=last + 1).contains(&found), "round {round}: {id} {last} {found}");
        }
    }
}

/// The last line may be cut off.
fn note(acknowledged: &mut BTreeMap<DebateId, u64>, line: &str) {
    let Some((id, seq)) = line.split_once(' ') else { return };
    if let (Ok(id), Ok(seq)) = (id.parse(), seq.parse()) {
        acknowledged.insert(id, seq);
    }
}

#[tokio::test]
async fn subscribers_get_the_events_of_other_processes() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path()).events();
    let (id, other) = (create(&log).await.unwrap(), create(&log).await.unwrap());
    let mut child = Child::start(dir.path());
    let (mut events, mut others) = (log.subscribe(id, 2), log.subscribe(other, 2));
    assert_eq!(child.ask(&format!("append {id} 1 -")), "2");
    assert_eq!(child.ask(&format!("append {id} 2 -")), "3");
    for seq in [2, 3] {
        let event = tokio::time::timeout(Duration::from_secs(20), events.next()).await;
        assert_eq!(event.unwrap().unwrap().unwrap().recorded.seq, seq);
    }
    append(&log, other, 1, "here").await.unwrap();
    assert_eq!(others.next().await.unwrap().unwrap().recorded.seq, 2);
    assert_eq!(child.ask(&format!("append {other} 2 -")), "3");
    let event = tokio::time::timeout(Duration::from_secs(20), others.next()).await;
    assert_eq!(event.unwrap().unwrap().unwrap().recorded.seq, 3);
}

async fn claim(log: &SqliteLog, id: DebateId, worker: &Worker) -> Option<Claim> {
    log.claim(id, worker).await.unwrap()
}

#[tokio::test]
async fn claims_of_processes_exclude_each_other() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let log = store.events();
    let (mine, theirs) = (debate(&log, 3).await, debate(&log, 3).await);
    let me = Worker::new("me");
    log.register(&me, HOUR).await.unwrap();
    claim(&log, mine, &me).await.unwrap();
    let mut child = Child::start(dir.path());
    assert_eq!(child.ask("register child 3600000"), "ok");
    assert_eq!(child.ask(&format!("claim {mine}")), "none");
    assert_eq!(child.ask(&format!("claim {theirs}")), "1");
    assert_eq!(claim(&log, theirs, &me).await, None);
    assert_eq!(log.take_over(&me, &[], 9).await.unwrap(), []);
    let found = SqliteStore::inspect(dir.path()).unwrap();
    assert_eq!(found.processes.len(), 2);
    let workers = found.workers.iter().map(|w| (w.name.as_str(), w.debates, w.has_lease));
    assert!(workers.eq([("child", 1, true), ("me", 1, true)]));

    // A killed process needs its lease no more.
    child.kill();
    let taken = log.take_over(&me, &[], 9).await.unwrap();
    assert!(taken.iter().map(|claim| (claim.id, claim.epoch)).eq([(theirs, Epoch(2))]));
    assert_eq!(SqliteStore::inspect(dir.path()).unwrap().processes.len(), 1);
}

#[tokio::test]
async fn a_process_has_the_store_open_until_it_ends() {
    let dir = TempDir::new().unwrap();
    let (store, other) = (open(dir.path()), open(dir.path()));
    let records = store.records();
    let is_open = async |process| records.is_open_in(process).await.unwrap();
    let mut child = Child::start(dir.path());
    let [mine, second] = [&store, &other].map(|store| store.records().process());
    let child_id = ProcessId::from_uuid(child.ask("process").parse().unwrap());
    assert!(mine != second && mine != child_id);
    for process in [mine, second, child_id] {
        assert!(is_open(process).await);
        assert!(other.records().is_open_in(process).await.unwrap());
    }
    child.signal(Signal::STOP);
    assert!(is_open(child_id).await, "it may continue");
    child.kill();
    assert!(!is_open(child_id).await);
    drop(other);
    assert!(!is_open(second).await && is_open(mine).await);
}

#[tokio::test]
async fn a_stopped_process_loses_its_debates_with_its_lease() {
    let dir = TempDir::new().unwrap();
    let log = open(dir.path()).events();
    let id = debate(&log, 3).await;
    let me = Worker::new("me");
    log.register(&me, HOUR).await.unwrap();
    let mut child = Child::start(dir.path());
    assert_eq!(child.ask("register child 2000"), "ok");
    assert_eq!(child.ask(&format!("claim {id}")), "1");
    child.signal(Signal::STOP);
    let mut refusals = 0;
    let claim = loop {
        if let Some(claim) = claim(&log, id, &me).await {
            break claim;
        }
        refusals += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(refusals > 0, "the lease of a stopped process counts");
    assert_eq!(claim.epoch, Epoch(2));
    child.signal(Signal::CONT);
    assert_eq!(child.ask(&format!("append {id} 3 1")), "fenced");
}
