use actix_web::http::{Method, StatusCode, header};
use serde_json::json;

use crate::test_app::TestApp;

#[actix_web::test]
async fn health_returns_healthy_and_the_time() {
    let answer = TestApp::new().get("/health").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json["status"], "healthy");
    assert!(answer.json["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')));
}

#[actix_web::test]
async fn unknown_paths_and_methods_are_refused_as_in_fastapi() {
    let app = TestApp::new();
    let unknown = app.get("/nothing/here").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.json, json!({ "detail": "Not Found" }));

    let method = app.method(Method::DELETE, "/health").await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(method.json, json!({ "detail": "Method Not Allowed" }));
    assert_eq!(method.header(&header::ALLOW), "GET");

    let slash = app.get("/health/?x=1").await;
    assert_eq!(slash.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(slash.header(&header::LOCATION), "/health?x=1");
}
