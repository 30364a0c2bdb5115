use std::sync::Arc;

use actix_web::{
    App, HttpResponse,
    body::BoxBody,
    http::StatusCode,
    middleware::{Next, from_fn},
    test, web,
};
use serde_json::Value;
use synod_domain::{ManualClock, Timestamp};
use synod_inference::{Gateway, GatewaySettings};
use synod_runtime::Synod;

use super::*;
use crate::ApiSettings;

fn api() -> Api {
    let gateway = Gateway::new(Vec::new(), GatewaySettings::default());
    let clock = Arc::new(ManualClock::at(Timestamp::from_unix_ms(0)));
    Api::new(Synod::builder(gateway).with_clock(clock).build(), ApiSettings::default())
}

#[actix_web::test]
async fn a_panicking_handler_is_500_without_the_cause() {
    let api = api();
    let seen = api.clone();
    let panics = async || -> HttpResponse { panic!("canary") };
    let app = App::new().route("/panics", web::get().to(panics)).wrap(from_fn(
        move |request, next: Next<BoxBody>| {
            let api = seen.clone();
            async move { observe(&api, request, async |request| next.call(request).await).await }
        },
    ));
    let app = test::init_service(app).await;
    let request = test::TestRequest::get().uri("/panics").insert_header((REQUEST_ID, "mine"));
    let Err(error) = test::try_call_service(&app, request.to_request()).await else {
        panic!("it was answered");
    };
    let response = error.error_response();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(response.headers().get(REQUEST_ID).expect("an id"), "mine");
    assert!(response.headers().contains_key(RESPONSE_TIME));
    let body = actix_web::body::to_bytes(response.into_body()).await.expect("a body");
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let reported = serde_json::json!({
        "error": "Internal server error",
        "timestamp": "1970-01-01T00:00:00.000Z",
    });
    assert_eq!(body, reported);
    assert_eq!(api.request_stats().read().error_count, 1);
    assert_eq!(api.request_stats().read().current_connections, 0);
}
