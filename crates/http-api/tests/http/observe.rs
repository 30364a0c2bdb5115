use actix_web::{
    http::{
        StatusCode,
        header::{self, HeaderName},
    },
    test::TestRequest,
};

use crate::test_app::TestApp;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const RESPONSE_TIME: HeaderName = HeaderName::from_static("x-response-time");

#[actix_web::test]
async fn every_response_has_its_time_in_seconds() {
    for path in ["/health", "/nothing", "/health/"] {
        let answer = TestApp::new().get(path).await;
        let time = answer.header(&RESPONSE_TIME);
        let (whole, fraction) = time.split_once('.').expect(path);
        assert!(fraction.len() == 4 && time.parse::<f64>().is_ok_and(|s| s < 5.0), "{time}");
        assert!(!whole.is_empty(), "{time}");
    }
}

#[actix_web::test]
async fn a_valid_request_id_is_kept_and_others_are_replaced() {
    let app = TestApp::new();
    let asked = async |id: &str| {
        let request = TestRequest::get().uri("/health").insert_header((REQUEST_ID, id));
        app.ask(request).await.header(&REQUEST_ID).to_owned()
    };
    let longest = "x".repeat(128);
    for sane in ["a", "trace-7:b/c", longest.as_str()] {
        assert_eq!(asked(sane).await, sane);
    }
    let too_long = "x".repeat(129);
    for odd in ["", "two words", "tab\there", too_long.as_str(), "caf\u{e9}"] {
        let made = asked(odd).await;
        assert!(made != odd && made.len() == 36, "{odd:?} became {made:?}");
    }
    let (one, other) = (app.get("/health").await, app.get("/health").await);
    assert_ne!(one.header(&REQUEST_ID), other.header(&REQUEST_ID));
}

#[actix_web::test]
async fn every_response_has_security_headers() {
    let app = TestApp::new();
    for path in ["/health", "/nothing", "/"] {
        let answer = app.get(path).await;
        assert_eq!(answer.header(&header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert_eq!(answer.header(&header::REFERRER_POLICY), "no-referrer", "{path}");
        let policy = answer.header(&header::CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    }
}

#[actix_web::test]
async fn requests_are_counted_by_template_and_status() {
    let app = TestApp::new();
    app.get("/health").await;
    app.get("/nothing/0193-secret").await;
    let metrics = app.get("/metrics").await;
    assert_eq!(metrics.status, StatusCode::OK);
    assert_eq!(metrics.header(&header::CONTENT_TYPE), "text/plain; version=0.0.4; charset=utf-8");
    let text = String::from_utf8(metrics.bytes).expect("text");
    let lines = [
        "synod_http_requests_total{method=\"GET\",route=\"/health\",status=\"200\"} 1\n",
        "synod_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1\n",
        "synod_http_request_duration_seconds_count{method=\"GET\",route=\"/health\"} 1\n",
    ];
    for line in lines {
        assert!(text.contains(line), "{line}{text}");
    }
    assert!(!text.contains("0193"), "a path is in the metrics");
}
