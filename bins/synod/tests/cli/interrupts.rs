use std::{process::Command, time::Duration};

use serde_json::Value;
use synod_tests::{FakeOllama, Settings};
use tokio::{
    process::Child,
    time::{Instant, sleep},
};

use crate::synod::{RunResult, Synod, ollama};

const ARGUMENTS: [&str; 7] =
    ["debate", "Cars?", "--option=agree", "--option=disagree", "-q", "-o", "ndjson"];

fn signal(child: &Child, name: &str) {
    let id = child.id().expect("a running process").to_string();
    assert!(Command::new("kill").args(["-s", name, &id]).status().expect("kill").success());
}

/// Waits until the fake host serves this many calls.
async fn in_service(host: &FakeOllama, calls: usize) {
    while host.stats().active != calls {
        sleep(Duration::from_millis(2)).await;
    }
}

fn kinds(log: &str) -> Vec<String> {
    let kind = |line: &str| -> String {
        let event: Value = serde_json::from_str(line).expect("a whole event");
        event["type"].as_str().expect("a type").to_owned()
    };
    log.lines().map(kind).collect()
}

/// Asserts that the debate was stopped.
fn assert_stopped(run: &RunResult) {
    assert_eq!(run.code, 130, "{}", run.stderr);
    let last: Value =
        serde_json::from_str(run.stdout.lines().last().expect("a log")).expect("JSON");
    assert_eq!(last["type"], "debate_closed");
    assert_eq!(last["data"]["outcome"], "stopped");
}

#[tokio::test]
async fn first_ctrl_c_lets_the_current_turn_end() {
    let host = ollama(Settings { itl_ms: 10.0, tokens: 30, ..Settings::default() }).await;
    let synod = Synod::with_host(&host.url());
    let mut child = synod.start(&ARGUMENTS);
    child.stdin.take();
    in_service(&host, 1).await;
    signal(&child, "INT");
    let run = RunResult::of(child).await;
    assert_stopped(&run);
    let kinds = kinds(&run.stdout);
    assert!(kinds.contains(&"turn_ended".to_owned()), "{kinds:?}");
    assert!(!kinds.contains(&"ballot_recorded".to_owned()), "{kinds:?}");
    assert_eq!(host.stats().cancelled, 0);
    let grade = synod.run(&["grade", "last", "right"]).await;
    assert_eq!(grade.code, 2, "{}", grade.stderr);
    assert!(grade.stderr.contains("there is no verdict to grade"), "{}", grade.stderr);
}

#[tokio::test]
async fn second_ctrl_c_drops_calls_at_once() {
    assert_calls_are_dropped(&["INT", "INT"]).await;
}

#[tokio::test]
async fn sigterm_stops_a_debate_that_is_not_kept() {
    let arguments = [&ARGUMENTS[..], &["--ephemeral"]].concat();
    assert_calls_of_these_are_dropped(&arguments, &["TERM"]).await;
}

/// A log-out, a reboot or `timeout` ends the process, not the debate.
#[tokio::test]
async fn sigterm_leaves_a_kept_debate_to_be_resumed() {
    let host = ollama(Settings { itl_ms: 1_000.0, tokens: 300, ..Settings::default() }).await;
    let synod = Synod::with_host(&host.url());
    let mut child =
        synod.start(&["debate", "Cars?", "--option=agree", "--option=disagree", "-ondjson"]);
    child.stdin.take();
    in_service(&host, 1).await;
    signal(&child, "TERM");
    in_service(&host, 0).await;
    let run = RunResult::of(child).await;
    assert_eq!(run.code, 130, "{}", run.stderr);
    assert!(run.stderr.contains("is unfinished: `synod resume "), "{}", run.stderr);
    assert!(!run.stdout.contains("debate_closed"), "{}", run.stdout);
    let list = synod.run(&["list", "--status=paused"]).await;
    assert!(list.stdout.contains("Cars?"), "{}{}", list.stdout, list.stderr);
}

async fn assert_calls_are_dropped(signals: &[&str]) {
    assert_calls_of_these_are_dropped(&ARGUMENTS, signals).await;
}

async fn assert_calls_of_these_are_dropped(arguments: &[&str], signals: &[&str]) {
    let host = ollama(Settings { itl_ms: 1_000.0, tokens: 300, ..Settings::default() }).await;
    let synod = Synod::with_host(&host.url());
    let mut child = synod.start(arguments);
    child.stdin.take();
    in_service(&host, 1).await;
    let (last, before) = signals.split_last().expect("a signal");
    for name in before {
        signal(&child, name);
        sleep(Duration::from_millis(100)).await;
    }
    let began = Instant::now();
    signal(&child, last);
    in_service(&host, 0).await;
    let took = began.elapsed();
    let run = RunResult::of(child).await;
    assert_stopped(&run);
    assert!(kinds(&run.stdout).contains(&"call_voided".to_owned()), "{}", run.stdout);
    // Generous: the goal is 250 ms, and the call would have taken minutes.
    assert!(took < Duration::from_secs(5), "{took:?}");
}
