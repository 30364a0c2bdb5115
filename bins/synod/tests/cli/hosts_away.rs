//! The only host goes away in the midst of a debate.

use std::{net::SocketAddr, sync::atomic::Ordering};

use serde_json::Value;
use synod_tests::{FakeOllama, Settings};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpListener,
    process::Child,
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

/// Reads stdout up to the end of the first turn.
async fn first_turn(child: &mut Child) -> (String, BufReader<tokio::process::ChildStdout>) {
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut read = String::new();
    while !read.contains(r#""turn_ended""#) {
        assert!(output.read_line(&mut read).await.expect("text") > 0, "{read}");
    }
    (read, output)
}

/// The events of a debate whose host is gone from its first turn on, and how the command ended.
async fn ended(
    mut child: Child,
    (mut read, mut output): (String, BufReader<tokio::process::ChildStdout>),
) -> (Vec<Value>, Ended) {
    output.read_to_string(&mut read).await.expect("text");
    let mut errors = String::new();
    let mut stderr = child.stderr.take().expect("a pipe");
    stderr.read_to_string(&mut errors).await.expect("text");
    let code = child.wait().await.expect("it ends").code().expect("it exits of itself");
    let events = read.lines().map(|line| serde_json::from_str(line).expect("an event"));
    (events.collect(), Ended { code, stdout: read.clone(), stderr: errors })
}

fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    let same = events.iter().filter(|event| event["type"] == kind);
    same.map(|event| &event["data"]).collect()
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
    let host = FakeOllama::start(settings()).await.expect("a fake host");
    let address = address(&host);
    let synod = Synod::with_host(&host.url());
    let mut child = synod.start(&DEBATE);
    child.stdin.take();
    let read = first_turn(&mut child).await;
    host.stop().await;
    refuse(address, CONNECTIONS).await;
    let back = FakeOllama::bind(address, settings(), None).await.expect("the same address");
    let (events, run) = ended(child, read).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(of_kind(&events, "debate_paused").is_empty());
    let turns = of_kind(&events, "turn_ended");
    assert!(turns.iter().all(|turn| turn["result"] == "spoke"), "{turns:#?}");
    let verdict = of_kind(&events, "debate_closed")[0];
    assert_eq!(
        (&verdict["outcome"], &verdict["panel"]["failed"]),
        (&"consensus".into(), &0.into())
    );
    drop(back);
}

/// Whose process is killed in mid-reply twice, and started anew at once.
#[tokio::test]
async fn a_host_that_resets_in_mid_reply_and_comes_back_costs_no_voice() {
    let host = FakeOllama::start(settings()).await.expect("a fake host");
    let proxy = CuttingProxy::before(address(&host), [3, 2]).await;
    let synod = Synod::with_host(&proxy.url);
    let run = synod.run(&DEBATE).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let left = [&proxy.cuts.statements, &proxy.cuts.ballots];
    assert_eq!(left.map(|left| left.load(Ordering::Relaxed)), [0, 0], "replies were cut");
    let events = run.stdout.lines().map(|line| serde_json::from_str(line).expect("an event"));
    let events: Vec<Value> = events.collect();
    assert!(of_kind(&events, "debate_paused").is_empty(), "{}", run.stderr);
    let turns = of_kind(&events, "turn_ended");
    assert!(turns.iter().all(|turn| turn["result"] == "spoke"), "{turns:#?}");
    let verdict = of_kind(&events, "debate_closed")[0];
    assert_eq!(
        (&verdict["outcome"], &verdict["panel"]["failed"]),
        (&"consensus".into(), &0.into())
    );
}

#[tokio::test]
async fn a_host_that_stays_away_pauses_the_debate_which_ends_in_a_pipe_with_what_to_do() {
    let host = FakeOllama::start(settings()).await.expect("a fake host");
    let synod = Synod::with_host(&host.url());
    synod
        .file("synod.toml", format!("[hosts.local]\nurl = \"{}\"\naway_seconds = 2\n", host.url()));
    let mut child = synod.start(&DEBATE);
    child.stdin.take();
    let read = first_turn(&mut child).await;
    drop(host);
    let (events, run) = ended(child, read).await;
    assert_eq!(run.code, 4, "{}", run.stderr);
    let paused = of_kind(&events, "debate_paused");
    assert_eq!(paused.len(), 1);
    assert_eq!(
        (&paused[0]["policy"], &paused[0]["reason"]),
        (&"abort".into(), &"hosts_away".into())
    );
    assert_eq!(of_kind(&events, "debate_closed")[0]["outcome"], "stopped");
    for words in ["local could not be reached", "away_seconds"] {
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
    synod.file("log.ndjson", &run.stdout);
    let verified = synod.run(&["verify", "log.ndjson"]).await;
    assert_eq!(verified.code, 0, "{}", verified.stderr);
}

/// With one of two voices there is no quorum: the debate waits for the other, whatever the first host
/// answers.
#[tokio::test]
async fn one_of_two_hosts_stays_away_and_the_pause_names_it() {
    let near = FakeOllama::start(settings()).await.expect("a fake host");
    let far = FakeOllama::start(settings()).await.expect("a fake host");
    let synod = Synod::without_variables();
    let table = |name: &str, host: &FakeOllama| {
        format!("[hosts.{name}]\nurl = \"{}\"\naway_seconds = 2\n", host.url())
    };
    synod.file("synod.toml", table("near", &near) + &table("far", &far));
    let agents = ["--agents=analyst,critic", "-m", "near/zmodel", "-m", "far/zmodel"];
    let mut child = synod.start(&[&DEBATE[..], &agents].concat());
    child.stdin.take();
    let read = first_turn(&mut child).await;
    drop(far);
    let (events, run) = ended(child, read).await;
    assert_eq!(run.code, 4, "{}", run.stderr);
    let paused = of_kind(&events, "debate_paused");
    assert_eq!(paused.len(), 1, "{}", run.stderr);
    assert_eq!(paused[0]["reason"], "hosts_away");
    assert_eq!(paused[0]["hosts"], serde_json::json!(["far"]));
    assert!(run.stderr.contains("far could not be reached"), "{}", run.stderr);
    assert!(!run.stderr.contains("near could not"), "{}", run.stderr);
    synod.file("log.ndjson", &run.stdout);
    let verified = synod.run(&["verify", "log.ndjson"]).await;
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    drop(near);
}
