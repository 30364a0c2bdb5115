//! Links under which a debate can be read without a key.

use actix_web::{
    http::{Method, StatusCode, header},
    test::TestRequest,
};
use serde_json::json;
use synod_http_api::{ApiKey, ApiSettings};

use crate::test_app::{Answer, TestApp, yes_or_no};

const KEY: &str = "0123456789abcdef-key";

/// A server with a key, on which debates can be shared.
fn sharing(shares: bool) -> TestApp {
    let key = Some(ApiKey::new(KEY).expect("a key"));
    TestApp::with(ApiSettings { key, shares, ..ApiSettings::default() })
}

/// A request with the key.
async fn with_key(app: &TestApp, method: Method, path: &str) -> Answer {
    let request = TestRequest::default().method(method).uri(path);
    app.ask(request.insert_header(("X-API-Key", KEY))).await
}

/// The id of a debate and the token of its share.
async fn shared(app: &TestApp) -> (String, String) {
    let request = TestRequest::post().uri("/api/v1/debates").set_json(yes_or_no());
    let created = app.ask(request.insert_header(("X-API-Key", KEY))).await;
    let id = created.json["debate_id"].as_str().expect("an id").to_owned();
    let share = with_key(app, Method::POST, &format!("/api/v1/debates/{id}/shares")).await;
    assert_eq!(share.status, StatusCode::CREATED, "{}", share.json);
    let token = share.json["token"].as_str().expect("a token").to_owned();
    assert_eq!(share.json["path"], format!("/share/{token}"));
    assert_eq!(share.header(&header::LOCATION), format!("/share/{token}"));
    assert!(token.len() >= 22, "128 bits: {token}");
    (id, token)
}

#[actix_web::test]
async fn a_share_shows_its_debate_without_a_key_and_nothing_else() {
    let app = sharing(true);
    let (id, token) = shared(&app).await;
    let view = app.get(&format!("/share/{token}/debate")).await;
    assert_eq!((view.status, &view.json["debate_id"]), (StatusCode::OK, &json!(id)));
    let events = app.get(&format!("/share/{token}/events?render=html")).await;
    assert_eq!(events.json["events"][0]["type"], "debate_initialized", "{}", events.json);
    let page = app.get(&format!("/share/{token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    for (method, path) in [
        (Method::GET, format!("/api/v1/debates/{id}")),
        (Method::GET, format!("/api/v1/debates/{token}")),
        (Method::POST, format!("/share/{token}/debate")),
        (Method::POST, format!("/share/{token}/events")),
        (Method::DELETE, format!("/share/{token}")),
        (Method::POST, format!("/api/v1/debates/{id}/shares")),
        (Method::GET, format!("/api/v1/debates/{id}/shares")),
        (Method::DELETE, format!("/api/v1/debates/{id}/shares/{token}")),
    ] {
        let refused = app.method(method.clone(), &path).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{method} {path}");
    }
}

#[actix_web::test]
async fn a_debate_has_at_most_a_hundred_links() {
    let app = sharing(true);
    let (id, token) = shared(&app).await;
    let (_, other) = shared(&app).await;
    let shares = format!("/api/v1/debates/{id}/shares");
    for _ in 1..100 {
        assert_eq!(with_key(&app, Method::POST, &shares).await.status, StatusCode::CREATED);
    }
    let refused = with_key(&app, Method::POST, &shares).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let said = "the debate has 100 links; the limit is 100: revoke one that is not needed";
    assert_eq!(refused.json["detail"], said);
    let listed = with_key(&app, Method::GET, &shares).await;
    assert_eq!(listed.json["shares"].as_array().expect("a list").len(), 100);
    let revoked = with_key(&app, Method::DELETE, &format!("{shares}/{token}")).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    assert_eq!(with_key(&app, Method::POST, &shares).await.status, StatusCode::CREATED);
    let shown = app.get(&format!("/share/{other}/debate")).await;
    assert_eq!(shown.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_token_that_names_another_debate_shows_none() {
    let app = sharing(true);
    let (_, token) = shared(&app).await;
    let (_, other) = shared(&app).await;
    // The id of a debate has 16 of the 40 bytes: 21 characters and a part of the next one.
    let mixed = format!("{}{}", &other[..22], &token[22..]);
    for token in [&mixed, &token[..32], &token[1..], "x", &format!("{token}AAAA")] {
        let answer = app.get(&format!("/share/{token}/debate")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{token}");
    }
}

#[actix_web::test]
async fn a_revoked_share_is_not_found() {
    let app = sharing(true);
    let (id, token) = shared(&app).await;
    let shares = format!("/api/v1/debates/{id}/shares");
    let listed = with_key(&app, Method::GET, &shares).await;
    assert_eq!(listed.json["shares"][0]["token"], token);
    let revoked = with_key(&app, Method::DELETE, &format!("{shares}/{token}")).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    assert_eq!(with_key(&app, Method::GET, &shares).await.json["shares"], json!([]));
    for path in ["debate", "events"] {
        let answer = app.get(&format!("/share/{token}/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        let said = answer.json["detail"].as_str().expect("a sentence");
        assert!(said.starts_with("This link shows no debate: it was revoked, "), "{said}");
    }
    let page = app.get(&format!("/share/{token}")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(page.header(&header::CONTENT_TYPE), "text/html; charset=utf-8");
    let again = with_key(&app, Method::DELETE, &format!("{shares}/{token}")).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn a_revocation_ends_the_streams_of_its_share() {
    let app = sharing(true);
    let (id, token) = shared(&app).await;
    let mut stream =
        app.stream(TestRequest::get().uri(&format!("/share/{token}/events?deltas=false"))).await;
    assert!(stream.message().await.is_some());
    let path = format!("/api/v1/debates/{id}/shares/{token}");
    assert_eq!(with_key(&app, Method::DELETE, &path).await.status, StatusCode::NO_CONTENT);
    while stream.message().await.is_some() {}
}

#[actix_web::test]
async fn a_share_cannot_be_revoked_through_another_debate() {
    let app = sharing(true);
    let (_, token) = shared(&app).await;
    let (other, _) = shared(&app).await;
    let path = format!("/api/v1/debates/{other}/shares/{token}");
    assert_eq!(with_key(&app, Method::DELETE, &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get(&format!("/share/{token}/debate")).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_share_ends_with_its_debate() {
    let app = sharing(true);
    let (id, token) = shared(&app).await;
    app.handle(&id).await.finished().await.expect("a verdict");
    let path = format!("/api/v1/debates/{id}");
    assert_eq!(with_key(&app, Method::DELETE, &path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(app.get(&format!("/share/{token}/debate")).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn without_the_setting_nothing_is_shared() {
    let app = sharing(false);
    let request = TestRequest::post().uri("/api/v1/debates").set_json(yes_or_no());
    let created = app.ask(request.insert_header(("X-API-Key", KEY))).await;
    let id = created.json["debate_id"].as_str().expect("an id");
    let path = format!("/api/v1/debates/{id}/shares");
    for method in [Method::GET, Method::POST] {
        let refused = with_key(&app, method, &path).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND);
        assert!(refused.json["detail"].as_str().is_some_and(|text| text.contains("shares = true")));
    }
    assert_eq!(app.get("/share/x/debate").await.status, StatusCode::NOT_FOUND);
}
