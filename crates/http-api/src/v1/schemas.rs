use actix_web::web::Json;
use serde_json::{Value, json};

use crate::{endpoint::Endpoint, validation::request_schema, wire::DebateConfigurationRequest};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let rules = Endpoint::get("/api/v1/schemas/debate-rules", "debate_rules_schema", debate_rules);
    vec![rules.described(|operation| {
        operation
            .does("The JSON Schema (2020-12) of the rules that this version knows.")
            .answers::<Value>(200, "The schema")
    })]
}

/// The schema that `debate_rules` of a request are judged by.
async fn debate_rules() -> Json<Value> {
    let request = request_schema::<DebateConfigurationRequest>();
    let mut rules = request.as_value()["properties"]["debate_rules"].clone();
    rules["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    Json(rules)
}
