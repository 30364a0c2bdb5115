use std::{sync::Arc, time::Duration};

use actix_web::http::StatusCode;
use serde_json::json;
use synod_agents::{Registry, assign_models};
use synod_debate_protocol::Debate;
use synod_domain::{AgentId, DebateConfig};
use synod_inference::{ChatError, GatewaySettings, ScriptedHost, ScriptedModel, ScriptedReply};

use crate::test_app::TestApp;

#[actix_web::test]
async fn the_process_is_alive() {
    let answer = TestApp::new().get("/livez").await;
    assert_eq!((answer.status, &answer.json), (StatusCode::OK, &json!({ "status": "alive" })));
}

#[actix_web::test]
async fn a_server_with_responding_hosts_is_ready() {
    let answer = TestApp::new().get("/readyz").await;
    assert_eq!(answer.status, StatusCode::OK);
    let ready = json!({
        "status": "ready",
        "store": { "status": "ok" },
        "hosts": [{ "status": "ok", "name": "local" }],
    });
    assert_eq!(answer.json, ready);
}

#[actix_web::test]
async fn a_stopping_server_is_alive_and_not_ready() {
    let app = TestApp::on(ScriptedModel::new("model"));
    app.api().close();
    let answer = app.get("/readyz").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json["status"], "closing");
    assert_eq!(app.get("/livez").await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_failed_host_is_avoided_and_reported() {
    let dead = |name: &str| {
        let source = Arc::new(std::io::Error::other("refused"));
        let error = ChatError::Unreachable { host: name.parse().expect("a name"), source };
        let model = ScriptedModel::new("model").always(ScriptedReply::fails(error));
        ScriptedHost::new(name).with(model)
    };
    let mut settings = GatewaySettings::default();
    (settings.circuit_breaker.first_pause, settings.circuit_breaker.longest_pause) =
        (Duration::from_hours(1), Duration::MAX);
    settings.retry.attempts = 1;
    let hello = json!({ "model": "model", "message": "Hello" });

    let well = ScriptedHost::new("far").with(ScriptedModel::new("model"));
    let app = TestApp::behind(vec![dead("near"), well], settings.clone());
    let chat = app.post("/ollama/chat", &hello).await;
    assert_eq!(chat.status, StatusCode::OK, "{}", chat.json);
    let metrics = String::from_utf8(app.get("/metrics").await.bytes).expect("text");
    for sample in [
        "synod_host_resting{host=\"near\"} 1",
        "synod_host_resting{host=\"far\"} 0",
        "synod_calls_moved_total{host=\"near\"} 1",
        "synod_calls_moved_total{host=\"far\"} 0",
    ] {
        assert!(metrics.lines().any(|line| line == sample), "{sample} in {metrics}");
    }

    let app = TestApp::behind(vec![dead("near"), dead("far")], settings);
    let chat = app.post("/ollama/chat", &hello).await;
    assert_eq!(chat.status, StatusCode::SERVICE_UNAVAILABLE);
    let reported = "no host served the call: near cannot be reached; far cannot be reached";
    assert_eq!(chat.json, json!({ "detail": reported }));
}

#[actix_web::test]
async fn debates_calls_and_tokens_are_counted_from_the_log() {
    let app = TestApp::new();
    let agents = ["analyst", "critic", "pragmatist"].map(|id| AgentId::new(id).expect("an id"));
    let mut config = DebateConfig::structured("Should the town ban cars?", agents.to_vec());
    config.debate_rules.options = Some(vec!["Yes".to_owned(), "No".to_owned()]);
    let registry = Registry::built_in();
    let seats = assign_models(&config, &registry, &[], app.synod.models()).await.expect("seats");
    let setup =
        Debate::initialize(config.validate().expect("valid"), seats.participants, None, None)
            .expect("a setup");
    let debate = app.synod.debates().open(setup).await.expect("a debate");
    // The sum of all samples with this prefix.
    let counted = async || {
        let text = String::from_utf8(app.get("/metrics").await.bytes).expect("text");
        move |start: &str| -> u64 {
            let samples = text.lines().filter(|line| line.starts_with(start));
            let values = samples.map(|line| line.rsplit_once(' ').expect(line).1);
            values.map(|value| value.parse::<u64>().expect("a count")).sum()
        }
    };
    assert_eq!(counted().await("synod_debates_active"), 0, "it has not started");
    debate.start().await.expect("it starts");
    assert_eq!(counted().await("synod_debates_active"), 1);
    let verdict = debate.finished().await.expect("a verdict");

    let log = debate.events(1, usize::MAX).await.expect("a log");
    let calls = log.iter().filter(|recorded| recorded.event.ends_call().is_some()).count();
    let count = counted().await;
    assert_eq!(count("synod_debates_active"), 0);
    assert_eq!(count("synod_debates_started_total"), 1);
    let outcome = verdict.outcome.as_str();
    assert_eq!(count(&format!("synod_debates_finished_total{{outcome=\"{outcome}\"}}")), 1);
    let openings = "synod_calls_total{model=\"model\",purpose=\"opening\",outcome=\"spoke\"}";
    assert_eq!(count(openings), 3);
    assert_eq!(count("synod_calls_total{model=\"model\""), calls as u64);
    assert_eq!(count("synod_calls_started_total{"), calls as u64);
    let tokens = ["prompt", "output"]
        .map(|kind| count(&format!("synod_tokens_total{{model=\"model\",kind=\"{kind}\"}}")));
    assert_eq!(tokens, [verdict.tokens.prompt, verdict.tokens.output]);
}

#[actix_web::test]
async fn loads_of_models_are_counted_by_host() {
    let one = 1.try_into().expect("not zero");
    let slow = |name| ScriptedModel::new(name).loading_takes(Duration::from_millis(20));
    let host = ScriptedHost::new("local").holding(one).with_models_at_once(one);
    let app = TestApp::of(vec![host.with(slow("a")).with(slow("b"))]);
    let ask = async |model: &str| {
        let answer = app.post("/ollama/chat", &json!({ "model": model, "message": "Tea?" })).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json);
    };
    // In this order the models would be loaded four times.
    let asked = ["a", "b", "a", "b"].map(ask);
    futures_util::future::join_all(asked).await;
    let text = String::from_utf8(app.get("/metrics").await.bytes).expect("text");
    for line in
        ["model_loads_total{host=\"local\"} 2\n", "model_loads_avoided_total{host=\"local\"} 2\n"]
    {
        assert!(text.contains(&format!("synod_{line}")), "{text}");
    }
}
