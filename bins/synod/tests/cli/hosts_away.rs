//! Hosts that become unavailable during a debate.

use std::{net::SocketAddr, sync::atomic::Ordering};

use serde_json::Value;
use synod_tests::{FakeOllama, Settings};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpListener,
    process::{Child, ChildStdout},
};

use crate::{
    cutting_proxy::CuttingProxy,
    synod::{RunResult, Synod},
};

/// More connections than calls attempt if they are only repeated as after other failures.
const CONNECTIONS: usize = 30;

const DEBATE: [&str; 7] =
    ["debate", "Cars?", "--option=agree", "--option=disagree", "--rounds=1", "-o", "ndjson"];

fn settings() -> Settings {
    Settings { models: vec!["zmodel".to_owned()], agree_p: 1.0, itl_ms: 5.0, ..Settings::default() }
}

fn address(host: &FakeOllama) -> SocketAddr {
    host.url().trim_start_matches("http://").parse().expect("an address")
}

/// A running debate whose first turn has ended.
struct RunningDebate {
    child: Child,
    output: BufReader<ChildStdout>,
    read: String,
}

/// A debate that has ended.
struct EndedDebate {
    events: Vec<Value>,
    run: RunResult,
}

impl RunningDebate {
    /// Starts a debate, and reads up to the end of the first turn.
    async fn start(synod: &Synod, more: &[&str]) -> Self {
        let mut child = synod.start(&[&DEBATE[..], more].concat());
        child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut read = String::new();
        while !read.contains(r#""turn_ended""#) {
            assert!(output.read_line(&mut read).await.expect("text") > 0, "{read}");
        }
        Self { child, output, read }
    }

    /// Waits for the end of the debate.
    async fn ended(mut self) -> EndedDebate {
        self.output.read_to_string(&mut self.read).await.expect("text");
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().expect("a pipe");
        pipe.read_to_string(&mut stderr).await.expect("text");
        let status = self.child.wait().await.expect("the process ends");
        let code = status.code().expect("an exit code");
        EndedDebate::of(RunResult { code, stdout: self.read, stderr })
    }
}

impl EndedDebate {
    fn of(run: RunResult) -> Self {
        let events = run.stdout.lines().map(|line| serde_json::from_str(line).expect("an event"));
        Self { events: events.collect(), run }
    }

    fn of_kind(&self, kind: &str) -> Vec<&Value> {
        let same = self.events.iter().filter(|event| event["type"] == kind);
        same.map(|event| &event["data"]).collect()
    }

    /// Asserts that the debate was never paused and that every participant spoke and voted.
    fn assert_lost_nothing(&self) {
        assert_eq!(self.run.code, 0, "{}", self.run.stderr);
        assert!(self.of_kind("debate_paused").is_empty(), "{}", self.run.stderr);
        let turns = self.of_kind("turn_ended");
        assert!(turns.iter().all(|turn| turn["result"] == "spoke"), "{turns:#?}");
        let verdict = self.of_kind("debate_closed")[0];
        let (outcome, failed) = (&verdict["outcome"], &verdict["panel"]["failed"]);
        assert_eq!((outcome, failed), (&"consensus".into(), &0.into()));
    }

    /// Asserts that the debate was paused once, was left with exit code 4 to be resumed, and has a valid log.
    /// Returns the pause.
    async fn assert_paused(&self, synod: &Synod) -> &Value {
        assert_eq!(self.run.code, 4, "{}", self.run.stderr);
        let [paused] = self.of_kind("debate_paused")[..] else { panic!("{}", self.run.stderr) };
        assert_eq!(paused["reason"], "hosts_away");
        assert!(self.of_kind("debate_closed").is_empty(), "{}", self.run.stdout);
        assert!(self.run.stderr.contains("`synod resume "), "{}", self.run.stderr);
        let verified = synod.run(&["verify", "last"]).await;
        assert_eq!(verified.code, 0, "{}", verified.stderr);
        let listed = synod.run(&["list", "--status=paused"]).await;
        assert!(listed.stdout.contains("Cars?"), "{}", listed.stderr);
        paused
    }
}

