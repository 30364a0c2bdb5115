//! Requests that are sent twice.

use actix_web::{
    http::{Method, StatusCode, header::HeaderName},
    test::TestRequest,
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use synod_inference::{ScriptedHost, ScriptedModel};

use crate::test_app::{Answer, TestApp, yes_or_no};

async fn post(app: &TestApp, path: &str, key: &str, body: &Value) -> Answer {
    let request = TestRequest::post().uri(path).insert_header(("Idempotency-Key", key));
    app.ask(request.set_json(body)).await
}

async fn debates(app: &TestApp) -> usize {
    app.get("/api/v1/debates").await.json["debates"].as_array().expect("debates").len()
}

#[actix_web::test]
async fn a_repeated_request_opens_one_debate() {
    for (path, status) in
        [("/debate/initialize", StatusCode::OK), ("/api/v1/debates", StatusCode::CREATED)]
    {
        let app = TestApp::for_yes();
        let first = post(&app, path, "k", &yes_or_no()).await;
        assert_eq!(first.status, status);
        let id = first.json["debate_id"].as_str().expect("an id");
        // The state of the debate makes no difference.
        app.control(id, "stop").await;
        // Explicit defaults and the order of keys make no difference.
        let mut same = json!({ "max_rounds": 1, "consensus_threshold": 0.8 });
        same.as_object_mut().expect("an object").extend(yes_or_no().as_object().cloned().unwrap());
        let second = post(&app, path, "k", &same).await;
        let replayed = HeaderName::from_static("idempotency-replayed");
        assert_eq!((first.header(&replayed), second.header(&replayed)), ("", "true"));
        assert_eq!((second.status, second.bytes), (status, first.bytes.clone()));
        assert_eq!(debates(&app).await, 1);
        let third = post(&app, path, "l", &yes_or_no()).await;
        assert_ne!(third.json["debate_id"], first.json["debate_id"]);
    }
}

#[actix_web::test]
async fn a_key_of_another_request_is_422() {
    let app = TestApp::for_yes();
    post(&app, "/debate/initialize", "k", &yes_or_no()).await;
    let mut other = yes_or_no();
    other["debate_topic"] = json!("Ban bikes?");
    for (path, body, list) in
        [("/debate/initialize", other, "detail"), ("/api/v1/debates", yes_or_no(), "errors")]
    {
        let reused = post(&app, path, "k", &body).await;
        assert_eq!(reused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reused.json);
        assert_eq!(reused.json[list][0]["loc"], json!(["header", "Idempotency-Key"]));
    }
    assert_eq!(debates(&app).await, 1);
}

#[actix_web::test]
async fn a_concurrent_request_with_the_same_key_is_409() {
    tokio::time::pause();
    // A host that never lists its models keeps the first request in progress.
    let slow = ScriptedHost::new("slow").hanging();
    let app = TestApp::of(vec![slow, ScriptedHost::new("local").with(ScriptedModel::new("m"))]);
    let body = &yes_or_no();
    let answers = join_all((0..8).map(|_| post(&app, "/debate/initialize", "k", body))).await;
    let count = |status| answers.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(StatusCode::OK), count(StatusCode::CONFLICT)), (1, 7));
    assert_eq!(debates(&app).await, 1);
}

#[actix_web::test]
async fn a_refused_request_may_be_repeated_with_its_key() {
    let app = TestApp::for_yes();
    let mut wrong = yes_or_no();
    wrong["selected_agents"] = json!(["analyst", "nobody"]);
    let refused = post(&app, "/debate/initialize", "k", &wrong).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(post(&app, "/debate/initialize", "k", &yes_or_no()).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_key_of_an_invalid_length_is_422() {
    let app = TestApp::new();
    for key in ["", " ", &"k".repeat(256)] {
        let refused = post(&app, "/debate/initialize", key, &yes_or_no()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{key:?}");
        assert_eq!(refused.json["detail"][0]["loc"], json!(["header", "Idempotency-Key"]));
    }
}

#[actix_web::test]
async fn a_key_of_a_deleted_debate_is_409() {
    for path in ["/debate/initialize", "/api/v1/debates"] {
        let app = TestApp::for_yes();
        let first = post(&app, path, "k", &yes_or_no()).await;
        let id = first.json["debate_id"].as_str().expect("an id");
        app.control(id, "stop").await;
        let deleted = app.method(Method::DELETE, &format!("/api/v1/debates/{id}")).await;
        assert_eq!(deleted.status, StatusCode::NO_CONTENT);
        let again = post(&app, path, "k", &yes_or_no()).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.json);
        let detail = again.json["detail"].as_str().expect("a sentence");
        assert!(detail.contains("deleted") && detail.contains("new key"), "{detail}");
        assert_eq!(debates(&app).await, 0);
        assert!(post(&app, path, "l", &yes_or_no()).await.status.is_success());
    }
}
