//! Debates to be read by people.

use actix_web::{
    http::{StatusCode, header},
    test::TestRequest,
};

use crate::test_app::TestApp;

#[actix_web::test]
async fn a_transcript_comes_in_the_form_that_is_asked_for() {
    let app = TestApp::for_yes();
    let id = app.finished().await;
    let path = format!("/api/v1/debates/{id}/transcript");
    let (markdown, json, html) =
        ("text/markdown; charset=utf-8", "application/json", "text/html; charset=utf-8");
    let cases = [
        ("", "*/*", markdown),
        ("", "application/json", json),
        ("", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", html),
        ("", "application/json;q=0.5, text/markdown", markdown),
        ("", "text/*", markdown),
        ("", "image/png", markdown),
        ("", "text/html;q=0", markdown),
        ("?format=json", "text/html", json),
        ("?format=html", "*/*", html),
        ("?format=markdown", "text/html", markdown),
        ("?format=md", "text/html", markdown),
    ];
    for (query, accept, expected) in cases {
        let request = TestRequest::get().uri(&format!("{path}{query}"));
        let answer = app.ask(request.insert_header((header::ACCEPT, accept))).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header(&header::VARY), "Accept");
        assert_eq!(answer.header(&header::CONTENT_TYPE), expected, "{query} {accept}");
        let text = String::from_utf8(answer.bytes).expect("UTF-8");
        assert!(text.contains("Ban cars?"));
        let begins = match expected {
            e if e == json => "{",
            e if e == html => "<!doctype html>",
            _ => "# Ban cars?",
        };
        assert!(text.starts_with(begins), "{text}");
    }
    let unknown = app.get(&format!("{path}?format=pdf")).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[actix_web::test]
async fn a_page_may_load_and_run_nothing() {
    let app = TestApp::new();
    let id = app.open().await;
    let page = app.get(&format!("/api/v1/debates/{id}/transcript?format=html")).await;
    let policy = page.header(&header::CONTENT_SECURITY_POLICY);
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
}
