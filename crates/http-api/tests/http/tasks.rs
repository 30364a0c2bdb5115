use std::time::Duration;

use actix_web::{
    http::{StatusCode, header::RETRY_AFTER},
    rt::time::timeout,
};
use serde_json::{Value, json};
use synod_inference::{
    ChatError, GatewaySettings, HostName, ScriptedHost, ScriptedModel, ScriptedReply,
};
use tokio::task::yield_now;

use crate::test_app::{Answer, TestApp};

const EXECUTE: &str = "/agents/critic/execute";

fn task(operation: &str, parameters: &Value) -> Value {
    json!({ "operation": operation, "parameters": parameters })
}

/// The type and location of every problem.
fn problems(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.json);
    let problems = answer.json["detail"].as_array().expect("a list of problems");
    let reported = |problem: &Value| {
        let kind = problem["type"].as_str().expect("a type").to_owned();
        (kind, problem["loc"].to_string())
    };
    problems.iter().map(reported).collect()
}

#[actix_web::test]
async fn a_completed_task_can_be_read() {
    let model = ScriptedModel::new("model");
    let app = TestApp::on(model.clone());
    let parameters = json!({ "text": "Tea is best.", "temperature": 0, "max_tokens": 9, "x": 1 });
    let done = app.post(EXECUTE, &task("critique", &parameters)).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.json);
    let result = &done.json["result"];
    assert_eq!(done.json["status"], "completed");
    assert_eq!((&done.json["error"], &done.json["agent_used"]), (&Value::Null, &json!("critic")));
    assert!(done.json["execution_time_seconds"].is_f64());
    assert!(done.json["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')));
    assert_eq!(
        (&result["response"], &result["operation"]),
        (&json!("I agree."), &json!("critique"))
    );
    assert_eq!((&result["model"], &result["host"]), (&json!("model"), &json!("local")));
    assert_eq!(result["usage"], json!({ "prompt_tokens": 1, "output_tokens": 1 }));
    let sampling = &model.record().requests[0].sampling;
    assert_eq!((sampling.temperature, sampling.max_output_tokens), (Some(0.0), 9));

    let id = done.json["task_id"].as_str().expect("an id");
    assert_eq!(app.get(&format!("/tasks/{id}")).await.json, done.json);
    let status = app.get("/agents/critic/status").await.json;
    assert_eq!((&status["task_count"], &status["success_rate"]), (&json!(1), &json!(1.0)));
    assert!(status["last_active_at"].is_string());
}

#[actix_web::test]
async fn a_text_may_be_sent_under_four_names() {
    let app = TestApp::new();
    for name in ["text", "message", "prompt", "input"] {
        let done =
            app.post(EXECUTE, &task("chat", &json!({ name: "Tea?", "context": null }))).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.json);
    }
}

#[actix_web::test]
async fn all_problems_of_parameters_are_reported() {
    let app = TestApp::new();
    let at =
        |kind: &str, key: &str| (kind.to_owned(), json!(["body", "parameters", key]).to_string());
    let both = ("value_error".to_owned(), json!(["body", "parameters"]).to_string());
    for (parameters, expected) in [
        (json!({}), vec![at("missing", "text")]),
        (json!({ "text": null }), vec![at("missing", "text")]),
        (json!({ "text": "a", "prompt": "b" }), vec![both]),
        (json!({ "message": 7 }), vec![at("string_type", "message")]),
        (json!({ "message": [] }), vec![at("string_type", "message")]),
        (json!({ "input": "  " }), vec![at("string_too_short", "input")]),
        (
            json!({ "temperature": "hot", "max_tokens": 1.5, "question": {} }),
            vec![
                at("missing", "text"),
                at("string_type", "question"),
                at("float_type", "temperature"),
                at("int_from_float", "max_tokens"),
            ],
        ),
        (
            json!({ "text": "a", "temperature": -1, "max_tokens": 8193 }),
            vec![at("greater_than_equal", "temperature"), at("less_than_equal", "max_tokens")],
        ),
        (
            json!({ "text": "a", "temperature": 2.1, "max_tokens": 0 }),
            vec![at("less_than_equal", "temperature"), at("greater_than_equal", "max_tokens")],
        ),
        (json!({ "text": "a", "max_tokens": u64::MAX }), vec![at("less_than_equal", "max_tokens")]),
        (json!({ "text": "a", "max_tokens": true }), vec![at("int_type", "max_tokens")]),
    ] {
        let answer = app.post(EXECUTE, &task("analyze", &parameters)).await;
        assert_eq!(problems(&answer), expected, "{parameters}");
    }
    let many = task("chat", &json!({ "text": "a", "max_tokens": 8193, "temperature": 3 }));
    let reported = app.post(EXECUTE, &many).await.json["detail"].take();
    assert_eq!(
        (&reported[0]["ctx"], &reported[1]["ctx"]),
        (&json!({ "le": 2.0 }), &json!({ "le": 8192 }))
    );
    assert_eq!(app.get("/tasks").await.json, json!({ "tasks": [] }), "none was accepted");
}

