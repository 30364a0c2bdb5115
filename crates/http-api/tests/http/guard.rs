use actix_web::{
    http::{
        Method, StatusCode,
        header::{self, HeaderName},
    },
    test::TestRequest,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use synod_http_api::{ApiKey, ApiSettings};

use crate::test_app::TestApp;

const KEY: &str = "0123456789abcdef-key";

fn locked() -> TestApp {
    TestApp::with(ApiSettings {
        key: Some(ApiKey::new(KEY).expect("a key")),
        ..ApiSettings::default()
    })
}

#[actix_web::test]
async fn a_foreign_host_is_refused_first_on_every_path() {
    let app = TestApp::with(ApiSettings {
        hosts: vec!["synod.lan".to_owned()],
        ..ApiSettings::default()
    });
    let asked = async |host: &str, path: &str| {
        let request = TestRequest::get().uri(path).insert_header((header::HOST, host));
        app.ask(request).await.status
    };
    for host in ["localhost:8000", "127.0.0.1", "[::1]:8000", "synod.lan:80"] {
        assert_eq!(asked(host, "/livez").await, StatusCode::OK, "{host}");
    }
    for path in ["/livez", "/", "/nothing", "/docs", "/api/v1/debates"] {
        let status = asked("rebound.example", path).await;
        assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{path}");
    }
    let twice = TestRequest::get()
        .uri("/livez")
        .append_header((header::HOST, "localhost"))
        .append_header((header::HOST, "rebound.example"));
    assert_eq!(app.ask(twice).await.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn every_request_of_a_foreign_page_is_refused() {
    let desk = "https://desk.example";
    let settings = ApiSettings { origins: vec![desk.to_owned()], ..ApiSettings::default() };
    let app = TestApp::with(settings);
    let asked = async |origin: &str| {
        let request = TestRequest::get()
            .uri("/livez")
            .insert_header((header::HOST, "localhost:8000"))
            .insert_header((header::ORIGIN, origin));
        app.ask(request).await
    };
    for (origin, status) in [
        ("http://localhost:8000", 200),
        (desk, 200),
        ("http://localhost:8001", 403),
        ("https://localhost:8000", 403),
        ("http://localhost", 403),
        ("http://127.0.0.1:8000", 403),
        ("https://desk.example.evil.example", 403),
        ("null", 403),
        ("", 403),
    ] {
        assert_eq!(asked(origin).await.status.as_u16(), status, "{origin}");
    }
    let embedded = TestRequest::get().uri("/livez").insert_header(("sec-fetch-site", "cross-site"));
    assert_eq!(app.ask(embedded).await.status, StatusCode::FORBIDDEN);
    let followed = TestRequest::get()
        .uri("/livez")
        .insert_header(("sec-fetch-site", "cross-site"))
        .insert_header(("sec-fetch-mode", "navigate"));
    assert_eq!(app.ask(followed).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn only_configured_origins_may_read_answers_and_errors() {
    let desk = "https://desk.example";
    let key = Some(ApiKey::new(KEY).expect("a key"));
    let app = TestApp::with(ApiSettings {
        key,
        origins: vec![desk.to_owned()],
        ..ApiSettings::default()
    });
    let preflight = TestRequest::default()
        .method(Method::OPTIONS)
        .uri("/agents")
        .insert_header((header::ORIGIN, desk))
        .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "GET"))
        .insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization"));
    let answer = app.ask(preflight).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(&header::ACCESS_CONTROL_ALLOW_ORIGIN), desk);
    assert_eq!(answer.header(&header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "");

    let refused = TestRequest::get().uri("/readyz").insert_header((header::ORIGIN, desk));
    let answer = app.ask(refused).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header(&header::ACCESS_CONTROL_ALLOW_ORIGIN), desk);

    let exposed = answer.header(&header::ACCESS_CONTROL_EXPOSE_HEADERS).to_ascii_lowercase();
    for name in ["x-request-id", "x-response-time", "location", "retry-after", "etag", "link"] {
        assert!(exposed.contains(name), "{name} is not among {exposed}");
    }

    for path in ["/agents", "/api/v1/agents"] {
        let preflight = TestRequest::default()
            .method(Method::OPTIONS)
            .uri(path)
            .insert_header((header::ORIGIN, desk))
            .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "PUT"));
        let answer = app.ask(preflight).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.json["detail"].is_string(), "{:?}", String::from_utf8_lossy(&answer.bytes));
    }

    let own = TestRequest::get().uri("/livez").insert_header((header::ORIGIN, "http://localhost"));
    let answer = TestApp::new().ask(own).await;
    assert_eq!(answer.header(&header::ACCESS_CONTROL_ALLOW_ORIGIN), "");
}

#[actix_web::test]
async fn only_pages_and_liveness_need_no_key() {
    let app = locked();
    for path in ["/", "/livez", "/health"] {
        assert_eq!(app.get(path).await.status, StatusCode::OK, "{path}");
    }
    for path in [
        "/docs",
        "/redoc",
        "/openapi.json",
        "/assets/dev/page.js",
        "/d",
        "/d/x",
        "/panel",
        "/share/x",
    ] {
        assert_ne!(app.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in
        ["/readyz", "/metrics", "/agents", "/nothing", "/health/", "/docsx", "/api/v1/debates"]
    {
        assert_eq!(app.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let answer = app.method(Method::POST, "/health").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "only reading is free");
    assert_eq!(answer.header(&header::WWW_AUTHENTICATE), "Bearer");
    assert!(answer.json["detail"].as_str().is_some_and(|said| said.contains("X-API-Key")));
}

#[actix_web::test]
async fn the_key_is_read_from_headers_only() {
    let app = locked();
    let asked = async |name: &str, value: &str| {
        let request = TestRequest::get().uri("/readyz").insert_header((name, value));
        app.ask(request).await.status.as_u16()
    };
    let encoded = |key: &str| format!("synod, synod.key.{}", BASE64_URL_SAFE_NO_PAD.encode(key));
    assert_eq!(asked("authorization", &format!("Bearer {KEY}")).await, 200);
    assert_eq!(asked("x-api-key", KEY).await, 200);
    assert_eq!(asked("sec-websocket-protocol", &encoded(KEY)).await, 200);
    for (name, value) in [
        ("authorization", "Bearer wrong-0123456789".to_owned()),
        ("authorization", format!("Basic {KEY}")),
        ("authorization", KEY.to_owned()),
        ("x-api-key", format!("{KEY}x")),
        ("x-api-key", String::new()),
        ("sec-websocket-protocol", encoded("wrong-0123456789")),
        ("cookie", format!("key={KEY}; api_key={KEY}")),
    ] {
        assert_eq!(asked(name, &value).await, 401, "{name}: {value}");
    }
    let in_url = app.get(&format!("/readyz?key={KEY}&api_key={KEY}&token={KEY}")).await;
    assert_eq!(in_url.status, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn refusals_have_the_error_format_and_headers_of_their_route() {
    let app = locked();
    let compat = app.get("/agents").await;
    assert_eq!(compat.header(&header::CONTENT_TYPE), "application/json");
    let new = app.get("/api/v1/debates").await;
    assert_eq!(new.header(&header::CONTENT_TYPE), "application/problem+json");
    assert_eq!(new.json["status"], json!(401));
    let spelt_out = app.get("/%61pi/v1/debates").await;
    assert_eq!(spelt_out.header(&header::CONTENT_TYPE), "application/problem+json");
    for answer in [compat, new] {
        assert_ne!(answer.header(&HeaderName::from_static("x-request-id")), "");
        assert_ne!(answer.header(&HeaderName::from_static("x-response-time")), "");
    }
}
