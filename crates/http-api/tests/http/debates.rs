//! Debates over the routes of the FastAPI design.

use std::time::Duration;

use actix_web::{
    http::{Method, StatusCode, header},
    test::TestRequest,
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use synod_debate_protocol::{Command, audit};
use synod_domain::{ModelChange, PausePolicy, PauseReason, Paused};
use synod_http_api::{ApiSettings, DebateDefaults};
use synod_inference::{HostError, ScriptedHost, ScriptedModel};

use crate::test_app::{TestApp, yes_or_no};

const NOWHERE: &str = "01939b3e-0000-7000-8000-000000000000";

#[actix_web::test]
async fn an_initialized_debate_has_the_limits_of_its_cost() {
    let opened = TestApp::new().post("/debate/initialize", &yes_or_no()).await;
    assert_eq!(opened.status, StatusCode::OK);
    assert_eq!(opened.json["status"], "initialized");
    let limits = &opened.json["limits"];
    assert_eq!((&limits["needs"], &limits["of"]), (&json!(3), &json!(3)));
    assert_eq!(limits["most_turns"], 6);
}

#[actix_web::test]
async fn an_unknown_agent_is_named_in_the_error() {
    let mut request = yes_or_no();
    request["selected_agents"] = json!(["analyst", "nobody"]);
    let refused = TestApp::new().post("/debate/initialize", &request).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(refused.json, json!({ "detail": "Agent not found: nobody" }));
}

#[actix_web::test]
async fn a_broken_rule_is_refused_at_its_field() {
    let mut request = yes_or_no();
    request["debate_rules"]["options"] = json!(["Yes", "yes."]);
    let refused = TestApp::new().post("/debate/initialize", &request).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let problem = &refused.json["detail"][0];
    assert_eq!(problem["loc"], json!(["body", "debate_rules", "options", 1]));
    assert_eq!((&problem["type"], &problem["input"]), (&json!("value_error"), &json!("yes.")));
}

#[actix_web::test]
async fn silent_hosts_are_503_and_missing_models_422() {
    let down = HostError::TimedOut { limit: Duration::from_secs(5) };
    let down = TestApp::of(vec![ScriptedHost::new("local").failing(down)]);
    let refused = down.post("/debate/initialize", &yes_or_no()).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.json);

    let none = TestApp::of(vec![]).post("/debate/initialize", &yes_or_no()).await;
    assert_eq!(none.status, StatusCode::SERVICE_UNAVAILABLE, "{}", none.json);

    let embeds = ScriptedModel::new("embeds").with_info(|info| info.chats = false);
    let refused = TestApp::on(embeds).post("/debate/initialize", &yes_or_no()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.json);
    assert_eq!(refused.json["detail"][0]["loc"], json!(["body", "selected_agents", 0]));
}

#[actix_web::test]
async fn a_context_beyond_the_window_is_refused_at_its_field() {
    let mut request = yes_or_no();
    request["problem_statement"] = "The town has a market. ".repeat(600).into();
    let resident = |window| {
        let model = ScriptedModel::new("model");
        TestApp::on(model.with_info(|info| (info.loaded, info.window) = (true, window)))
    };
    for path in ["/debate/initialize", "/api/v1/debates"] {
        let refused = resident(Some(4_096)).post(path, &request).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.json);
        let problems = refused.json.get("errors").unwrap_or(&refused.json["detail"]);
        assert_eq!(problems[0]["loc"], json!(["body", "problem_statement"]), "{}", refused.json);
        let reported = problems[0]["msg"].as_str().expect("words");
        assert!(reported.contains("13.9 KB") && reported.contains("has 4096 tokens"), "{reported}");
        // If the window is unknown or large enough, nothing is refused.
        for window in [None, Some(16_384)] {
            let opened = resident(window).post(path, &request).await;
            assert!(opened.status.is_success(), "{}", opened.json);
        }
    }
}

