//! Statuses of failures that working parts do not cause.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::{http::StatusCode, test::TestRequest};
use futures_util::{
    FutureExt,
    future::{BoxFuture, ready},
};
use serde_json::{Value, json};
use synod_debate_engine::SystemClock;
use synod_debate_protocol::Stage;
use synod_event_log::{
    Documents, LogError, LogObserver, LogWrite, MemoryLog, MemoryRecords, Observed, ProcessId,
    RecordStore,
};
use synod_inference::{ScriptedModel, ScriptedReply};

use crate::{
    document::documented_with,
    test_app::{Answer, TestApp, yes_or_no},
};

/// Makes a log refuse all events, and records all writes, from a certain time on.
#[derive(Clone, Default)]
struct Full(Arc<AtomicBool>);

impl LogObserver for Full {
    fn before(&self, write: LogWrite<'_>) -> Result<(), LogError> {
        match write {
            LogWrite::Create(_) | LogWrite::Append(_) if self.0.load(Ordering::Relaxed) => {
                Err(LogError::Full)
            }
            LogWrite::Create(_)
            | LogWrite::Append(_)
            | LogWrite::Import(_)
            | LogWrite::Claim(_)
            | LogWrite::TakeOver(_)
            | LogWrite::Register(_)
            | LogWrite::Renew(_)
            | LogWrite::Deregister(_)
            | LogWrite::Release(_)
            | LogWrite::Purge(_) => Ok(()),
        }
    }
}

/// Records that may become full.
#[derive(Clone)]
struct FullRecords(Full, Arc<MemoryRecords>);

impl RecordStore for FullRecords {
    fn put(&self, kind: &'static str, documents: Documents) -> BoxFuture<'_, Result<(), LogError>> {
        if self.0.0.load(Ordering::Relaxed) {
            return ready(Err(LogError::Full)).boxed();
        }
        self.1.put(kind, documents)
    }

    fn swap(
        &self,
        kind: &'static str,
        key: String,
        current: Option<String>,
        new: Option<String>,
    ) -> BoxFuture<'_, Result<bool, LogError>> {
        if self.0.0.load(Ordering::Relaxed) {
            return ready(Err(LogError::Full)).boxed();
        }
        self.1.swap(kind, key, current, new)
    }

    fn remove(&self, kind: &'static str, key: String) -> BoxFuture<'_, Result<(), LogError>> {
        if self.0.0.load(Ordering::Relaxed) {
            return ready(Err(LogError::Full)).boxed();
        }
        self.1.remove(kind, key)
    }

    fn get(
        &self,
        kind: &'static str,
        key: String,
    ) -> BoxFuture<'_, Result<Option<String>, LogError>> {
        self.1.get(kind, key)
    }

    fn all(&self, kind: &'static str) -> BoxFuture<'_, Result<Documents, LogError>> {
        self.1.all(kind)
    }

    fn process(&self) -> ProcessId {
        self.1.process()
    }

    fn is_open_in(&self, process: ProcessId) -> BoxFuture<'_, Result<bool, LogError>> {
        self.1.is_open_in(process)
    }
}

/// Begins a debate, if the request needs one, fills the store up, and makes the request.
async fn on_a_full_store(method: &str, template: &str) -> (TestApp, Answer) {
    let full = Full::default();
    let log = Arc::new(MemoryLog::new(Arc::new(SystemClock::new())));
    // Openings and ballots come at once, arguments never.
    let yes = |model: ScriptedModel, _| model.then(ScriptedReply::text("Yes"));
    let model = (0..6).fold(ScriptedModel::new("model"), yes).always(ScriptedReply::hangs());
    let log = Arc::new(Observed::new(log, full.clone()));
    let records = FullRecords(full.clone(), Arc::default());
    let app = TestApp::on_stores(model, log, Arc::new(records));
    let id = app.open().await;
    if template.ends_with("/vote") {
        app.control(&id, "start").await;
        let debate = app.handle(&id).await;
        while debate.snapshot().await.expect("a state").stage() != Some(Stage::Discussion) {
            tokio::task::yield_now().await;
        }
    }
    full.0.store(true, Ordering::Relaxed);
    let body = match template.rsplit('/').next() {
        Some("control") => json!({ "action": "start" }),
        Some("interjections") => json!({ "text": "Mind the shops." }),
        Some("initialize" | "debates") => yes_or_no(),
        Some("agents") => json!({ "agent_id": "ada", "expertise": "a mathematician" }),
        Some("{agent_id}") if method == "patch" => json!({ "voice": "softly" }),
        Some("chat") => json!({ "model": "model", "message": "a" }),
        Some("execute") => json!({ "operation": "chat", "parameters": { "text": "a" } }),
        Some(_) | None => Value::Null,
    };
    let path = template.replace("{debate_id}", &id).replace("{agent_id}", "critic");
    let method = method.to_ascii_uppercase().parse().expect("a method");
    let request = TestRequest::default().method(method).uri(&path);
    let request = if body.is_null() { request } else { request.set_json(&body) };
    // A chat stores its reply to a request with a key.
    let is_chat = template.ends_with("/chat");
    let request = if is_chat { request.insert_header(("Idempotency-Key", "k")) } else { request };
    let answer = app.ask(request).await;
    (app, answer)
}

#[actix_web::test]
async fn a_full_store_is_507_wherever_that_is_documented() {
    let writing = documented_with("507");
    assert_eq!(
        writing,
        [
            "delete /api/v1/agents/{agent_id}",
            "patch /api/v1/agents/{agent_id}",
            "post /agents/{agent_id}/execute",
            "post /api/v1/agents",
            "post /api/v1/debates",
            "post /api/v1/debates/{debate_id}/interjections",
            "post /api/v1/debates/{debate_id}/shares",
            "post /api/v1/debates/{debate_id}/vote",
            "post /debate/initialize",
            "post /debate/{debate_id}/control",
            "post /ollama/chat",
        ]
    );
    for operation in writing {
        let (method, template) = operation.split_once(' ').expect("a method and a path");
        let (app, answer) = on_a_full_store(method, template).await;
        assert_eq!(answer.status, StatusCode::INSUFFICIENT_STORAGE, "{operation}: {}", answer.json);
        let detail = answer.json["detail"].as_str().expect("a detail");
        assert!(detail.starts_with("the store is full"), "{operation}: {detail}");
        let agents = app.get("/agents").await.json;
        let configured = TestApp::new().get("/agents").await.json;
        let ids = |agents: &Value| -> Vec<String> {
            let agents = agents["agents"].as_array().expect("a list");
            agents.iter().map(|agent| agent["agent_id"].to_string()).collect()
        };
        assert_eq!(ids(&agents), ids(&configured), "{operation}: nothing has changed");
        assert_eq!(app.get("/tasks").await.json["tasks"], json!([]), "{operation}");
    }
}

#[test]
fn only_a_chat_documents_504() {
    assert_eq!(documented_with("504"), ["post /ollama/chat"]);
}