async fn fake() -> FakeOllama {
    FakeOllama::start(settings()).await.expect("a fake host")
}

/// The table of a host with a wait of two seconds.
fn table_with_short_wait(name: &str, host: &FakeOllama) -> String {
    format!("[hosts.{name}]\nurl = \"{}\"\naway_seconds = 2\n", host.url())
}

/// Accepts this many connections and closes them without a response.
async fn refuse(address: SocketAddr, connections: usize) {
    let listener = TcpListener::bind(address).await.expect("the same address");
    for _ in 0..connections {
        drop(listener.accept().await.expect("a connection"));
    }
}

#[tokio::test]
async fn host_that_restarts_costs_only_time() {
    let host = fake().await;
    let address = address(&host);
    let synod = Synod::with_host(&host.url());
    let debate = RunningDebate::start(&synod, &[]).await;
    host.stop().await;
    refuse(address, CONNECTIONS).await;
    let back = FakeOllama::bind(address, settings(), None).await.expect("the same address");
    debate.ended().await.assert_lost_nothing();
    drop(back);
}

/// As a host does whose process is killed in mid-reply and restarted immediately.
#[tokio::test]
async fn resets_in_mid_reply_cost_no_statement_or_vote() {
    let host = fake().await;
    let proxy = CuttingProxy::before(address(&host), [3, 2]).await;
    let synod = Synod::with_host(&proxy.url);
    EndedDebate::of(synod.run(&DEBATE).await).assert_lost_nothing();
    let left = [&proxy.cuts.statements, &proxy.cuts.ballots];
    assert_eq!(left.map(|left| left.load(Ordering::Relaxed)), [0, 0], "replies were cut");
}

#[tokio::test]
async fn lost_host_ends_an_ephemeral_debate_in_a_pipe() {
    let host = fake().await;
    let synod = Synod::with_host(&host.url());
    synod.file("synod.toml", table_with_short_wait("local", &host));
    let debate = RunningDebate::start(&synod, &["--ephemeral"]).await;
    drop(host);
    let ended = debate.ended().await;
    assert_eq!(ended.run.code, 4, "{}", ended.run.stderr);
    assert_eq!(ended.of_kind("debate_closed")[0]["outcome"], "stopped");
    assert!(!ended.run.stderr.contains("resume"), "{}", ended.run.stderr);
}

#[tokio::test]
async fn lost_host_leaves_a_paused_debate_in_a_pipe() {
    let host = fake().await;
    let synod = Synod::with_host(&host.url());
    synod.file("synod.toml", table_with_short_wait("local", &host));
    let debate = RunningDebate::start(&synod, &[]).await;
    drop(host);
    let ended = debate.ended().await;
    assert_eq!(ended.assert_paused(&synod).await["policy"], "abort");
    for words in ["local could not be reached", "away_seconds"] {
        assert!(ended.run.stderr.contains(words), "{}", ended.run.stderr);
    }
}

/// One of two participants is not a quorum, so the debate waits for the other.
#[tokio::test]
async fn pause_names_the_lost_one_of_two_hosts() {
    let (near, far) = (fake().await, fake().await);
    let synod = Synod::without_variables();
    let hosts = table_with_short_wait("near", &near) + &table_with_short_wait("far", &far);
    synod.file("synod.toml", hosts);
    let agents = ["--agents=analyst,critic", "-m", "near/zmodel", "-m", "far/zmodel"];
    let debate = RunningDebate::start(&synod, &agents).await;
    drop(far);
    let ended = debate.ended().await;
    assert_eq!(ended.assert_paused(&synod).await["hosts"], serde_json::json!(["far"]));
    let stderr = &ended.run.stderr;
    assert!(stderr.contains("far could not be reached"), "{stderr}");
    assert!(!stderr.contains("near could not"), "{stderr}");
    drop(near);
}
