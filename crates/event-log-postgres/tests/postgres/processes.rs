//! Several processes on one database. The child is this program, which runs one ignored test.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    process::{self, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use futures_util::{StreamExt, future::join_all};
use rustix::process::{Pid, Signal, kill_process};
use synod_domain::DebateId;
use synod_event_log::{Epoch, EventLog, LogError, Worker};
use synod_event_log_postgres::{PostgresOptions, PostgresStore};

use crate::{
    cluster::{Cluster, PASSWORD, shared},
    sample::*,
};

const PORT: &str = "SYNOD_TEST_PORT";
const SCHEMA: &str = "SYNOD_TEST_SCHEMA";

/// Another process with the store open.
struct Other {
    process: process::Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start(cluster: &Cluster, schema: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::other", "--ignored", "--nocapture"])
            .env(PORT, cluster.port.to_string())
            .env(SCHEMA, schema)
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

    fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.answer().unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a child of other tests"]
#[expect(clippy::disallowed_methods, reason = "a child process is told its database so")]
async fn other() {
    let (Ok(port), Ok(schema)) = (std::env::var(PORT), std::env::var(SCHEMA)) else { return };
    let url = format!("postgres://postgres:{PASSWORD}@127.0.0.1:{port}/postgres?sslmode=disable");
    let options = PostgresOptions { schema, ..PostgresOptions::default() };
    let store = PostgresStore::open(&url.parse().unwrap(), options).await.unwrap();
    let mut worker = Worker::new("other");
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<_> = line.split(' ').collect();
        println!("> {}", obey(&store, &mut worker, &words).await);
    }
}

async fn obey(store: &PostgresStore, worker: &mut Worker, words: &[&str]) -> String {
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
            let next = batch(id.parse().unwrap(), expected.parse().unwrap(), [interjected("…")]);
            match log.append(&next, epoch.parse().ok().map(Epoch)).await {
                Ok(last) => last.to_string(),
                Err(LogError::Fenced { .. }) => "fenced".to_owned(),
                Err(error) => error.to_string(),
            }
        }
        ["write", id, number] => {
            let written = write(&log, id.parse().unwrap(), number.parse().unwrap()).await;
            let written = written.iter().map(|(seq, id)| format!("{seq}:{}", id.as_uuid()));
            written.collect::<Vec<_>>().join(" ")
        }
        // Keeps a claim busy until the process is stopped and fenced.
        ["drive", id, epoch, last] => {
            drive(&log, id.parse().unwrap(), epoch.parse().unwrap(), last.parse().unwrap()).await
        }
        other => panic!("{other:?}"),
    }
}

async fn drive(log: &dyn EventLog, id: DebateId, epoch: u64, mut last: u64) -> String {
    loop {
        match log.append(&batch(id, last, [interjected("…")]), Some(Epoch(epoch))).await {
            Ok(seq) => last = seq,
            Err(LogError::Fenced { .. }) => return format!("fenced after {last}"),
            Err(error) => return error.to_string(),
        }
    }
}

#[tokio::test]
async fn acknowledged_events_of_racing_processes_are_stored_once() {
    for number in [2, 4] {
        let options = shared().schema().await;
        let store = PostgresStore::open(&shared().url(), options.clone()).await.unwrap();
        let id = create(&store.events()).await.unwrap();
        let mut others: Vec<_> =
            (0..number).map(|_| Other::start(shared(), &options.schema)).collect();
        others.iter_mut().for_each(|other| other.tell(&format!("write {id} 100")));
        let mut acknowledged = Vec::new();
        for other in &mut others {
            for written in other.answer().unwrap().split(' ') {
                let (seq, id) = written.split_once(':').unwrap();
                let id = synod_event_log::EventId::from_uuid(id.parse().unwrap());
                acknowledged.push((seq.parse().unwrap(), id));
            }
        }
        assert_eq!(acknowledged.len(), number * 100);
        assert_stored(&store.events(), id, acknowledged).await;
    }
}

/// Processes that are stopped while they append, for longer than their lease.
#[tokio::test]
async fn zombies_are_fenced() {
    let options = shared().schema().await;
    let store = PostgresStore::open(&shared().url(), options.clone()).await.unwrap();
    let log = store.events();
    let me = Worker::new("me");
    log.register(&me, Duration::from_secs(3_600)).await.unwrap();
    let mut other = Other::start(shared(), &options.schema);
    for round in 0..10 {
        let id = started(&log).await;
        assert_eq!(other.ask("register other 150"), "ok");
        assert_eq!(other.ask(&format!("claim {id}")), "1");
        other.tell(&format!("drive {id} 1 2"));
        // Real waits: for the process to be at work, and for its lease.
        tokio::time::sleep(Duration::from_millis(fastrand::u64(5..40))).await;
        other.signal(Signal::STOP);
        let claim = loop {
            if let Some(claim) = log.claim(id, &me).await.unwrap() {
                break claim;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let mine = append(&log, id, claim.last, "mine").await;
        other.signal(Signal::CONT);
        let answer = other.answer().unwrap();
        let last: u64 = answer.strip_prefix("fenced after ").unwrap().parse().unwrap();
        assert!(last <= claim.last, "round {round}: {answer} {claim:?}");
        let events = log.read(id, 1, usize::MAX).await.unwrap();
        assert_eq!(events.len() as u64, mine.unwrap(), "round {round}: no event after the claim");
    }
}

#[tokio::test]
async fn subscribers_get_the_events_of_other_processes() {
    let options = shared().schema().await;
    let store = PostgresStore::open(&shared().url(), options.clone()).await.unwrap();
    let log = store.events();
    let ids = join_all((0..3).map(|_| async { create(&log).await.unwrap() })).await;
    let mut other = Other::start(shared(), &options.schema);
    for id in ids {
        let mut events = log.subscribe(id, 2);
        for seq in 2..5 {
            assert_eq!(other.ask(&format!("append {id} {} -", seq - 1)), seq.to_string());
            let event = tokio::time::timeout(Duration::from_secs(20), events.next()).await;
            assert_eq!(event.unwrap().unwrap().unwrap().recorded.seq, seq);
        }
    }
}