#[actix_web::test]
async fn a_finished_debate_is_read_completely() {
    let app = TestApp::for_yes();
    let id = app.finished().await;
    let read = app.get(&format!("/debates/{id}")).await;
    assert_eq!(read.status, StatusCode::OK);
    let debate = &read.json;
    assert_eq!(debate["debate_id"], id);
    assert_eq!((&debate["status"], &debate["stage"]), (&json!("completed"), &Value::Null));
    assert_eq!(debate["config"]["debate_topic"], "Ban cars?");
    assert_eq!(debate["config"]["time_limit_per_argument"], 60);
    assert_eq!(debate["participants"][1]["label"], "Speaker B");
    assert_eq!(debate["participants"][1]["agent_id"], "critic");
    assert_eq!(debate["participants"][1]["model"], "model");
    assert_eq!((&debate["moderator"], &debate["judge"]), (&Value::Null, &Value::Null));
    assert_eq!(debate["options"], json!([{"id":"O1","text":"Yes"},{"id":"O2","text":"No"}]));
    let of = |list: &str, field: &str| -> Vec<Value> {
        debate[list].as_array().expect(list).iter().map(|one| one[field].clone()).collect()
    };
    assert_eq!(of("statements", "turn"), [1, 2, 3, 4, 5, 6]);
    assert_eq!(of("statements", "pass")[2..4], [Value::Null, json!(1)]);
    assert_eq!(of("statements", "result"), ["spoke"; 6]);
    let voters = ["analyst", "critic", "skeptic"];
    assert_eq!(of("ballots", "agent_id"), [voters, voters].concat());
    assert_eq!(of("ballots", "option"), ["O1"; 6]);
    assert_eq!(of("rounds", "round"), [0, 1]);
    assert_eq!((&debate["run_off"], &debate["rulings"]), (&Value::Null, &json!([])));
    assert_eq!(debate["verdict"]["outcome"], "consensus");
    assert_eq!(debate["usage"]["calls"], 12);
    let times = ["created_at", "started_at", "finished_at"].map(|at| debate[at].as_str());
    assert!(times.is_sorted() && times[0].is_some(), "{times:?}");
}

#[actix_web::test]
async fn an_unchanged_debate_is_304() {
    let app = TestApp::for_yes();
    let id = app.open().await;
    let path = format!("/debates/{id}");
    let read = app.get(&path).await;
    assert_eq!(read.header(&header::ETAG), "W/\"1\"");
    let again = |tag: &'static str| {
        app.ask(TestRequest::get().uri(&path).insert_header((header::IF_NONE_MATCH, tag)))
    };
    for known in ["W/\"1\"", "\"1\"", "W/\"7\", W/\"1\"", "*"] {
        let answer = again(known).await;
        assert_eq!(answer.status, StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!((answer.bytes.len(), answer.header(&header::ETAG)), (0, "W/\"1\""));
    }
    app.control(&id, "stop").await;
    let changed = again("W/\"1\"").await;
    assert_eq!((changed.status, changed.header(&header::ETAG)), (StatusCode::OK, "W/\"2\""));
}

#[actix_web::test]
async fn every_command_is_answered_in_every_state() {
    let app = TestApp::thinking();
    let expect = async |id: &str, action: &str, status: &str, allowed: Option<Value>| {
        let answer = app.control(id, action).await;
        match allowed {
            None => {
                assert_eq!(answer.status, StatusCode::OK, "{action}: {}", answer.json);
                let done = json!({ "debate_id": id, "status": status, "action": action });
                assert_eq!(answer.json, done);
            }
            Some(allowed) => {
                assert_eq!(answer.status, StatusCode::CONFLICT, "{action}: {}", answer.json);
                assert_eq!(answer.json["status"], status);
                assert_eq!(answer.json["allowed"], allowed);
                assert!(answer.json["detail"].as_str().is_some_and(|d| d.contains(action)));
            }
        }
    };
    let id = &app.open().await;
    let waits = || Some(json!(["start", "stop"]));
    expect(id, "pause", "initialized", waits()).await;
    expect(id, "resume", "initialized", waits()).await;
    expect(id, "start", "running", None).await;
    expect(id, "start", "running", None).await;
    expect(id, "resume", "running", None).await;
    expect(id, "pause", "paused", None).await;
    expect(id, "pause", "paused", None).await;
    expect(id, "start", "paused", Some(json!(["resume", "stop"]))).await;
    expect(id, "resume", "running", None).await;
    expect(id, "stop", "stopped", None).await;
    expect(id, "stop", "stopped", None).await;
    for action in ["start", "pause", "resume"] {
        expect(id, action, "stopped", Some(json!([]))).await;
    }
    let done = &TestApp::for_yes();
    let id = done.finished().await;
    let answer = done.control(&id, "resume").await;
    assert_eq!(
        (answer.status, &answer.json["status"]),
        (StatusCode::CONFLICT, &json!("completed"))
    );
}

