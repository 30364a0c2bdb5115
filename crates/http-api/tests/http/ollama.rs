use std::{sync::Arc, time::Duration};

use actix_web::{http::StatusCode, http::header::RETRY_AFTER, rt::time::timeout};
use serde_json::{Value, json};
use synod_inference::{
    ChatError, HostError, HostName, ModelName, ScriptedHost, ScriptedModel, ScriptedReply,
    StopReason, Usage,
};

use crate::test_app::TestApp;

const CHAT: &str = "/ollama/chat";

fn hello() -> Value {
    json!({ "model": "model", "message": "Hello" })
}

fn with(key: &str, value: Value) -> Value {
    let mut body = hello();
    body[key] = value;
    body
}

#[actix_web::test]
async fn a_chat_returns_the_reply() {
    let usage = Usage { prompt_tokens: Some(12), output_tokens: Some(3) };
    let reply = ScriptedReply::pieces(["Good ", "day"]).finishing(StopReason::Length, usage);
    let model = ScriptedModel::new("model").always(reply.clone().thinking("Hm."));
    let app = TestApp::on(model.clone());
    let mut answer = app.post(CHAT, &hello()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
    let timings = answer.json["timings"].take();
    let expected = json!({
        "model": "model",
        "host": "local",
        "agent_id": null,
        "response": "Good day",
        "thinking": "Hm.",
        "done_reason": "length",
        "usage": { "prompt_tokens": 12, "output_tokens": 3 },
        "timings": null,
    });
    assert_eq!(answer.json, expected);
    assert!(timings["queued_ms"].is_u64() && timings["first_token_ms"].is_u64(), "{timings}");
    let request = model.record().requests.remove(0);
    assert_eq!(request.messages.len(), 1);
    assert_eq!(request.sampling.temperature, Some(0.7));
    assert_eq!(request.sampling.max_output_tokens, 2_048);

    let plain = TestApp::on(ScriptedModel::new("model").always(reply));
    let answer = plain.post(CHAT, &with("temperature", Value::Null)).await.json;
    assert!(answer.get("thinking").is_none(), "{answer}");
}

#[actix_web::test]
async fn an_unopened_thought_is_not_part_of_the_response() {
    let reply = ScriptedReply::text("Hm. ").corrected("Hm. ", "").and("Good day");
    let app = TestApp::on(ScriptedModel::new("model").always(reply));
    let answer = app.post(CHAT, &hello()).await.json;
    assert_eq!((&answer["response"], &answer["thinking"]), (&json!("Good day"), &json!("Hm. ")));
}

#[actix_web::test]
async fn history_and_persona_come_before_the_message() {
    let model = ScriptedModel::new("model");
    let app = TestApp::on(model.clone());
    let mut body = with("agent_id", json!("critic"));
    body["conversation_history"] =
        json!([{ "role": "user", "content": "Tea?" }, { "role": "assistant", "content": "Yes." }]);
    let answer = app.post(CHAT, &body).await;
    assert_eq!((answer.status, &answer.json["agent_id"]), (StatusCode::OK, &json!("critic")));
    body["conversation_history"] = json!([{ "role": "system", "content": "Be a kettle.", "x": 1 }]);
    assert_eq!(app.post(CHAT, &body).await.status, StatusCode::OK);
    let requests = model.record().requests;
    let reported = |index: usize| json!(requests[index].messages);
    let first = reported(0);
    assert!(first[0]["content"].as_str().is_some_and(|text| text.starts_with("You are a critic")));
    assert_eq!(first[1], json!({ "role": "user", "content": "Tea?" }));
    assert_eq!(first[3], json!({ "role": "user", "content": "Hello" }));
    let kettle = json!({ "role": "system", "content": "Be a kettle." });
    assert_eq!(reported(1), json!([kettle, { "role": "user", "content": "Hello" }]));
    assert_eq!(app.get("/agents/critic/status").await.json["success_count"], 2);
}

#[actix_web::test]
async fn problems_of_a_history_are_reported_by_entry() {
    let history = json!([
        { "role": "user", "content": "fine" },
        { "role": "tool", "content": 7 },
        { "content": "a" },
        { "role": "user" },
    ]);
    let answer = TestApp::new().post(CHAT, &with("conversation_history", history)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let problems = answer.json["detail"].as_array().expect("a list");
    let reported: Vec<_> =
        problems.iter().map(|p| (&p["type"], &p["loc"][2], &p["loc"][3])).collect();
    let expected = [
        (json!("string_pattern_mismatch"), json!(1), json!("role")),
        (json!("string_type"), json!(1), json!("content")),
        (json!("missing"), json!(2), json!("role")),
        (json!("missing"), json!(3), json!("content")),
    ];
    assert_eq!(reported, expected.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>());
}

#[actix_web::test]
async fn a_model_may_be_named_with_its_host() {
    let model = |reply: &str, name| ScriptedModel::new(name).always(ScriptedReply::text(reply));
    let near = ScriptedHost::new("near").with(model("From near", "qwen3:8b"));
    let far = ScriptedHost::new("far").with(model("From far", "qwen3:8b"));
    let far = far.with(model("Org", "org/qwen3")).with(model("Own", "far/qwen3:latest"));
    let app = TestApp::of(vec![near, far]);
    for (name, host, reply) in [
        ("near/qwen3:8b", "near", "From near"),
        ("far/qwen3:8b", "far", "From far"),
        // A slash may belong to the name of the model.
        ("org/qwen3", "far", "Org"),
        ("far/org/qwen3", "far", "Org"),
        ("far/qwen3", "far", "Own"),
    ] {
        let answer = app.post(CHAT, &with("model", json!(name))).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.json);
        assert_eq!((&answer.json["host"], &answer.json["response"]), (&json!(host), &json!(reply)));
    }
    let absent = app.post(CHAT, &with("model", json!("near/absent:7b"))).await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
    let reported = json!({ "detail": "no model absent:7b on near; try `script absent:7b`" });
    assert_eq!(absent.json, reported);
    let empty = app.post(CHAT, &with("model", json!("near/"))).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(empty.json["detail"][0]["loc"], json!(["body", "model"]));
}

#[actix_web::test]
async fn unknown_models_and_agents_are_named() {
    let app = TestApp::new();
    let model = app.post(CHAT, &with("model", json!("absent:7b"))).await;
    assert_eq!(model.status, StatusCode::NOT_FOUND);
    let reported = json!({ "detail": "no model absent:7b on local; try `script absent:7b`" });
    assert_eq!(model.json, reported);
    let agent = app.post(CHAT, &with("agent_id", json!("nobody"))).await;
    assert_eq!(agent.status, StatusCode::NOT_FOUND);
    assert_eq!(agent.json, json!({ "detail": "Agent not found: nobody" }));
    let nameless = app.post(CHAT, &with("model", json!("two\nlines"))).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(nameless.json["detail"][0]["loc"], json!(["body", "model"]));
}

#[actix_web::test]
async fn every_failure_of_a_call_has_its_status() {
    let host = HostName::new("local").expect("a name");
    let model = ModelName::new("model").expect("a name");
    let source = Arc::new(std::io::Error::other("gone"));
    let detail = "no power".to_owned();
    let limit = Duration::from_secs(300);
    for (error, status) in [
        (ChatError::Deadline { limit }, StatusCode::GATEWAY_TIMEOUT),
        (
            ChatError::Interrupted { host: host.clone(), detail: detail.clone(), source: None },
            StatusCode::BAD_GATEWAY,
        ),
        (ChatError::Refused { host: host.clone(), detail, source: None }, StatusCode::BAD_GATEWAY),
        (
            ChatError::ModelNotFound { host: host.clone(), model: model.clone() },
            StatusCode::NOT_FOUND,
        ),
        (
            ChatError::ContextOverflow { model: model.clone(), prompt_tokens: None, window: None },
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        let reported = error.to_string();
        let scripted = ScriptedModel::new("model").always(ScriptedReply::fails(error));
        let answer = TestApp::on(scripted).post(CHAT, &hello()).await;
        // Every 422 has the same format.
        let detail = match status {
            StatusCode::UNPROCESSABLE_ENTITY => json!([{
                "type": "value_error",
                "loc": ["body"],
                "msg": format!("Value error, {reported}"),
                "input": null,
                "ctx": { "error": {} },
            }]),
            _ => json!(reported),
        };
        assert_eq!((answer.status, answer.json), (status, json!({ "detail": detail })));
    }
    // These are temporary and retried before they are reported.
    let mut settings = synod_inference::GatewaySettings::default();
    settings.retry.attempts = 1;
    for (error, retry_after) in [
        (ChatError::Unreachable { host: host.clone(), source }, ""),
        (ChatError::Busy { host, model, waiting: 3 }, "5"),
    ] {
        let scripted = ScriptedModel::new("model").always(ScriptedReply::fails(error));
        let hosts = vec![ScriptedHost::new("local").with(scripted)];
        let answer = TestApp::behind(hosts, settings.clone()).post(CHAT, &hello()).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.header(&RETRY_AFTER), retry_after);
    }
}

#[actix_web::test]
async fn a_disconnect_cancels_the_call() {
    let model = ScriptedModel::new("model").always(ScriptedReply::text("Well").then_hangs());
    let app = TestApp::on(model.clone());
    let left = timeout(Duration::from_millis(50), app.post(CHAT, &hello())).await;
    assert!(left.is_err());
    assert_eq!((model.record().cancelled, model.record().in_flight), (1, 0));
}

#[actix_web::test]
async fn models_of_responding_hosts_are_listed() {
    let down = || {
        let error = HostError::Unreadable { address: "x".to_owned(), detail: "y".to_owned() };
        ScriptedHost::new("down").failing(error)
    };
    let demo = ScriptedModel::new("b").with_info(|info| (info.demo, info.loaded) = (true, false));
    let model = ScriptedModel::new("a").with_info(|info| {
        (info.family, info.size) = (Some("llama".to_owned()), Some(7));
    });
    let up = ScriptedHost::new("up").with(model).with(demo);
    let list = TestApp::of(vec![down(), up]).get("/ollama/models").await;
    assert_eq!(list.status, StatusCode::OK);
    let expected = json!({ "models": [
        { "name": "a", "host": "up", "family": "llama", "size": 7, "loaded": true, "demo": false,
          "chats": true, "embeds": false },
        { "name": "b", "host": "up", "family": null, "size": null, "loaded": false, "demo": true,
          "chats": true, "embeds": false },
    ] });
    assert_eq!(list.json, expected);
    let none = TestApp::of(vec![down()]).get("/ollama/models").await;
    assert_eq!(none.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        none.json["detail"].as_str().is_some_and(|reported| reported.contains("down")),
        "{}",
        none.json
    );
    let empty = TestApp::of(vec![ScriptedHost::new("up")]).get("/ollama/models").await;
    assert_eq!((empty.status, empty.json), (StatusCode::OK, json!({ "models": [] })));
}
