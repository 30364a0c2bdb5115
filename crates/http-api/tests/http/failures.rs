//! Statuses of failures that working parts do not cause.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use synod_debate_engine::SystemClock;
use synod_debate_protocol::Stage;
use synod_event_log::{LogError, LogObserver, LogWrite, MemoryLog, Observed};
use synod_inference::{ScriptedModel, ScriptedReply};

use crate::{
    document::documented_with,
    test_app::{Answer, TestApp, yes_or_no},
};

/// Makes a log refuse all events from a certain time on.
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

/// Begins a debate, if the request needs one, fills the store up, and makes the request.
async fn on_a_full_store(template: &str) -> Answer {
    let full = Full::default();
    let log = Arc::new(MemoryLog::new(Arc::new(SystemClock::new())));
    // Openings and ballots come at once, arguments never.
    let yes = |model: ScriptedModel, _| model.then(ScriptedReply::text("Yes"));
    let model = (0..6).fold(ScriptedModel::new("model"), yes).always(ScriptedReply::hangs());
    let app = TestApp::on_log(model, Arc::new(Observed::new(log, full.clone())));
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
        Some(_) | None => Value::Null,
    };
    let path = template.replace("{debate_id}", &id);
    if body.is_null() {
        app.method(actix_web::http::Method::POST, &path).await
    } else {
        app.post(&path, &body).await
    }
}

#[actix_web::test]
async fn a_full_store_is_507_wherever_that_is_documented() {
    let writing = documented_with("507");
    assert_eq!(
        writing,
        [
            "post /api/v1/debates",
            "post /api/v1/debates/{debate_id}/interjections",
            "post /api/v1/debates/{debate_id}/vote",
            "post /debate/initialize",
            "post /debate/{debate_id}/control",
        ]
    );
    for operation in writing {
        let (_, template) = operation.split_once(' ').expect("a method and a path");
        let answer = on_a_full_store(template).await;
        assert_eq!(answer.status, StatusCode::INSUFFICIENT_STORAGE, "{operation}: {}", answer.json);
        let detail = answer.json["detail"].as_str().expect("a detail");
        assert!(detail.starts_with("the store is full"), "{operation}: {detail}");
    }
}

#[test]
fn only_a_chat_documents_504() {
    assert_eq!(documented_with("504"), ["post /ollama/chat"]);
}
