//! What a server finds after a restart, with the same log and records.

use std::{sync::Arc, time::Duration};

use actix_web::{
    http::{Method, StatusCode, header::HeaderName, header::LOCATION},
    test::TestRequest,
};
use serde_json::{Value, json};
use synod_debate_engine::SystemClock;
use synod_domain::{ManualClock, Timestamp};
use synod_event_log::{MemoryLog, MemoryRecords, RecordStore};
use synod_inference::{ScriptedModel, ScriptedReply};

use crate::test_app::{Answer, TestApp, yes_or_no};

/// A data directory, as it were.
struct Kept {
    log: Arc<MemoryLog>,
    records: Arc<MemoryRecords>,
}

impl Kept {
    fn new() -> Self {
        let log = MemoryLog::new(Arc::new(SystemClock::new()));
        Self { log: Arc::new(log), records: Arc::default() }
    }

    /// A server that has started. Each reply of its model differs.
    async fn start(&self) -> TestApp {
        let mut replies = 0;
        let model = ScriptedModel::new("model").answering(move |_| {
            replies += 1;
            ScriptedReply::text(format!("Reply {replies}."))
        });
        let app = TestApp::on_stores(model, self.log.clone(), self.records.clone());
        app.synod.restore(|_| false).await.expect("readable records");
        app
    }

    /// A server whose clock the test advances.
    async fn start_at(&self, clock: &Arc<ManualClock>) -> TestApp {
        let app = TestApp::with_clock(self.records.clone(), Arc::clone(clock) as _);
        app.synod.restore(|_| false).await.expect("readable records");
        app
    }
}

async fn post(app: &TestApp, path: &str, key: &str, body: &Value) -> Answer {
    let request = TestRequest::post().uri(path).insert_header(("Idempotency-Key", key));
    app.ask(request.set_json(body)).await
}

fn is_replayed(answer: &Answer) -> bool {
    answer.header(&HeaderName::from_static("idempotency-replayed")) == "true"
}

#[actix_web::test]
async fn agents_and_tasks_are_kept() {
    let kept = Kept::new();
    let app = kept.start().await;
    let ada = json!({ "agent_id": "ada", "expertise": "a mathematician", "model": "model" });
    assert_eq!(app.post("/api/v1/agents", &ada).await.status, StatusCode::CREATED);
    let critic = "/api/v1/agents/critic";
    let patch = TestRequest::patch().uri(critic).set_json(json!({ "voice": "softly" }));
    assert_eq!(app.ask(patch).await.status, StatusCode::OK);
    let skeptic = app.method(Method::DELETE, "/api/v1/agents/skeptic").await;
    assert_eq!(skeptic.status, StatusCode::NO_CONTENT);
    let task = json!({ "operation": "summarize", "parameters": { "text": "a" } });
    let task = app.post("/agents/ada/execute", &task).await.json;
    assert_eq!(task["status"], "completed", "{task}");
    let ada = app.get("/api/v1/agents/ada").await.json;
    app.synod.close().await;

    let app = kept.start().await;
    assert_eq!(app.get("/api/v1/agents/ada").await.json, ada, "with its statistics");
    assert_eq!(app.get(critic).await.json["voice"], "softly");
    let skeptic = app.get("/api/v1/agents/skeptic").await;
    assert_eq!(skeptic.status, StatusCode::NOT_FOUND);
    let id = task["task_id"].as_str().expect("an id");
    assert_eq!(app.get(&format!("/tasks/{id}")).await.json, task);
    assert_eq!(app.get("/tasks").await.json["tasks"], json!([task]));
}

