use std::sync::Arc;

use actix_web::{
    App, HttpResponse,
    body::BoxBody,
    http::StatusCode,
    middleware::{Next, from_fn},
    test, web,
};
use serde_json::Value;
use synod_agents::{AgentDirectory, AgentFactory, Registry, TaskRunner};
use synod_debate_engine::{DebateHub, Settings};
use synod_domain::{Clock, ManualClock, Timestamp};
use synod_event_log::MemoryLog;
use synod_inference::{Gateway, GatewaySettings};

use super::*;
use crate::ApiParts;

fn api() -> Api {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::from_unix_ms(0)));
    let gateway = Arc::new(Gateway::new(Vec::new(), GatewaySettings::default()));
    let factory = AgentFactory::new(Arc::clone(&gateway) as _);
    let log = Arc::new(MemoryLog::new(Arc::clone(&clock)));
    let hub =
        DebateHub::new(log, Arc::clone(&clock), Arc::new(factory.clone()), Settings::default());
    let roster = AgentDirectory::new(Registry::built_in(), &factory, Arc::clone(&gateway));
    let desk = TaskRunner::new(roster.clone());
    Api::new(ApiParts { hub, cast: factory, roster, desk, gateway, clock })
}

#[actix_web::test]
async fn a_handler_that_panics_is_an_answer_that_tells_nothing() {
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
    let told = serde_json::json!({
        "error": "Internal server error",
        "timestamp": "1970-01-01T00:00:00.000Z",
    });
    assert_eq!(body, told);
    assert_eq!(api.meter().read().error_count, 1);
    assert_eq!(api.meter().read().current_connections, 0);
}
