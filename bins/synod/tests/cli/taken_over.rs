//! Debates that several processes want to drive.

use std::{process::Command, time::Duration};

use serde_json::Value;
use synod_tests::{FakeOllama, Settings};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr},
    time::{sleep, timeout},
};

use crate::synod::{Synod, ollama};

const LIMIT: Duration = Duration::from_secs(60);
const DEBATE: [&str; 6] =
    ["debate", "Cars?", "--option=agree", "--option=disagree", "--rounds=1", "-ondjson"];

fn signal(child: &Child, name: &str) {
    let id = child.id().expect("a running process").to_string();
    assert!(Command::new("kill").args(["-s", name, &id]).status().expect("kill").success());
}

/// Calls that take seconds.
async fn slow_host() -> FakeOllama {
    ollama(Settings { agree_p: 1.0, itl_ms: 100.0, tokens: 50, ..Settings::default() }).await
}

/// A debate whose process was killed.
async fn killed(synod: &Synod) {
    let mut child = synod.start(&DEBATE);
    child.stdin.take();
    let mut output = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let started = async {
        while !output.next_line().await.expect("text").expect("more").contains("call_started") {}
    };
    timeout(LIMIT, started).await.expect("calls");
    child.kill().await.expect("killed");
}

async fn listed(synod: &Synod) -> Value {
    let run = synod.run(&["list", "--json"]).await;
    let list: Value = serde_json::from_str(&run.stdout).expect("JSON");
    list.as_array().and_then(|list| list.first()).cloned().unwrap_or(list)
}

fn resume(synod: &Synod) -> (Child, Lines<BufReader<ChildStderr>>) {
    let mut child = synod.start(&["resume", "last", "-ondjson"]);
    child.stdin.take();
    let lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    (child, lines)
}

/// Reads stderr up to a line that contains a text.
async fn says(lines: &mut Lines<BufReader<ChildStderr>>, text: &str) -> String {
    let said = async {
        let mut all = String::new();
        loop {
            let line = lines.next_line().await.expect("text");
            let line = line.unwrap_or_else(|| panic!("not {text}: {all}"));
            all = all + &line + "\n";
            if line.contains(text) {
                return all;
            }
        }
    };
    timeout(LIMIT, said).await.unwrap_or_else(|_| panic!("not {text}"))
}

#[tokio::test]
async fn one_of_two_processes_resumes_a_debate_and_the_other_is_refused() {
    let host = slow_host().await;
    let synod = Synod::with_host(&host.url());
    killed(&synod).await;
    let mut both = [resume(&synod).0, resume(&synod).0];
    let (first, second) = both.split_at_mut(1);
    let (lost, other) = timeout(LIMIT, async {
        tokio::select! {
            ended = first[0].wait() => (ended.expect("it ends"), &mut second[0]),
            ended = second[0].wait() => (ended.expect("it ends"), &mut first[0]),
        }
    })
    .await
    .expect("one is refused");
    assert_eq!(lost.code(), Some(1));
    assert!(other.try_wait().expect("a process").is_none(), "the other goes on");
    let list = listed(&synod).await.to_string();
    assert!(list.contains("running") && !list.contains("paused"), "{list}");
    let late = synod.run(&["resume", "last"]).await;
    let driver = other.id().expect("it runs");
    let said = format!(
        "is driven by `synod resume`, process {driver}; follow it there, or stop that process first"
    );
    assert!(late.code == 1 && late.stderr.contains(&said), "{}", late.stderr);
    other.kill().await.expect("killed");
}

#[tokio::test]
async fn a_process_that_lost_its_debate_shows_it_and_only_leaves() {
    let host = slow_host().await;
    let synod = Synod::with_host(&host.url());
    let mut stopped = synod.start(&DEBATE);
    stopped.stdin.take();
    let mut output = BufReader::new(stopped.stdout.take().expect("a pipe")).lines();
    let mut said = BufReader::new(stopped.stderr.take().expect("a pipe")).lines();
    let started = async {
        while !output.next_line().await.expect("text").expect("more").contains("call_started") {}
    };
    timeout(LIMIT, started).await.expect("calls");
    tokio::spawn(async move { while let Ok(Some(_)) = output.next_line().await {} });
    signal(&stopped, "STOP");
    // Until its lease has expired.
    let (mut other, mut lines) = loop {
        let (mut other, lines) = resume(&synod);
        sleep(Duration::from_secs(3)).await;
        match other.try_wait().expect("a process") {
            Some(_) => {}
            None => break (other, lines),
        }
    };
    let driver = other.id().expect("it runs");
    signal(&stopped, "CONT");
    says(&mut said, &format!("is driven by `synod resume`, process {driver} now")).await;
    signal(&stopped, "TERM");
    says(&mut said, &format!("goes on at `synod resume`, process {driver}")).await;
    let code = timeout(LIMIT, stopped.wait()).await.expect("in time").expect("it ends").code();
    assert_eq!(code, Some(130));
    let list = listed(&synod).await.to_string();
    assert!(list.contains("running") && !list.contains("paused"), "{list}");
    signal(&other, "TERM");
    says(&mut lines, "is unfinished: `synod resume ").await;
    other.wait().await.expect("it ends");
    let list = listed(&synod).await.to_string();
    assert!(list.contains("paused"), "its driver pauses it: {list}");
}

#[tokio::test]
async fn a_pause_by_a_client_is_said_where_no_terminal_shows_it() {
    let host = slow_host().await;
    let synod = Synod::with_host(&host.url());
    let mut server = synod.start(&["serve", "--port", "0"]);
    let mut addresses = BufReader::new(server.stdout.take().expect("a pipe")).lines();
    let address = timeout(LIMIT, addresses.next_line()).await.expect("in time").expect("text");
    let address = address.expect("an address").replace("http://localhost", "127.0.0.1");
    let address = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let mut debate = synod.start(&["debate", "Cars?", "--rounds=1"]);
    debate.stdin.take();
    let mut said = BufReader::new(debate.stderr.take().expect("a pipe")).lines();
    let id = loop {
        let listed = listed(&synod).await;
        if listed["status"] == "running" {
            break listed["debate_id"].as_str().expect("an id").to_owned();
        }
        sleep(Duration::from_millis(50)).await;
    };
    for (action, sentence) in [
        ("pause", "the debate was paused by another process or client"),
        ("resume", "the debate was resumed"),
    ] {
        control(&address, &id, action).await;
        says(&mut said, sentence).await;
    }
    debate.kill().await.expect("killed");
}

/// Sends a command over HTTP.
async fn control(address: &str, id: &str, action: &str) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut connection = tokio::net::TcpStream::connect(address).await.expect("a connection");
    let body = format!(r#"{{"action":"{action}"}}"#);
    let request = format!(
        "POST /debate/{id}/control HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    connection.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