#[actix_web::test]
async fn answers_of_keys_are_kept() {
    let kept = Kept::new();
    let app = kept.start().await;
    let debate = app.open().await;
    let agent = json!({ "agent_id": "ada", "expertise": "a mathematician" });
    let task = json!({ "operation": "chat", "parameters": { "text": "a", "question": "b" } });
    let chat = json!({ "model": "model", "message": "a" });
    let interjections = format!("/api/v1/debates/{debate}/interjections");
    let requests = [
        ("/api/v1/agents", &agent, StatusCode::CREATED, ("expertise", json!("a poet"))),
        ("/agents/critic/execute", &task, StatusCode::OK, ("priority", json!("low"))),
        ("/ollama/chat", &chat, StatusCode::OK, ("message", json!("b"))),
        (&interjections, &json!({ "text": "a" }), StatusCode::ACCEPTED, ("text", json!("b"))),
        ("/debate/initialize", &yes_or_no(), StatusCode::OK, ("max_rounds", json!(2))),
        ("/api/v1/debates", &yes_or_no(), StatusCode::CREATED, ("max_rounds", json!(2))),
    ];
    let mut first = Vec::new();
    for (path, body, status, _) in &requests {
        let answer = post(&app, path, path, body).await;
        assert_eq!((answer.status, is_replayed(&answer)), (*status, false), "{}", answer.json);
        first.push(answer);
    }
    let again = kept.start().await;
    for app in [&app, &again] {
        for ((path, body, status, (field, other)), first) in requests.iter().zip(&first) {
            let answer = post(app, path, path, body).await;
            assert!(is_replayed(&answer), "{path}: {}", answer.json);
            assert_eq!((answer.status, &answer.bytes), (*status, &first.bytes), "{path}");
            assert_eq!(answer.header(&LOCATION), first.header(&LOCATION), "{path}");
            let mut changed = (*body).clone();
            changed[*field] = other.clone();
            let reused = post(app, path, path, &changed).await;
            assert_eq!(reused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", reused.json);
            let list = if path.starts_with("/api/v1") { "errors" } else { "detail" };
            assert_eq!(reused.json[list][0]["loc"], json!(["header", "Idempotency-Key"]));
        }
        let another = post(app, "/agents/analyst/execute", "/agents/critic/execute", &task).await;
        assert_eq!(another.status, StatusCode::UNPROCESSABLE_ENTITY, "a task of another agent");
    }
    let tasks = again.get("/tasks").await.json;
    assert_eq!(tasks["tasks"].as_array().map(Vec::len), Some(1), "{tasks}");
}

#[actix_web::test]
async fn the_order_of_keys_makes_no_difference() {
    let app = Kept::new().start().await;
    let parameters = |text: &str| -> Value { serde_json::from_str(text).expect("JSON") };
    let one = parameters(r#"{"operation":"chat","parameters":{"text":"a","context":"b"}}"#);
    let two = parameters(
        r#"{"priority":"normal","parameters":{"context":"b","text":"a"},"operation":"chat"}"#,
    );
    let first = post(&app, "/agents/critic/execute", "k", &one).await;
    let second = post(&app, "/agents/critic/execute", "k", &two).await;
    assert!(is_replayed(&second), "{}", second.json);
    assert_eq!(second.bytes, first.bytes);
}

#[actix_web::test]
async fn a_refused_request_may_be_repeated_with_its_key() {
    let app = Kept::new().start().await;
    let refused = post(&app, "/agents/ada/execute", "k", &json!({ "operation": "chat" })).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let agent = json!({ "agent_id": "ada", "expertise": "a mathematician" });
    assert_eq!(post(&app, "/api/v1/agents", "k", &agent).await.status, StatusCode::CREATED);
    let again = post(&app, "/api/v1/agents", "l", &agent).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "another key is another request");
}

#[actix_web::test]
async fn the_key_of_an_agent_that_was_removed_is_409() {
    let app = Kept::new().start().await;
    let agent = json!({ "agent_id": "ada", "expertise": "a mathematician" });
    assert_eq!(post(&app, "/api/v1/agents", "k", &agent).await.status, StatusCode::CREATED);
    app.method(actix_web::http::Method::DELETE, "/api/v1/agents/ada").await;
    let again = post(&app, "/api/v1/agents", "k", &agent).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.json);
    assert_eq!(post(&app, "/api/v1/agents", "l", &agent).await.status, StatusCode::CREATED);
}

#[actix_web::test]
async fn an_agent_of_another_process_is_known_by_its_key_and_its_id() {
    let kept = Kept::new();
    let [one, other] = [kept.start().await, kept.start().await];
    let agent = json!({ "agent_id": "ada", "expertise": "a mathematician" });
    let first = post(&one, "/api/v1/agents", "k", &agent).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let taken = post(&other, "/api/v1/agents", "l", &agent).await;
    assert_eq!(taken.status, StatusCode::CONFLICT, "it would replace the agent: {}", taken.json);
    let again = post(&other, "/api/v1/agents", "k", &agent).await;
    assert!(is_replayed(&again), "{}", again.json);
    assert_eq!((again.status, &again.bytes), (StatusCode::CREATED, &first.bytes));
    assert_eq!(other.get("/api/v1/agents/ada").await.status, StatusCode::OK);
    let removed = other.method(Method::DELETE, "/api/v1/agents/ada").await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let again = post(&one, "/api/v1/agents", "k", &agent).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.json);
    assert_eq!(post(&one, "/api/v1/agents", "m", &agent).await.status, StatusCode::CREATED);
}

#[actix_web::test]
async fn a_replay_at_another_process_that_does_not_know_the_agent_is_no_deletion() {
    let kept = Kept::new();
    let [one, other] = [kept.start().await, kept.start().await];
    let agent = json!({ "agent_id": "ada", "expertise": "a mathematician" });
    post(&one, "/api/v1/agents", "k", &agent).await;
    let again = post(&other, "/api/v1/agents", "k", &agent).await;
    assert!(is_replayed(&again) && again.status == StatusCode::CREATED, "{}", again.json);
}

#[actix_web::test]
async fn a_concurrent_task_with_the_same_key_is_409() {
    let slow = ScriptedReply::text("a").first_after(Duration::from_millis(100));
    let app = TestApp::on(ScriptedModel::new("model").always(slow));
    let task = json!({ "operation": "chat", "parameters": { "text": "a" } });
    let [one, two] = futures_util::future::join_all(
        (0..2).map(|_| post(&app, "/agents/critic/execute", "k", &task)),
    )
    .await
    .try_into()
    .unwrap_or_else(|_| panic!("two answers"));
    assert_eq!((one.status, two.status), (StatusCode::OK, StatusCode::CONFLICT));
}

#[actix_web::test]
async fn answers_are_removed_after_a_day() {
    let kept = Kept::new();
    let clock = Arc::new(ManualClock::at(Timestamp::from_unix_ms(0)));
    let app = kept.start_at(&clock).await;
    let agent = |id: &str| json!({ "agent_id": id, "expertise": "a mathematician" });
    post(&app, "/api/v1/agents", "k", &agent("ada")).await;
    let answers = async || kept.records.all("answer").await.expect("readable records").len();
    clock.advance(24 * 3_600_000);
    assert!(is_replayed(&post(&app, "/api/v1/agents", "k", &agent("ada")).await));
    clock.advance(1);
    let late = post(&app, "/api/v1/agents", "k", &agent("ada")).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "the agent exists already");
    assert_eq!(answers().await, 1);
    post(&app, "/api/v1/agents", "l", &agent("bob")).await;
    tokio::task::yield_now().await;
    assert_eq!(answers().await, 1, "only the new one");
}
