//! The live page and its files.

use actix_web::{
    http::{StatusCode, header},
    test::TestRequest,
};
use synod_http_api::ApiSettings;

use crate::test_app::TestApp;

const PATHS: [&str; 4] = ["/", "/d", "/d/01939b3e-0000-7000-8000-000000000000", "/panel"];

#[actix_web::test]
async fn every_path_of_the_page_is_the_same_document() {
    let app = TestApp::new();
    let first = app.get("/").await;
    for path in PATHS {
        let page = app.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.header(&header::CONTENT_TYPE), "text/html; charset=utf-8");
        assert_eq!(page.header(&header::CACHE_CONTROL), "no-cache");
        assert_eq!(page.bytes, first.bytes, "{path}");
    }
}

#[actix_web::test]
async fn the_policy_allows_this_server_only() {
    let page = TestApp::new().get("/").await;
    let policy = page.header(&header::CONTENT_SECURITY_POLICY);
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
    for unsafe_source in ["unsafe", "http", "*", "blob:"] {
        assert!(!policy.contains(unsafe_source), "{policy}");
    }
    assert_eq!(page.header(&header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(page.header(&header::REFERRER_POLICY), "no-referrer");
}

#[actix_web::test]
async fn links_of_the_page_begin_with_the_path_prefix() {
    let prefix = Some("/synod".parse().expect("a prefix"));
    let app = TestApp::with(ApiSettings { prefix, ..ApiSettings::default() });
    let html = String::from_utf8(app.get("/d/x").await.bytes).expect("text");
    assert!(html.contains("<base href=\"/synod/\">"), "{html}");
}

/// The files that the page loads, as paths of the server.
async fn loaded(app: &TestApp) -> Vec<String> {
    let html = String::from_utf8(app.get("/").await.bytes).expect("text");
    let files = html.split('"').map(|part| part.trim_start_matches("./"));
    let files = files.filter(|part| part.starts_with("assets/") && !part.ends_with('/'));
    files.map(|path| format!("/{path}")).collect()
}

#[actix_web::test]
async fn files_that_the_page_names_exist() {
    let app = TestApp::new();
    let files = loaded(&app).await;
    assert!(!files.is_empty());
    for path in files {
        let file = app.get(&path).await;
        assert_eq!(file.status, StatusCode::OK, "{path}");
        let kind = file.header(&header::CONTENT_TYPE);
        let ending = path.rsplit('.').next().unwrap_or_default();
        let expected = if ending == "css" { "text/css" } else { "text/javascript" };
        assert_eq!(kind, format!("{expected}; charset=utf-8"), "{path}");
    }
}

#[actix_web::test]
async fn a_file_has_a_tag_and_a_compressed_form() {
    let app = TestApp::new();
    let path = loaded(&app).await.into_iter().find(|path| path.ends_with("page.js"));
    let path = path.expect("the page loads its script");
    let plain = app.get(&path).await;
    let ask = |name, value: &str| TestRequest::get().uri(&path).insert_header((name, value));
    let small = app.ask(ask(header::ACCEPT_ENCODING, "gzip")).await;
    assert_eq!(small.header(&header::CONTENT_ENCODING), "gzip");
    assert_eq!(small.header(&header::VARY), "Accept-Encoding");
    assert!(small.bytes.len() < plain.bytes.len());
    // A debug build has no other compressed form.
    let smaller = app.ask(ask(header::ACCEPT_ENCODING, "gzip, deflate, br, zstd")).await;
    let best = if synod_page::IS_EMBEDDED { "br" } else { "gzip" };
    assert_eq!(smaller.header(&header::CONTENT_ENCODING), best);
    assert!(smaller.bytes.len() <= small.bytes.len());
    let unwanted = app.ask(ask(header::ACCEPT_ENCODING, "br;q=0, gzip;q=0")).await;
    assert_eq!(unwanted.bytes, plain.bytes);
    let kept = app.ask(ask(header::IF_NONE_MATCH, plain.header(&header::ETAG))).await;
    assert_eq!((kept.status, kept.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    // A test is a debug build, whose files may change at any time.
    let cache = if synod_page::IS_EMBEDDED { "immutable" } else { "no-cache" };
    assert!(plain.header(&header::CACHE_CONTROL).contains(cache));
}

#[actix_web::test]
async fn no_other_file_is_served() {
    let app = TestApp::new();
    let version = synod_page::version();
    for path in [
        "../Cargo.toml",
        "js/../../Cargo.toml",
        "%2e%2e/Cargo.toml",
        "..%2fCargo.toml",
        "js/..%5c..%5cCargo.toml",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "js/%00",
        "index.html",
        "player.js",
        "js/app.js",
        "css/base.css",
        "jsconfig.json",
        "package.json",
        "test/fold.test.js",
        "vendor/VENDOR.toml",
        "",
        "js",
        "js/",
    ] {
        let answer = app.get(&format!("/assets/{version}/{path}")).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
    }
}

#[actix_web::test]
async fn a_file_of_another_version_says_to_load_the_page_again() {
    let answer = TestApp::new().get("/assets/0123456789abcdef/page.js").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let detail = answer.json["detail"].as_str().expect("a sentence");
    assert!(detail.contains("load the page again"), "{detail}");
}
