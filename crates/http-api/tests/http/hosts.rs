//! What the hosts are doing, and what the live page asks first.

use actix_web::http::StatusCode;
use serde_json::json;
use synod_http_api::{ApiKey, ApiSettings, DebateDefaults};
use synod_inference::{HostError, ScriptedHost, ScriptedModel};

use crate::test_app::TestApp;

const HOSTS: &str = "/api/v1/hosts";

#[actix_web::test]
async fn an_idle_host_is_ready() {
    let host =
        ScriptedHost::new("local").with(ScriptedModel::new("a")).with(ScriptedModel::new("b"));
    let answer = TestApp::of(vec![host]).get(HOSTS).await;
    assert_eq!(answer.status, StatusCode::OK);
    let host = &answer.json["hosts"][0];
    assert_eq!((&host["name"], &host["state"]), (&json!("local"), &json!("ready")));
    assert_eq!((&host["running"], &host["queued"]), (&json!(0), &json!(0)));
    assert_eq!((&host["models"], &host["kind"]), (&json!(2), &json!("other")));
    assert_eq!((&host["detail"], &host["resting_until"]), (&json!(null), &json!(null)));
}

#[actix_web::test]
async fn calls_in_service_and_waiting_are_counted() {
    let app = TestApp::thinking();
    app.start().await;
    let mut host = json!(null);
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
        host = app.get(HOSTS).await.json["hosts"][0].clone();
        if host["running"].as_u64() > Some(0) {
            break;
        }
    }
    let count = |name: &str| host[name].as_u64().expect("a number");
    assert_eq!(count("running") + count("queued"), 3, "the openings: {host}");
    assert!(count("running") <= count("slots"), "{host}");
}

#[actix_web::test]
async fn a_host_that_is_away_says_why() {
    let source = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    let address = "http://gone:1".to_owned();
    let away = HostError::Unreachable { address, source: std::sync::Arc::new(source) };
    let app = TestApp::of(vec![ScriptedHost::new("gone").failing(away)]);
    let host = app.get(HOSTS).await.json["hosts"][0].clone();
    assert_eq!(host["state"], "away", "{host}");
    assert!(host["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{host}");
}

#[actix_web::test]
async fn the_page_learns_its_settings_without_a_key() {
    let app = TestApp::with(ApiSettings {
        key: Some(ApiKey::new("0123456789abcdef-key").expect("a key")),
        shares: true,
        debates: DebateDefaults { max_rounds: Some(2), ..DebateDefaults::default() },
        ..ApiSettings::default()
    });
    let page = app.get("/api/v1/page").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.json);
    assert_eq!((&page.json["auth"], &page.json["shares"]), (&json!(true), &json!(true)));
    assert_eq!(page.json["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(page.json["defaults"]["max_rounds"], 2);
    assert_eq!(page.json["defaults"]["debate_mode"], json!(null));
    assert_eq!((&page.json["demo_model"], &page.json["pull_hint"]), (&json!(null), &json!(null)));
    assert_eq!(app.get(HOSTS).await.status, StatusCode::UNAUTHORIZED);
}