#[actix_web::test]
async fn an_unsupported_operation_is_422_with_the_supported_ones() {
    let app = TestApp::new();
    for operation in ["embed", "dance", ""] {
        let answer = app.post(EXECUTE, &task(operation, &json!({ "text": "a" }))).await;
        let reported = json!({ "detail": [{
            "type": "literal_error",
            "loc": ["body", "operation"],
            "msg": "Input should be 'chat', 'analyze', 'summarize' or 'critique'",
            "input": operation,
            "ctx": { "expected": "'chat', 'analyze', 'summarize' or 'critique'" },
        }] });
        assert_eq!((answer.status, answer.json), (StatusCode::UNPROCESSABLE_ENTITY, reported));
    }
}

#[actix_web::test]
async fn texts_are_embedded_by_models_that_can() {
    let model = ScriptedModel::new("model").embedding_takes(Duration::ZERO);
    let app = TestApp::on(model.clone());
    let one = app.post(EXECUTE, &task("embed", &json!({ "text": "four" }))).await;
    assert_eq!(one.json["result"]["embeddings"], json!([[4.0, 1.0]]), "{}", one.json);
    let two = app.post(EXECUTE, &task("embed", &json!({ "input": ["a", "bc"] }))).await;
    assert_eq!(two.json["result"]["embeddings"], json!([[1.0, 1.0], [2.0, 1.0]]));
    for (input, kind, place) in [
        (json!([]), "value_error", json!(["body", "parameters", "input"])),
        (json!(vec!["a"; 257]), "value_error", json!(["body", "parameters", "input"])),
        (json!(["a", 1]), "string_type", json!(["body", "parameters", "input", 1])),
        (json!(["", "a"]), "string_too_short", json!(["body", "parameters", "input", 0])),
    ] {
        let answer = app.post(EXECUTE, &task("embed", &json!({ "input": input }))).await;
        assert_eq!(problems(&answer), [(kind.to_owned(), place.to_string())]);
    }
    assert_eq!(model.record().embedded.len(), 2);
}

#[actix_web::test]
async fn unknown_agents_and_tasks_are_404() {
    let app = TestApp::new();
    let nobody = app.post("/agents/nobody/execute", &task("chat", &json!({ "text": "a" }))).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    assert_eq!(nobody.json, json!({ "detail": "Agent not found" }));
    for id in ["0", "00000000-0000-7000-8000-000000000000"] {
        let task = app.get(&format!("/tasks/{id}")).await;
        assert_eq!(task.status, StatusCode::NOT_FOUND);
        assert_eq!(task.json, json!({ "detail": "Task not found" }));
    }
}

#[actix_web::test]
async fn a_failed_task_is_a_result() {
    let host = HostName::new("local").expect("a name");
    let error = ChatError::Interrupted { host, detail: "no power".to_owned(), source: None };
    let app = TestApp::on(ScriptedModel::new("model").always(ScriptedReply::fails(error)));
    let failed = app.post(EXECUTE, &task("chat", &json!({ "text": "a" }))).await;
    assert_eq!(failed.status, StatusCode::OK);
    assert_eq!((&failed.json["status"], &failed.json["result"]), (&json!("failed"), &Value::Null));
    assert_eq!(failed.json["error"], "local broke off: no power");
    let status = app.get("/agents/critic/status").await.json;
    assert_eq!((&status["error_count"], &status["success_rate"]), (&json!(1), &json!(0.0)));
}