#[actix_web::test]
async fn a_pause_that_aborts_voids_the_open_calls() {
    let app = TestApp::thinking();
    let id = app.start().await;
    let debate = app.handle(&id).await;
    while debate.snapshot().await.expect("a state").open_calls().count() < 3 {
        tokio::task::yield_now().await;
    }
    let pause = json!({ "action": "pause", "policy": "abort" });
    let paused = app.post(&format!("/debate/{id}/control"), &pause).await;
    assert_eq!((paused.status, &paused.json["status"]), (StatusCode::OK, &json!("paused")));
    assert_eq!(debate.snapshot().await.expect("a state").open_calls().count(), 0);
}

#[actix_web::test]
async fn a_paused_debate_has_the_reason_and_the_time() {
    let app = TestApp::thinking();
    let id = app.start().await;
    let paths = [format!("/debates/{id}"), format!("/api/v1/debates/{id}")];
    let listed = async || app.get("/api/v1/debates").await.json["debates"][0]["pause"].take();
    assert_eq!(listed().await, Value::Null);
    app.control(&id, "pause").await;
    let log = app.handle(&id).await.events(1, 100).await.expect("a log");
    let paused = log.iter().find(|recorded| recorded.event.kind() == "debate_paused");
    let since = paused.expect("it is paused").at;
    let pause = json!({ "reason": "command", "since": since, "hosts": [], "detail": null });
    for path in &paths {
        assert_eq!(app.get(path).await.json["pause"], pause, "{path}");
    }
    assert_eq!(listed().await, pause);
    let transcript = app.get(&format!("/api/v1/debates/{id}/transcript?format=json")).await;
    assert_eq!(transcript.json["pause"]["reason"], "command", "{}", transcript.json);
    app.control(&id, "resume").await;
    for path in &paths {
        assert_eq!(app.get(path).await.json["pause"], Value::Null, "{path}");
    }
    assert_eq!(listed().await, Value::Null);
}

#[actix_web::test]
async fn a_debate_waits_until_its_changed_model_is_accepted() {
    let app = TestApp::thinking();
    let id = app.start().await;
    app.control(&id, "pause").await;
    let paths = [format!("/debates/{id}"), format!("/api/v1/debates/{id}")];
    let resume = json!({ "action": "resume", "accept_model_change": true });
    let control = format!("/debate/{id}/control");
    let done = app.post(&control, &resume).await;
    assert_eq!((done.status, &done.json["status"]), (StatusCode::OK, &json!("running")));
    let again = app.post(&control, &resume).await;
    assert_eq!((again.status, &again.json["status"]), (StatusCode::OK, &json!("running")));

    let change = ModelChange {
        agents: ["analyst".parse().expect("an id")].into(),
        host: "gpu".parse().expect("a name"),
        model: "llama3.2:3b".parse().expect("a name"),
        recorded_digest: "sha256:00".into(),
        served_digest: "sha256:11".into(),
    };
    let pause = Paused::for_models([change.clone()].into());
    let told = "the model llama3.2:3b on gpu, used by analyst, was 00 and is 11";
    assert_eq!(pause.detail.as_deref(), Some(told));
    assert_eq!(
        json!(pause)["models"],
        json!([{
            "agents": ["analyst"],
            "host": "gpu",
            "model": "llama3.2:3b",
            "recorded_digest": "sha256:00",
            "served_digest": "sha256:11",
        }])
    );
    for path in &paths {
        assert_eq!(app.get(path).await.json["pause"], Value::Null, "{path}");
    }
    app.control(&id, "stop").await;
    let closed = app.post(&control, &resume).await;
    assert_eq!((closed.status, &closed.json["allowed"]), (StatusCode::CONFLICT, &json!([])));
}

