//! The events of a debate, in pages and as a stream.

use std::time::Duration;

use actix_web::{http::StatusCode, test::TestRequest};
use serde_json::{Value, json};
use synod_inference::{ScriptedModel, ScriptedReply};
use tokio::time::timeout;

use crate::test_app::{TestApp, yes_or_no};

fn at(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

#[actix_web::test]
async fn the_pages_of_events_are_the_whole_log() {
    let app = TestApp::for_yes();
    let id = app.finished().await;
    let log = app.handle(&id).await.events(1, 1_000).await.expect("a log");
    let log: Vec<Value> =
        log.iter().map(|recorded| serde_json::to_value(&**recorded).expect("JSON")).collect();
    let (mut after, mut read) = (0, Vec::new());
    loop {
        let page = app.get(&format!("/api/v1/debates/{id}/events?after={after}&limit=7")).await;
        assert_eq!(page.status, StatusCode::OK);
        read.extend(page.json["events"].as_array().expect("events").clone());
        let Some(next) = page.json["next_after"].as_u64() else { break };
        after = next;
    }
    assert_eq!(read, log);
    let read = app.get(&format!("/api/v1/debates/{id}/events?after={}", log.len())).await;
    assert_eq!(read.json, json!({ "events": [], "next_after": null }));
    for wrong in ["after=-1", "after=x", "limit=0", "limit=1001", "render=pdf"] {
        let refused = app.get(&format!("/api/v1/debates/{id}/events?{wrong}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
}

#[actix_web::test]
async fn a_stream_resumes_after_any_event_and_ends_with_the_debate() {
    let app = TestApp::for_yes();
    let id = app.finished().await;
    let path = format!("/api/v1/debates/{id}/events");
    let stream = app.stream(at(&path)).await;
    assert_eq!(stream.status, StatusCode::OK);
    let headers = [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache"),
        ("vary", "Accept"),
        ("x-accel-buffering", "no"),
        ("content-encoding", "identity"),
    ];
    for (name, value) in headers {
        assert_eq!(stream.header(name), value);
    }
    let whole = stream.messages().await;
    let count = whole.len() as u64;
    assert!(whole.iter().map(|(id, _)| *id).eq((1..=count).map(Some)));
    assert_eq!(whole.last().expect("events").1["type"], "debate_closed");
    for after in 0..count {
        let rest = &whole[usize::try_from(after).expect("few")..];
        let by_query = app.stream(at(&format!("{path}?after={after}"))).await.messages().await;
        assert_eq!(by_query, rest);
        // A browser reconnects with the same URL.
        let back = at(&format!("{path}?after=1")).insert_header(("Last-Event-ID", after));
        assert_eq!(app.stream(back).await.messages().await, rest);
    }
    // A browser reconnects whenever a stream has ended.
    let back = at(&format!("{path}?after=1")).insert_header(("Last-Event-ID", count));
    assert_eq!(app.stream(back).await.status, StatusCode::NO_CONTENT);
    let by_query = app.stream(at(&format!("{path}?after={count}"))).await;
    assert_eq!(by_query.status, StatusCode::NO_CONTENT);
    // A page has no such case.
    assert_eq!(app.get(&format!("{path}?after={count}")).await.status, StatusCode::OK);
    let wrong = app.stream(at(&path).insert_header(("Last-Event-ID", "x"))).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[actix_web::test]
async fn deltas_are_between_events_and_have_no_id() {
    let app = TestApp::thinking();
    let id = app.start().await;
    let path = format!("/api/v1/debates/{id}/events");
    let mut stream = app.stream(at(&path)).await;
    let mut said = String::new();
    while !said.ends_with("let me ") {
        let (number, message) = stream.message().await.expect("more");
        if message["type"] != "turn_delta" {
            assert_eq!(number, message["seq"].as_u64());
        } else if message["data"]["turn"] == 1 {
            assert_eq!(number, None);
            assert!(message.get("seq").is_none() && message.get("at").is_none());
            if message["data"]["whole"] == true {
                said.clear();
            }
            said.push_str(message["data"]["text"].as_str().expect("text"));
        }
    }
    assert_eq!(said, "Well, let me ");
    // A later reader gets the whole text of each turn.
    let last = app.handle(&id).await.snapshot().await.expect("a debate").seq();
    let mut late = app.stream(at(&format!("{path}?after={last}"))).await;
    let (_, whole) = late.message().await.expect("a delta");
    assert_eq!(whole["data"]["text"], "Well, let me ");
    assert_eq!(whole["data"]["whole"], true);
    let quiet = app.stream(at(&format!("{path}?deltas=false"))).await;
    app.control(&id, "stop").await;
    assert!(quiet.messages().await.iter().all(|(number, _)| number.is_some()));
    while late.message().await.is_some() {}
}

#[actix_web::test]
async fn states_of_calls_are_sent_to_those_who_ask() {
    let app = TestApp::thinking();
    let id = app.start().await;
    let path = format!("/api/v1/debates/{id}/events");
    let mut plain = app.stream(at(&path)).await;
    let mut stream = app.stream(at(&format!("{path}?progress=true"))).await;
    let mut states = Vec::new();
    while states.last() != Some(&"generating".to_owned()) {
        let (number, message) = stream.message().await.expect("more");
        if message["type"] == "call_state" {
            assert_eq!(number, None);
            assert_eq!(message["debate_id"], id);
            assert!(message["data"]["agent_id"].is_string() && message["data"]["call"].is_u64());
            states.push(message["data"]["state"].as_str().expect("a word").to_owned());
        }
    }
    app.control(&id, "stop").await;
    while let Some((_, message)) = plain.message().await {
        assert_ne!(message["type"], "call_state");
    }
}

#[actix_web::test]
async fn a_quiet_stream_sends_a_comment_within_ten_seconds() {
    let app = TestApp::new();
    let id = app.open().await;
    let mut stream = app.stream(at(&format!("/api/v1/debates/{id}/events?after=1"))).await;
    assert!(stream.block().await.expect("a block").starts_with(':'));
    tokio::time::pause();
    for _ in 0..3 {
        let block = timeout(Duration::from_secs(10), stream.block()).await;
        assert!(block.expect("in time").expect("a block").starts_with(':'));
    }
}

#[actix_web::test]
async fn streams_end_when_the_server_stops() {
    let app = TestApp::new();
    let id = app.open().await;
    let stream = app.stream(at(&format!("/api/v1/debates/{id}/events"))).await;
    app.close();
    assert!(stream.messages().await.len() <= 1);
}

#[actix_web::test]
async fn statements_are_rendered_on_request_only() {
    let hostile = "Answer: Yes\n\n**No** <script>alert(1)</script> ![x](https://example.org/x.png)";
    let app = TestApp::on(ScriptedModel::new("model").always(ScriptedReply::text(hostile)));
    let id = app.start().await;
    let debate = app.handle(&id).await;
    while debate.snapshot().await.expect("a state").transcript().is_empty() {
        tokio::task::yield_now().await;
    }
    app.control(&id, "stop").await;
    let path = format!("/api/v1/debates/{id}/events?limit=1000");
    let turns = |events: Vec<Value>| -> Vec<Value> {
        let turns = events.into_iter().filter(|event| event["type"] == "turn_ended");
        turns.map(|event| event["data"].clone()).collect()
    };
    let page = app.get(&format!("{path}&render=html")).await;
    let page = turns(page.json["events"].as_array().expect("events").clone());
    let stream = app.stream(at(&format!("{path}&render=html"))).await.messages().await;
    assert_eq!(turns(stream.into_iter().map(|(_, event)| event).collect()), page);
    for turn in &page {
        assert_eq!(turn["text"], hostile);
        let html = turn["html"].as_str().expect("HTML");
        assert!(html.contains("<strong>No</strong>"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
    }
    let plain = app.get(&path).await;
    let plain = turns(plain.json["events"].as_array().expect("events").clone());
    assert!(!plain.is_empty() && plain.iter().all(|turn| turn.get("html").is_none()));
}

/// A debate with many more events than the backlog holds.
#[actix_web::test]
async fn a_lagging_reader_is_notified_and_loses_no_event() {
    let app = TestApp::for_yes();
    let mut long = yes_or_no();
    long["max_rounds"] = json!(12);
    long["max_iterations_per_round"] = json!(10);
    long["debate_rules"]["min_rounds"] = json!(12);
    let opened = app.post("/debate/initialize", &long).await;
    let id = opened.json["debate_id"].as_str().expect("an id");
    let mut stream = app.stream(at(&format!("/api/v1/debates/{id}/events?deltas=false"))).await;
    assert_eq!(stream.message().await.expect("an event").0, Some(1));
    // A real wait, since the server runs in real time: the watcher reads once more, and is up to date.
    assert!(timeout(Duration::from_millis(1), stream.block()).await.is_err());
    app.control(id, "start").await;
    let debate = app.handle(id).await;
    debate.finished().await.expect("a verdict");
    let last = debate.snapshot().await.expect("a state").seq();
    let messages = stream.messages().await;
    let lagged: Vec<_> = messages.iter().filter(|(number, _)| number.is_none()).collect();
    let [(None, lagged)] = lagged[..] else { panic!("{lagged:?}") };
    assert_eq!((&lagged["type"], &lagged["next_seq"]), (&json!("lagged"), &json!(2)));
    assert_eq!(lagged["missed"], last - 512 - 1);
    assert!(messages.iter().filter_map(|(number, _)| *number).eq(2..=last));
}
