use actix_web::{App, body::to_bytes, test};
use serde_json::Value;
use synod_inference::{Gateway, GatewaySettings};
use synod_runtime::Synod;

use super::*;
use crate::ApiSettings;

async fn panics() -> HttpResponse {
    panic!("canary")
}

/// 500 is documented for every route, and only a bug of its handler can cause it.
#[actix_web::test]
async fn a_panic_on_any_route_is_the_documented_500() {
    let document: Value = serde_json::from_str(openapi()).unwrap();
    let api = Api::new(
        Synod::builder(Gateway::new(Vec::new(), GatewaySettings::default())).build(),
        ApiSettings::default(),
    );
    let endpoints = endpoints().into_iter().map(|endpoint| {
        let route = web::method(endpoint.method.clone()).to(panics);
        Endpoint { route, ..endpoint }
    });
    let app = App::new().configure(|config| mount(config, &api, endpoints.collect()));
    let app = test::init_service(app).await;
    let mut count = 0;
    for (template, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = format!("{method} {template}");
            let request = test::TestRequest::default()
                .method(method.to_uppercase().parse().unwrap())
                .uri(&template.replace(['{', '}'], ""))
                .insert_header((header::HOST, "localhost"));
            let Err(error) = test::try_call_service(&app, request.to_request()).await else {
                panic!("{name} did not panic");
            };
            let response = error.error_response();
            assert_eq!(response.status().as_u16(), 500, "{name}");
            let content_type = response.headers().get(header::CONTENT_TYPE).unwrap();
            let content = &operation["responses"]["500"]["content"];
            assert!(
                content[content_type.to_str().unwrap()].is_object(),
                "{name}: {content_type:?}"
            );
            let body = to_bytes(response.into_body()).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            let message = if template.starts_with("/api/v1/") { "detail" } else { "error" };
            assert_eq!(body[message], "Internal server error", "{name}");
            assert!(
                body["timestamp"].is_string() && !body.to_string().contains("canary"),
                "{name}"
            );
            count += 1;
        }
    }
    assert!(count > 25, "{count} operations");
}
