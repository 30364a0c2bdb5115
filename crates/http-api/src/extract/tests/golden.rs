//! Recorded responses of FastAPI, compared over HTTP.

use actix_web::{
    App, HttpResponse,
    http::header,
    test,
    web::{self, Path},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    extract::{body::JsonBody, query::Query},
    response::error::{ApiError, Noun},
    wire::DebateConfigurationRequest,
};

#[derive(Deserialize)]
struct Case {
    name: String,
    method: String,
    path: String,
    content_type: Option<String>,
    sent: Option<String>,
    status: u16,
    body: Value,
}

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
struct Tasks {
    #[serde(default)]
    #[garde(range(min = 1, max = 500))]
    limit: Option<u16>,
}

async fn initialize(_: JsonBody<DebateConfigurationRequest>) -> HttpResponse {
    HttpResponse::Ok().json(json!({}))
}

async fn tasks(_: Query<Tasks>) -> HttpResponse {
    HttpResponse::Ok().json(json!({}))
}

async fn agent(_: Path<String>) -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound(Noun::Agent))
}

#[actix_web::test]
async fn golden_requests_are_answered_as_by_fastapi() {
    let routes = web::scope("")
        .route("/debate/initialize", web::post().to(initialize))
        .route("/tasks", web::get().to(tasks))
        .route("/agents/{id}/status", web::get().to(agent));
    let app = test::init_service(App::new().service(routes)).await;
    let cases = include_str!("../../../tests/fastapi/golden.jsonl");
    for case in cases.lines().map(serde_json::from_str::<Case>) {
        let case = case.unwrap();
        let method = case.method.parse().unwrap();
        let mut request = test::TestRequest::default().method(method).uri(&case.path);
        if let Some(content_type) = &case.content_type {
            request = request.insert_header((header::CONTENT_TYPE, content_type.as_str()));
        }
        if let Some(sent) = case.sent {
            request = request.set_payload(sent);
        }
        let response = test::call_service(&app, request.to_request()).await;
        assert_eq!(response.status().as_u16(), case.status, "{}", case.name);
        let content_type = response.headers().get(header::CONTENT_TYPE).unwrap();
        assert_eq!(content_type, "application/json", "{}", case.name);
        let body: Value = test::read_body_json(response).await;
        assert_eq!(body, case.body, "{}", case.name);
    }
}

#[actix_web::test]
async fn a_body_beyond_the_limit_is_too_large() {
    let routes = web::scope("")
        .app_data(web::PayloadConfig::new(100))
        .route("/debate/initialize", web::post().to(initialize));
    let app = test::init_service(App::new().service(routes)).await;
    let request = test::TestRequest::post().uri("/debate/initialize").set_payload("x".repeat(101));
    let response = test::call_service(&app, request.to_request()).await;
    assert_eq!(response.status().as_u16(), 413);
    let body: Value = test::read_body_json(response).await;
    assert_eq!(body, json!({ "detail": "the body is too large" }));
}
