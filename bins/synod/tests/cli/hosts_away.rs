//! The only host goes away in the midst of a debate.

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
    synod::{Ended, Synod},
};

/// That many are not made before calls give up that are sent again as after any other failure.
const CONNECTIONS: usize = 30;

const DEBATE: [&str; 7] =
    ["debate", "Cars?", "--option=agree", "--option=disagree", "--rounds=1", "-o", "ndjson"];

fn settings() -> Settings {
    Settings { models: vec!["zmodel".to_owned()], agree_p: 1.0, itl_ms: 5.0, ..Settings::default() }
}

fn address(host: &FakeOllama) -> SocketAddr {
    host.url().trim_start_matches("http://").parse().expect("an address")
}

/// A debate whose first turn has ended.
struct Begun {
    child: Child,
    output: BufReader<ChildStdout>,
    read: String,
}

/// How a debate ended.
struct Held {
    events: Vec<Value>,
    run: Ended,
}

impl Begun {
    /// Starts a debate, and reads up to the end of the first turn.
    async fn with(synod: &Synod, more: &[&str]) -> Self {
        let mut child = synod.start(&[&DEBATE[..], more].concat());
        child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut read = String::new();
        while !read.contains(r#""turn_ended""#) {
            assert!(output.read_line(&mut read).await.expect("text") > 0, "{read}");
        }
        Self { child, output, read }
    }

    /// Waits for its end.
    async fn ended(mut self) -> Held {
        self.output.read_to_string(&mut self.read).await.expect("text");
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().expect("a pipe");
        pipe.read_to_string(&mut stderr).await.expect("text");
        let status = self.child.wait().await.expect("it ends");
        let code = status.code().expect("it exits of itself");
        Held::of(Ended { code, stdout: self.read, stderr })
    }
}

impl Held {
    fn of(run: Ended) -> Self {
        let events = run.stdout.lines().map(|line| serde_json::from_str(line).expect("an event"));
        Self { events: events.collect(), run }
    }

    fn of_kind(&self, kind: &str) -> Vec<&Value> {
        let same = self.events.iter().filter(|event| event["type"] == kind);
        same.map(|event| &event["data"]).collect()
    }

    /// It was never paused, and every voice was heard.
    fn lost_nothing(&self) {
        assert_eq!(self.run.code, 0, "{}", self.run.stderr);
        assert!(self.of_kind("debate_paused").is_empty(), "{}", self.run.stderr);
        let turns = self.of_kind("turn_ended");
        assert!(turns.iter().all(|turn| turn["result"] == "spoke"), "{turns:#?}");
        let verdict = self.of_kind("debate_closed")[0];
        let (outcome, failed) = (&verdict["outcome"], &verdict["panel"]["failed"]);
        assert_eq!((outcome, failed), (&"consensus".into(), &0.into()));
    }

    /// It ended with the exit code of a panel that lost its hosts, after one pause, and its log is
    /// valid; the pause.
    async fn was_paused(&self, synod: &Synod) -> &Value {
        assert_eq!(self.run.code, 4, "{}", self.run.stderr);
        let [paused] = self.of_kind("debate_paused")[..] else { panic!("{}", self.run.stderr) };
        assert_eq!(paused["reason"], "hosts_away");
        synod.file("log.ndjson", &self.run.stdout);
        let verified = synod.run(&["verify", "log.ndjson"]).await;
        assert_eq!(verified.code, 0, "{}", verified.stderr);
        paused
    }
}

async fn fake() -> FakeOllama {
    FakeOllama::start(settings()).await.expect("a fake host")
}

/// The table of a host that is waited for two seconds.
fn waited_for_shortly(name: &str, host: &FakeOllama) -> String {
    format!("[hosts.{name}]\nurl = \"{}\"\naway_seconds = 2\n", host.url())
}

/// Closes as many connections as come, unanswered.
async fn refuse(address: SocketAddr, connections: usize) {
    let listener = TcpListener::bind(address).await.expect("the same address");
    for _ in 0..connections {
        drop(listener.accept().await.expect("a connection"));
    }
}

#[tokio::test]
async fn a_host_that_comes_back_costs_nothing_but_the_time() {
    let host = fake().await;
    let address = address(&host);
    let synod = Synod::with_host(&host.url());
    let begun = Begun::with(&synod, &[]).await;
    host.stop().await;
    refuse(address, CONNECTIONS).await;
    let back = FakeOllama::bind(address, settings(), None).await.expect("the same address");
    begun.ended().await.lost_nothing();
    drop(back);
}

/// Whose process is killed in mid-reply twice, and started anew at once.
#[tokio::test]
async fn a_host_that_resets_in_mid_reply_and_comes_back_costs_no_voice() {
    let host = fake().await;
    let proxy = CuttingProxy::before(address(&host), [3, 2]).await;
    let synod = Synod::with_host(&proxy.url);
    Held::of(synod.run(&DEBATE).await).lost_nothing();
    let left = [&proxy.cuts.statements, &proxy.cuts.ballots];
    assert_eq!(left.map(|left| left.load(Ordering::Relaxed)), [0, 0], "replies were cut");
}

#[tokio::test]
async fn a_host_that_stays_away_pauses_the_debate_which_ends_in_a_pipe_with_what_to_do() {
    let host = fake().await;
    let synod = Synod::with_host(&host.url());
    synod.file("synod.toml", waited_for_shortly("local", &host));
    let begun = Begun::with(&synod, &[]).await;
    drop(host);
    let held = begun.ended().await;
    assert_eq!(held.was_paused(&synod).await["policy"], "abort");
    assert_eq!(held.of_kind("debate_closed")[0]["outcome"], "stopped");
    for words in ["local could not be reached", "away_seconds"] {
        assert!(held.run.stderr.contains(words), "{}", held.run.stderr);
    }
}

/// With one of two voices there is no quorum: the debate waits for the other, whatever the first host
/// answers.
#[tokio::test]
async fn one_of_two_hosts_stays_away_and_the_pause_names_it() {
    let (near, far) = (fake().await, fake().await);
    let synod = Synod::without_variables();
    let hosts = waited_for_shortly("near", &near) + &waited_for_shortly("far", &far);
    synod.file("synod.toml", hosts);
    let agents = ["--agents=analyst,critic", "-m", "near/zmodel", "-m", "far/zmodel"];
    let begun = Begun::with(&synod, &agents).await;
    drop(far);
    let held = begun.ended().await;
    assert_eq!(held.was_paused(&synod).await["hosts"], serde_json::json!(["far"]));
    let stderr = &held.run.stderr;
    assert!(stderr.contains("far could not be reached"), "{stderr}");
    assert!(!stderr.contains("near could not"), "{stderr}");
    drop(near);
}