#[actix_web::test]
async fn tasks_end_at_their_time_limit_or_with_their_client() {
    let model = ScriptedModel::new("model").always(ScriptedReply::hangs());
    let app = TestApp::on(model.clone());
    let mut order = task("chat", &json!({ "text": "a" }));
    let leaves = timeout(Duration::from_millis(50), app.post(EXECUTE, &order)).await;
    assert!(leaves.is_err());
    assert_eq!((model.record().cancelled, model.record().in_flight), (1, 0));
    order["timeout_seconds"] = json!(1);
    let late = app.post(EXECUTE, &order).await;
    assert_eq!(late.status, StatusCode::OK);
    assert_eq!((&late.json["status"], model.record().in_flight), (&json!("timed_out"), 0));

    let list = app.get("/tasks").await.json;
    let statuses: Vec<_> = list["tasks"].as_array().expect("a list").iter().collect();
    assert_eq!(statuses[0]["status"], "timed_out", "the newest first");
    assert_eq!(statuses[1]["status"], "cancelled");
    let filtered = app.get("/tasks?status=cancelled&limit=500").await.json;
    assert_eq!(filtered["tasks"], json!([statuses[1]]));
    assert_eq!(app.get("/tasks?limit=1").await.json["tasks"], json!([statuses[0]]));
    assert_eq!(app.get("/tasks?status=queued").await.json["tasks"], json!([]));
}

#[actix_web::test]
async fn unknown_statuses_and_limits_are_refused() {
    let app = TestApp::new();
    for query in ["status=done", "limit=0", "limit=501", "limit=-1", "limit=many"] {
        let answer = app.get(&format!("/tasks?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert_eq!(answer.json["detail"][0]["loc"][0], "query", "{query}");
    }
}

/// Waits until this many tasks have this status.
async fn until(app: &TestApp, status: &str, count: usize) {
    loop {
        let list = app.get(&format!("/tasks?status={status}")).await.json;
        if list["tasks"].as_array().is_some_and(|tasks| tasks.len() == count) {
            return;
        }
        yield_now().await;
    }
}

#[actix_web::test]
async fn a_full_queue_is_503_with_retry_after() {
    let model = ScriptedModel::new("model").always(ScriptedReply::hangs());
    let settings = GatewaySettings { waiting_calls: 0, ..GatewaySettings::default() };
    let app = TestApp::behind(vec![ScriptedHost::new("local").with(model)], settings);
    let order = task("chat", &json!({ "text": "a" }));
    let refused = async {
        until(&app, "running", 1).await;
        app.post(EXECUTE, &order).await
    };
    let refused = tokio::select! {
        biased;
        _ = app.post(EXECUTE, &order) => panic!("it never ends"),
        refused = refused => refused,
    };
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.header(&RETRY_AFTER), "5");
    let list = app.get("/tasks").await.json;
    assert_eq!(list["tasks"].as_array().map(Vec::len), Some(1), "what was refused has never been");
}

#[actix_web::test]
async fn a_queued_task_has_its_position() {
    let model = ScriptedModel::new("model")
        .then(ScriptedReply::text("One."))
        .always(ScriptedReply::hangs());
    let app = TestApp::on(model);
    let mut order = task("chat", &json!({ "text": "a" }));
    let done = app.post(EXECUTE, &order).await.json;
    assert_eq!((&done["status"], &done["queue"]), (&json!("completed"), &Value::Null));
    order["timeout_seconds"] = json!(1);
    let watch = async {
        until(&app, "running", 1).await;
        until(&app, "queued", 1).await;
        let metrics = String::from_utf8(app.get("/metrics").await.bytes).expect("text");
        (app.get("/tasks").await.json["tasks"].clone(), metrics)
    };
    let (_, last, (tasks, metrics)) =
        futures_util::join!(app.post(EXECUTE, &order), app.post(EXECUTE, &order), watch);
    let [waits, runs] = [&tasks[0], &tasks[1]];
    assert_eq!((&runs["status"], &runs["queue"]), (&json!("running"), &Value::Null));
    assert_eq!((&waits["status"], &waits["queue"]["ahead"]), (&json!("queued"), &json!(0)));
    let start = waits["queue"]["expected_start"].as_str();
    assert!(start.is_some_and(|at| at.ends_with('Z')), "{waits}");
    let series = r#"synod_calls_waiting{host="local",model="model"} 1"#;
    assert!(metrics.lines().any(|line| line == series), "{metrics}");
    assert_eq!((&last.json["status"], &last.json["queue"]), (&json!("timed_out"), &Value::Null));
}

#[actix_web::test]
async fn control_characters_in_a_task_are_named() {
    let app = TestApp::new();
    let parameters =
        json!({ "text": "Tea\u{1b}[2J", "context": "of\u{85} China", "question": "a\nb" });
    let answer = app.post(EXECUTE, &task("critique", &parameters)).await;
    let place =
        |name: &str| ("value_error".to_owned(), json!(["body", "parameters", name]).to_string());
    assert_eq!(problems(&answer), [place("text"), place("context")]);
    let msg = "Value error, must not contain the control character U+001B";
    assert_eq!(answer.json["detail"][0]["msg"], msg);
}
