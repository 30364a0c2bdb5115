use std::collections::BTreeSet;

use serde_json::{Value, json};
use synod_debate_engine::EngineError;
use synod_debate_protocol::{Rejection, Status};
use synod_request_validation::Origin;

use super::document;
use crate::{
    endpoint::Endpoint,
    openapi,
    response::error::ApiError,
    router,
    wire::{DebateConfigurationRequest, DebateControlRequest, OllamaChatRequest, TaskRequest},
};

/// The document of the routes as they are, and of bodies that are always there.
fn whole() -> Value {
    let nothing = || async { "" };
    let mut all = router::endpoints();
    all.extend([
        Endpoint::post("/a", "a", nothing).described(|o| o.body::<DebateConfigurationRequest>()),
        Endpoint::post("/a/{id}/b", "b_c", nothing)
            .described(|o| o.body::<DebateControlRequest>().error_response(409, "It is closed")),
        Endpoint::post("/c", "c", nothing).described(|o| o.body::<TaskRequest>()),
        Endpoint::post("/d", "d", nothing).described(|o| o.body::<OllamaChatRequest>()),
    ]);
    document(&all)
}

fn each(value: &Value, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                visit(key, inner);
                each(inner, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| each(inner, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

mod generators;

#[test]
fn the_document_in_docs_is_current() {
    let kept = include_str!("../../../../docs/openapi.json");
    let advice =
        "docs/openapi.json is stale; renew it: cargo run -p synod-http-api --example describe";
    assert!(kept == openapi(), "{advice}");
}

#[test]
fn every_reference_resolves() {
    let document = whole();
    let mut count = 0;
    each(&document, &mut |key, value| {
        if let ("$ref", Some(reference)) = (key, value.as_str()) {
            let target = reference.strip_prefix('#').and_then(|path| document.pointer(path));
            assert!(target.is_some(), "{reference}");
            count += 1;
        }
    });
    assert!(count > 0);
}

#[test]
fn every_described_endpoint_is_in_the_document_once() {
    let document = whole();
    let mut ids = BTreeSet::new();
    let mut count = 0;
    each(&document["paths"], &mut |key, value| {
        if key == "operationId" {
            count += 1;
            ids.insert(value.to_string());
        }
    });
    let described = router::endpoints().into_iter().filter(|e| e.operation.is_some()).count();
    assert_eq!((count, ids.len()), (described + 4, described + 4));
}

#[test]
fn operations_are_named_as_fastapi_names_them() {
    let document = whole();
    let operation = &document["paths"]["/a/{id}/b"]["post"];
    assert_eq!(operation["operationId"], "b_c_a__id__b_post");
    assert_eq!(operation["summary"], "B C");
    assert_eq!(
        operation["parameters"],
        json!([{
            "name": "id", "in": "path", "required": true,
            "schema": { "type": "string", "title": "Id" },
        }])
    );
    assert_eq!(
        operation["responses"]["422"],
        json!({
            "description": "Validation Error",
            "headers": {
                "X-Request-Id": { "$ref": "#/components/headers/X-Request-Id" },
                "X-Response-Time": { "$ref": "#/components/headers/X-Response-Time" },
            },
            "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/HTTPValidationError" }
            } },
        })
    );
    assert_eq!(
        operation["requestBody"]["content"]["application/json"]["schema"],
        json!({ "$ref": "#/components/schemas/DebateControlRequest" })
    );
}

#[test]
fn headers_and_messages_of_streams_have_schemas() {
    let document = whole();
    let answer = |path: &str, method: &str, status: &str| {
        &document["paths"][path][method]["responses"][status]
    };
    for (path, method, status, header) in [
        ("/api/v1/debates", "post", "201", "Location"),
        ("/api/v1/debates", "post", "201", "Idempotency-Replayed"),
        ("/api/v1/debates", "get", "200", "Link"),
        ("/api/v1/agents", "post", "201", "Location"),
        ("/debates/{debate_id}", "get", "200", "ETag"),
        ("/debates/{debate_id}", "get", "304", "ETag"),
        ("/agents/{agent_id}/execute", "post", "503", "Retry-After"),
        ("/agents", "get", "401", "WWW-Authenticate"),
        ("/agents", "get", "200", "X-Request-Id"),
    ] {
        let reference = &answer(path, method, status)["headers"][header]["$ref"];
        let target = reference.as_str().and_then(|target| target.strip_prefix('#'));
        let target = target.and_then(|target| document.pointer(target));
        let schema = target.map(|header| &header["schema"]["type"]);
        assert!(schema.is_some_and(Value::is_string), "{path} {method} {status} {header}");
    }
    for (path, method) in
        [("/debate/initialize", "post"), ("/api/v1/debates/{debate_id}/vote", "post")]
    {
        for status in ["500", "507"] {
            assert!(answer(path, method, status)["content"].is_object(), "{path} {status}");
        }
    }
    let stream = &answer("/api/v1/debates/{debate_id}/events", "get", "200")["content"];
    let reported =
        stream["text/event-stream"]["schema"]["description"].as_str().unwrap_or_default();
    assert!(reported.contains("DebateStreamMessage"), "{reported}");
    let message = &document["components"]["schemas"]["DebateStreamMessage"]["properties"];
    let data = &message["data"]["contentSchema"]["$ref"];
    assert_eq!(data, "#/components/schemas/DebateUpdate");
}

