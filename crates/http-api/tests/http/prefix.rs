//! The interface below a path of another server.

use actix_web::{
    App,
    body::to_bytes,
    dev::Service,
    http::header::{self, HeaderName},
    test::{self, TestRequest},
    web,
};
use serde_json::Value;
use synod_http_api::{ApiKey, ApiSettings, configure};

use crate::test_app::{Answer, TestApp, yes_or_no};

const FORWARDED: &str = "X-Forwarded-Prefix";

fn behind_proxy(prefix: Option<&str>) -> TestApp {
    TestApp::with(ApiSettings {
        prefix: prefix.map(|prefix| prefix.parse().expect("a prefix")),
        proxies: vec!["10.0.0.0/8".parse().expect("a network")],
        ..ApiSettings::default()
    })
}

/// A request through a proxy at this address.
fn through(address: &str, request: TestRequest) -> TestRequest {
    let peer = format!("{address}:1234").parse().expect("an address");
    request.insert_header((FORWARDED, "/forwarded")).peer_addr(peer)
}

#[actix_web::test]
async fn links_and_redirects_begin_with_the_prefix() {
    for (app, proxy, prefix) in [
        (behind_proxy(Some("/synod/")), "127.0.0.1", "/synod"),
        (behind_proxy(None), "10.1.2.3", "/forwarded"),
        (behind_proxy(Some("/synod")), "10.1.2.3", "/forwarded"),
        (behind_proxy(None), "11.1.2.3", ""),
    ] {
        let ask = async |request| app.ask(through(proxy, request)).await;
        let post = |path| TestRequest::post().uri(path).set_json(yes_or_no());
        let created = ask(post("/api/v1/debates")).await;
        let id = created.json["debate_id"].as_str().expect("an id").to_owned();
        assert_eq!(created.header(&header::LOCATION), format!("{prefix}/api/v1/debates/{id}"));
        ask(post("/api/v1/debates")).await;
        let page = ask(TestRequest::get().uri("/api/v1/debates?limit=1")).await;
        let link = page.header(&header::LINK);
        assert!(link.starts_with(&format!("<{prefix}/api/v1/debates?limit=1&cursor=")), "{link}");
        let slash = ask(TestRequest::get().uri("/agents/?a=1")).await;
        assert_eq!(slash.status, 307);
        assert_eq!(slash.header(&header::LOCATION), format!("{prefix}/agents?a=1"));
        let document = ask(TestRequest::get().uri("/openapi.json")).await.json;
        let server = &document["servers"][0]["url"];
        assert!(prefix.is_empty() || server == prefix, "{server}");
    }
}

#[actix_web::test]
async fn a_forwarded_prefix_must_be_a_plain_path() {
    let app = behind_proxy(None);
    for said in ["//evil.example", "https://evil.example", "evil", "/a/../b", "/a?b"] {
        let request = TestRequest::get().uri("/agents/").insert_header((FORWARDED, said));
        let peer = "10.0.0.1:1".parse().expect("an address");
        let answer = app.ask(request.peer_addr(peer)).await;
        assert_eq!(answer.header(&header::LOCATION), "/agents", "{said}");
    }
}

#[actix_web::test]
async fn the_interface_works_in_a_scope() {
    let key = "0123456789abcdef-key";
    let app = TestApp::with(ApiSettings {
        key: Some(ApiKey::new(key).expect("a key")),
        // A proxy that removes nothing.
        prefix: Some("/inner".parse().expect("a prefix")),
        ..ApiSettings::default()
    });
    let app =
        App::new().service(web::scope("/inner/synod").configure(configure(app.api().clone())));
    let app = test::init_service(app).await;
    let ask = async |request: TestRequest, key: Option<&str>| {
        let mut request = request.insert_header((header::HOST, "localhost"));
        if let Some(key) = key {
            request = request.insert_header((HeaderName::from_static("x-api-key"), key));
        }
        let response = app.call(request.to_request()).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body()).await.expect("a body").to_vec();
        Answer::of(status, headers, bytes)
    };
    let get = |path| TestRequest::get().uri(path);
    let created = TestRequest::post().uri("/inner/synod/api/v1/debates").set_json(yes_or_no());
    let created = ask(created, Some(key)).await;
    let id = created.json["debate_id"].as_str().expect("an id").to_owned();
    let location = created.header(&header::LOCATION).to_owned();
    assert_eq!(location, format!("/inner/synod/api/v1/debates/{id}"));
    assert_eq!(ask(get(&location), Some(key)).await.status, 200);
    let slash = ask(get("/inner/synod/agents/"), Some(key)).await;
    assert_eq!(slash.header(&header::LOCATION), "/inner/synod/agents");
    // Errors have the format of their route, and the pages need no key.
    let missing = ask(get("/inner/synod/api/v1/debates/x"), Some(key)).await;
    assert_eq!(missing.header(&header::CONTENT_TYPE), "application/problem+json");
    let root = ask(get("/inner/synod"), Some(key)).await;
    assert_eq!(root.header(&header::LOCATION), "/inner/synod/");
    for path in ["/inner/synod/", "/inner/synod/docs", "/inner/synod/livez"] {
        assert_eq!(ask(get(path), None).await.status, 200, "{path}");
    }
    assert_eq!(ask(get("/inner/synod/agents"), None).await.status, 401);
    let document: Value = ask(get("/inner/synod/openapi.json"), None).await.json;
    assert_eq!(document["servers"][0]["url"], "/inner/synod");
}

#[actix_web::test]
async fn pages_link_relatively() {
    let app = TestApp::new();
    for path in ["/", "/docs", "/redoc", "/docs/start.js"] {
        let page = String::from_utf8(app.get(path).await.bytes).expect("text");
        let page = page.replacen("<base href=\"/\">", "", 1);
        for absolute in ["href=\"/", "src=\"/", "url=\"/", "url: \"/"] {
            assert!(!page.contains(absolute), "{path}: {absolute}");
        }
    }
}
