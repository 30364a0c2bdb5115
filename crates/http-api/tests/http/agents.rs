use actix_web::{
    http::{
        Method, StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    test::TestRequest,
};
use serde_json::{Value, json};
use synod_inference::{HostError, ScriptedHost, ScriptedModel};

use crate::test_app::{Answer, TestApp};

const AGENTS: &str = "/api/v1/agents";

fn ada() -> Value {
    json!({ "agent_id": "ada", "expertise": "a mathematician", "model": "model" })
}

impl TestApp {
    async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.ask(TestRequest::patch().uri(path).set_json(body)).await
    }
}

#[actix_web::test]
async fn agents_are_listed_with_their_status() {
    let app = TestApp::new();
    let list = app.get("/agents").await;
    assert_eq!(list.status, StatusCode::OK);
    let agents = list.json["agents"].as_array().expect("a list");
    let ids: Vec<_> = agents.iter().filter_map(|agent| agent["agent_id"].as_str()).collect();
    assert_eq!(ids, ["analyst", "critic", "moderator", "pragmatist", "skeptic", "visionary"]);
    let mut critic = app.get("/agents/critic/status").await.json;
    assert_eq!(critic, agents[1]);
    let created_at = critic["created_at"].take();
    assert!(created_at.as_str().is_some_and(|at| at.ends_with('Z')));
    let expected = json!({
        "agent_id": "critic",
        "agent_type": "llm",
        "name": "Critic",
        "status": "idle",
        "capabilities": ["chat", "analyze", "summarize", "critique"],
        "host": "local",
        "model": "model",
        "task_count": 0,
        "success_count": 0,
        "error_count": 0,
        "success_rate": 0.0,
        "avg_task_duration": null,
        "created_at": null,
        "last_active_at": null,
    });
    assert_eq!(critic, expected);
}