#[actix_web::test]
async fn a_debate_stopped_while_paused_keeps_the_pause_reason() {
    let app = TestApp::thinking();
    for (reason, reported) in [
        (PauseReason::DiskFull, json!("Paused: the store has no room left")),
        (PauseReason::Command, Value::Null),
    ] {
        let id = app.start().await;
        let pause = Command::Pause { policy: PausePolicy::Abort, reason };
        app.handle(&id).await.command(pause).await.expect("a pause");
        assert_eq!(app.control(&id, "stop").await.status, StatusCode::OK);
        let debate = app.get(&format!("/debates/{id}")).await.json;
        assert_eq!(debate["verdict"]["reason"], reported, "{debate}");
    }
}

#[actix_web::test]
async fn absent_fields_have_the_configured_defaults() {
    let debates = DebateDefaults {
        max_rounds: Some(2),
        consensus_threshold: Some(0.6),
        deadline_seconds: Some(120),
        judge: Some("visionary".parse().expect("an id")),
        ..DebateDefaults::default()
    };
    let app = TestApp::with(ApiSettings { debates, ..ApiSettings::default() });
    let mut request = yes_or_no();
    request.as_object_mut().expect("an object").remove("max_rounds");
    request["debate_rules"]["deadline_seconds"] = Value::Null;
    for path in ["/debate/initialize", "/api/v1/debates"] {
        let opened = app.post(path, &request).await;
        assert!(opened.status.is_success(), "{}", opened.json);
        let id = opened.json["debate_id"].as_str().expect("an id").to_owned();
        let config = app.get(&format!("/debates/{id}")).await.json["config"].take();
        assert_eq!(
            (&config["max_rounds"], &config["consensus_threshold"]),
            (&json!(2), &json!(0.6)),
            "{path}"
        );
        assert_eq!(config["max_iterations_per_round"], 1, "what is given counts");
        assert_eq!(config["debate_rules"]["deadline_seconds"], Value::Null, "null is given too");
        assert_eq!(config["debate_rules"]["judge"], "visionary");
    }
}

#[actix_web::test]
async fn unknown_debates_are_404() {
    let app = TestApp::new();
    let not_found = json!({ "detail": "Debate not found" });
    for id in [NOWHERE, "none", "..", "%00", "%2e%2e%2fetc", &"1".repeat(4_000)] {
        let read = app.get(&format!("/debates/{id}")).await;
        assert_eq!((read.status, &read.json), (StatusCode::NOT_FOUND, &not_found), "{id}");
        let control = app.control(id, "start").await;
        assert_eq!((control.status, &control.json), (StatusCode::NOT_FOUND, &not_found), "{id}");
    }
    let deleted = app.method(Method::DELETE, &format!("/debates/{NOWHERE}")).await;
    assert_eq!(deleted.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[actix_web::test]
async fn an_unknown_action_is_422_whether_the_debate_exists_or_not() {
    let app = TestApp::new();
    let id = app.open().await;
    for id in [NOWHERE, &id] {
        let refused = app.control(id, "explode").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[actix_web::test]
async fn eight_concurrent_clients_leave_a_valid_log() {
    const ACTIONS: [&str; 4] = ["start", "pause", "resume", "stop"];
    let app = TestApp::for_yes();
    for shift in 0..8 {
        let id = &app.open().await;
        let client = async |number: usize| {
            for turn in 0..6 {
                // Stops come last, so that the other commands meet an open debate.
                let most = if turn < 4 { 3 } else { 4 };
                let action = ACTIONS[(number + turn * 5 + shift) % most];
                let answer = app.control(id, action).await;
                let expected = [StatusCode::OK, StatusCode::CONFLICT];
                assert!(expected.contains(&answer.status), "{action}: {}", answer.json);
            }
        };
        join_all((0..8).map(client)).await;
        assert_eq!(app.control(id, "stop").await.status, StatusCode::OK);
        let log = app.handle(id).await.events(1, 1_000).await.expect("a log");
        audit(log.iter().map(|recorded| &**recorded)).expect("a log that the rules could write");
    }
}

#[actix_web::test]
async fn a_closed_debate_has_one_response_until_it_is_deleted() {
    let app = TestApp::for_yes();
    let path = format!("/debates/{}", app.finished().await);
    let first = app.get(&path).await;
    assert_eq!(first.status, StatusCode::OK);
    let again = app.get(&path).await;
    assert_eq!((again.status, again.json), (StatusCode::OK, first.json));
    app.method(Method::DELETE, &format!("/api/v1{path}")).await;
    assert_eq!(app.get(&path).await.status, StatusCode::NOT_FOUND);
}