#[test]
fn configurable_defaults_are_marked() {
    let document = whole();
    let field = |schema: &str, name: &str| {
        let field = &document["components"]["schemas"][schema]["properties"][name];
        field["description"].as_str().unwrap_or_default().to_owned()
    };
    let unless = "Default unless the server is configured otherwise: 5.";
    let rounds = field("DebateConfigurationRequest", "max_rounds");
    assert!(rounds.ends_with(unless), "{rounds}");
    let run_off = field("DebateRules", "run_off");
    assert!(run_off.contains("unless the server"), "{run_off}");
    assert!(!field("TaskRequest", "priority").contains("unless"));
}

#[test]
fn errors_of_every_route_are_documented() {
    let document = whole();
    let has = |path: &str, method: &str, status: &str| {
        document["paths"][path][method]["responses"][status]["content"].is_object()
    };
    for (path, method, needs_key) in [
        ("/agents", "get", true),
        ("/api/v1/debates", "post", true),
        ("/readyz", "get", true),
        ("/livez", "get", false),
        ("/health", "get", false),
    ] {
        assert!(has(path, method, "403") && has(path, method, "421"), "{path}");
        assert_eq!(has(path, method, "401"), needs_key, "{path}");
    }
    let schemas = &document["components"]["schemas"];
    for (schema, status) in [("HTTPError", "status"), ("Problem", "debate_status")] {
        let properties = &schemas[schema]["properties"];
        assert!(properties[status].is_object() && properties["allowed"].is_object(), "{schema}");
    }
}

#[test]
fn the_debate_status_in_an_error_is_a_documented_one() {
    let document = whole();
    let words = document["components"]["schemas"]["DebateStatus"]["enum"].as_array().unwrap();
    for status in [Status::Initialized, Status::Running, Status::Paused, Status::Closed] {
        let allowed = status.allowed();
        let rejection = Rejection::NotAllowed { command: "start", status, allowed };
        let reported = ApiError::from(EngineError::Rejected(rejection)).answer().members;
        assert!(words.contains(&reported["status"]), "{reported:?}");
        let actions = document["components"]["schemas"]["DebateAction"]["enum"].as_array().unwrap();
        assert!(allowed.iter().all(|action| actions.contains(&json!(action))), "{allowed:?}");
    }
}

#[test]
fn request_headers_are_documented() {
    let document = whole();
    for (path, method, name) in [
        ("/debate/initialize", "post", "Idempotency-Key"),
        ("/api/v1/debates", "post", "Idempotency-Key"),
        ("/api/v1/debates/{debate_id}/interjections", "post", "Idempotency-Key"),
        ("/api/v1/agents", "post", "Idempotency-Key"),
        ("/agents/{agent_id}/execute", "post", "Idempotency-Key"),
        ("/ollama/chat", "post", "Idempotency-Key"),
        ("/api/v1/debates/{debate_id}/events", "get", "Last-Event-ID"),
        ("/debates/{debate_id}", "get", "if-none-match"),
    ] {
        let parameters = document["paths"][path][method]["parameters"].as_array();
        let is_it = |parameter: &&Value| parameter["name"] == name && parameter["in"] == "header";
        let found = parameters.and_then(|all| all.iter().find(is_it));
        assert_eq!(found.map(|header| &header["required"]), Some(&json!(false)), "{path} {name}");
    }
}

#[test]
fn schemas_are_written_as_pydantic_writes_them() {
    let document = whole();
    let schemas = &document["components"]["schemas"];
    let priority = json!({
        "anyOf": [{ "$ref": "#/components/schemas/TaskPriority" }, { "type": "null" }],
        "description": "Task priority. Default: `normal`.",
    });
    assert_eq!(schemas["TaskRequest"]["properties"]["priority"], priority);
    let rounds = &schemas["DebateConfigurationRequest"]["properties"]["max_rounds"];
    let limits = (&rounds["minimum"], &rounds["maximum"], &rounds["title"]);
    assert_eq!(limits, (&json!(1), &json!(20), &json!("Max Rounds")));
    let agents = &schemas["DebateConfigurationRequest"]["properties"]["selected_agents"];
    let limits = (&agents["minItems"], &agents["maxItems"], &agents["uniqueItems"]);
    assert_eq!(limits, (&json!(2), &json!(16), &json!(true)));
    let error = r#"{"properties": {"loc": {"items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "type": "array", "title": "Location"}, "msg": {"type": "string", "title": "Message"}, "type": {"type": "string", "title": "Error Type"}, "input": {"title": "Input"}, "ctx": {"type": "object", "title": "Context"}}, "type": "object", "required": ["loc", "msg", "type"], "title": "ValidationError"}"#;
    assert_eq!(schemas["ValidationError"], serde_json::from_str::<Value>(error).unwrap());
    let errors = r##"{"properties": {"detail": {"items": {"$ref": "#/components/schemas/ValidationError"}, "type": "array", "title": "Detail"}}, "type": "object", "title": "HTTPValidationError"}"##;
    assert_eq!(schemas["HTTPValidationError"], serde_json::from_str::<Value>(errors).unwrap());
}

#[test]
fn every_body_has_a_valid_example() {
    let document = whole();
    let bodies = router::endpoints().into_iter().filter_map(|endpoint| {
        let path = endpoint.path;
        let method = endpoint.method.as_str().to_ascii_lowercase();
        Some((path, method, endpoint.operation?.body?))
    });
    for (path, method, body) in bodies {
        let media = &document["paths"][path][method]["requestBody"]["content"]["application/json"];
        let example = media["example"].clone();
        assert!(example.is_object(), "{path}");
        assert_eq!((body.trial)(Origin::Body, example), Ok(()), "{path}");
    }
}