#[actix_web::test]
async fn an_agent_that_does_not_exist_is_not_found() {
    let app = TestApp::new();
    for id in ["nobody", "a%20b", &"x".repeat(200)] {
        let answer = app.get(&format!("/agents/{id}/status")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
        assert_eq!(answer.json, json!({ "detail": "Agent not found" }));
        let path = format!("{AGENTS}/{id}");
        for answer in [
            app.get(&path).await,
            app.method(Method::DELETE, &path).await,
            app.patch(&path, &json!({})).await,
        ] {
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
            assert_eq!(answer.json["detail"], "Agent not found");
        }
    }
}

#[actix_web::test]
async fn an_agent_is_registered_changed_and_removed() {
    let app = TestApp::new();
    let made = app.post(AGENTS, &ada()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    assert_eq!(made.header(&LOCATION), "/api/v1/agents/ada");
    assert_eq!((&made.json["name"], &made.json["host"]), (&json!("Ada"), &Value::Null));
    let read = app.get(made.header(&LOCATION)).await;
    assert_eq!((read.status, &read.json), (StatusCode::OK, &made.json));
    assert_eq!(app.get("/agents/ada/status").await.json["status"], "idle");

    let change = json!({ "voice": "Speak softly.", "model": "absent", "host": "local" });
    let changed = app.patch("/api/v1/agents/ada", &change).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.json);
    assert_eq!(changed.json["voice"], "softly");
    assert_eq!(changed.json["expertise"], "a mathematician");
    assert_eq!(changed.json["status"]["status"], "unavailable");
    let freed = app.patch("/api/v1/agents/ada", &json!({ "model": null })).await;
    assert_eq!((&freed.json["model"], &freed.json["host"]), (&Value::Null, &json!("local")));
    assert_eq!(freed.json["status"]["status"], "idle");

    let list = app.get(AGENTS).await;
    assert_eq!(list.json["agents"].as_array().map(Vec::len), Some(7));
    assert_eq!(list.json["agents"][0], freed.json);
    let gone = app.method(Method::DELETE, "/api/v1/agents/ada").await;
    assert_eq!((gone.status, gone.bytes.len()), (StatusCode::NO_CONTENT, 0));
    assert_eq!(app.get("/agents/ada/status").await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn a_taken_id_is_409() {
    let app = TestApp::new();
    assert_eq!(app.post(AGENTS, &ada()).await.status, StatusCode::CREATED);
    let again = app.post(AGENTS, &ada()).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(again.header(&CONTENT_TYPE), "application/problem+json");
    assert_eq!(again.json["detail"], "there is an agent `ada` already");
}

#[actix_web::test]
async fn invalid_agents_are_refused_at_their_fields() {
    let app = TestApp::new();
    let with = |key: &str, value: Value| {
        let mut agent = ada();
        agent[key] = value;
        agent
    };
    for (body, key) in [
        (with("agent_id", json!("a/b")), "agent_id"),
        (with("agent_id", json!("..")), "agent_id"),
        (with("agent_id", json!("")), "agent_id"),
        (with("agent_id", json!("x".repeat(129))), "agent_id"),
        (with("expertise", json!(" ")), "expertise"),
        (with("expertise", json!("x".repeat(4_001))), "expertise"),
        (with("voice", json!("\n")), "voice"),
        (with("host", json!("no host")), "host"),
        (with("model", json!("")), "model"),
    ] {
        let answer = app.post(AGENTS, &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(answer.header(&CONTENT_TYPE), "application/problem+json");
        assert_eq!(answer.json["errors"][0]["loc"], json!(["body", key]), "{body}");
    }
    let long = "x".repeat(4_001);
    let all = json!({ "name": long, "expertise": " ", "voice": long, "model": "a\nb", "host": "" });
    let mut registered = all.clone();
    registered["agent_id"] = json!("a/b");
    let keys = ["agent_id", "name", "expertise", "voice", "host", "model"];
    for (answer, body, keys) in [
        (app.post(AGENTS, &registered).await, &registered, &keys[..]),
        (app.patch("/api/v1/agents/critic", &all).await, &all, &keys[1..]),
    ] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let errors = answer.json["errors"].as_array().expect("errors");
        assert_eq!(errors.len(), keys.len(), "all that is wrong, in order: {}", answer.json);
        for (error, key) in errors.iter().zip(keys) {
            assert_eq!(error["loc"], json!(["body", key]));
            assert_eq!(error["input"], body[key], "what was sent");
        }
    }
    assert_eq!(app.get("/agents/critic/status").await.json["model"], "model");
}

#[actix_web::test]
async fn a_change_has_known_fields_with_valid_values() {
    let app = TestApp::new();
    let path = format!("{AGENTS}/critic");
    let before = app.get(&path).await.json;
    for (body, key, kind) in [
        (json!({ "name": null }), "name", "string_type"),
        (json!({ "expertise": null }), "expertise", "string_type"),
        (json!({ "voice": null }), "voice", "string_type"),
        (json!({ "expertize": "a baker" }), "expertize", "extra_forbidden"),
        (json!({ "agent_id": "other" }), "agent_id", "extra_forbidden"),
        (json!({ "name": "A\u{1b}[31mB" }), "name", "value_error"),
        (json!({ "name": "A\nB" }), "name", "value_error"),
        (json!({ "name": "A\u{9b}B" }), "name", "value_error"),
        (json!({ "voice": "low\u{7}" }), "voice", "value_error"),
    ] {
        let refused = app.patch(&path, &body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let error = &refused.json["errors"][0];
        assert_eq!((&error["loc"][1], &error["type"]), (&json!(key), &json!(kind)), "{body}");
        assert_eq!(app.get(&path).await.json, before);
    }
    // Tabs and line breaks become spaces.
    let lines = app.patch(&path, &json!({ "voice": "slowly,\n\tone point at a time" })).await;
    assert_eq!(lines.json["voice"], "slowly, one point at a time", "{}", lines.json);
    let mut unknown = ada();
    unknown["temperature"] = json!(1);
    let refused = app.post(AGENTS, &unknown).await;
    assert_eq!(refused.json["errors"][0]["type"], "extra_forbidden", "{}", refused.json);
}

/// The limit is that of a file of agents, so that personas of other programs fit.
#[actix_web::test]
async fn an_expertise_may_be_a_whole_persona() {
    let app = TestApp::new();
    for (length, status) in
        [(4_000, StatusCode::CREATED), (4_001, StatusCode::UNPROCESSABLE_ENTITY)]
    {
        let agent = json!({ "agent_id": format!("a{length}"), "expertise": "é".repeat(length) });
        assert_eq!(app.post(AGENTS, &agent).await.status, status, "{length}");
    }
    let patch = json!({ "expertise": "é".repeat(4_000) });
    assert_eq!(app.patch(&format!("{AGENTS}/a4000"), &patch).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_host_that_is_down_degrades_the_system() {
    let well = TestApp::new().get("/system/status").await;
    assert_eq!((well.status, &well.json["system_status"]), (StatusCode::OK, &json!("operational")));
    assert_eq!(well.json["agents"]["critic"]["status"], "idle");
    let metrics = well.json["api_metrics"].as_object().expect("metrics");
    let names: Vec<_> = metrics.keys().map(String::as_str).collect();
    let expected = [
        "total_requests",
        "error_count",
        "avg_response_time_ms",
        "uptime_seconds",
        "current_connections",
        "peak_concurrent_connections",
    ];
    assert_eq!(names, expected);
    assert!(metrics.values().all(Value::is_u64), "{metrics:?}");

    let error = HostError::Unreadable { address: "x".to_owned(), detail: "y".to_owned() };
    let up = ScriptedHost::new("up").with(ScriptedModel::new("model"));
    let down = || ScriptedHost::new("down").failing(error.clone());
    let half = TestApp::of(vec![up, down()]).get("/system/status").await;
    assert_eq!(half.json["system_status"], "degraded");
    assert_eq!(half.json["agents"]["critic"]["status"], "idle");
    let none = TestApp::of(vec![down()]).get("/system/status").await;
    assert_eq!(none.json["system_status"], "degraded");
    assert_eq!(none.json["agents"]["critic"]["status"], "unavailable");
}

#[actix_web::test]
async fn the_list_of_agents_contains_every_change_at_once() {
    let app = TestApp::new();
    let listed = async |id: &str| {
        let agents = app.get("/agents").await.json["agents"].take();
        let mut agents = agents.as_array().expect("a list").clone().into_iter();
        agents.find(|agent| agent["agent_id"] == id)
    };
    assert_eq!(listed("ada").await, None);
    let ada = json!({ "agent_id": "ada", "expertise": "a mathematician" });
    app.post("/api/v1/agents", &ada).await;
    let ada = listed("ada").await.expect("she is there");
    assert_eq!((&ada["status"], &ada["task_count"]), (&json!("idle"), &json!(0)));
    let order = json!({ "operation": "chat", "parameters": { "text": "Tea?" } });
    for done in 1..=2 {
        app.post("/agents/ada/execute", &order).await;
        assert_eq!(listed("ada").await.expect("she is there")["success_count"], done);
    }
    app.method(Method::DELETE, "/api/v1/agents/ada").await;
    assert_eq!(listed("ada").await, None);
}

#[actix_web::test]
async fn invisible_and_bidi_characters_are_refused_in_a_name() {
    let app = TestApp::new();
    for (name, reported) in [
        ("A\u{202e}da", "must not contain the direction mark U+202E"),
        ("A\u{200b}da", "must not contain the invisible character U+200B"),
        ("A\nda", "must not contain the control character U+000A"),
    ] {
        let mut agent = ada();
        agent["name"] = json!(name);
        agent["voice"] = json!("plainly\u{7}");
        let refused = app.post(AGENTS, &agent).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.json);
        let errors = &refused.json["errors"];
        assert_eq!(errors[0]["loc"], json!(["body", "name"]));
        assert_eq!(errors[0]["msg"], format!("Value error, {reported}"));
        assert_eq!(errors[1]["loc"], json!(["body", "voice"]));
        assert_eq!(errors[1]["msg"], "Value error, must not contain the control character U+0007");
        let patch = json!({ "name": name });
        let refused = app.patch(&format!("{AGENTS}/critic"), &patch).await;
        assert_eq!(refused.json["errors"][0]["msg"], format!("Value error, {reported}"));
    }
    let mut agent = ada();
    agent["name"] = json!("می\u{200c}خواهم 👩\u{200d}🔬");
    let accepted = app.post(AGENTS, &agent).await;
    assert_eq!((accepted.status, &accepted.json["name"]), (StatusCode::CREATED, &agent["name"]));
}
