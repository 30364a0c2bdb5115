use actix_web::web::Json;
use serde_json::{Value, json};
use synod_request_validation::{in_pydantic_form, one_piece};

use crate::{
    endpoint::Endpoint,
    wire::{DebateConfigurationRequest, JsonSchemaDocument},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let rules = Endpoint::get("/api/v1/schemas/debate-rules", "debate_rules_schema", debate_rules);
    vec![rules.described(|operation| {
        operation
            .description("Returns the JSON Schema (2020-12) of the debate rules.")
            .response::<JsonSchemaDocument>(200, "The schema")
    })]
}

/// The schema of `debate_rules` in a request.
async fn debate_rules() -> Json<Value> {
    let mut request = one_piece::<DebateConfigurationRequest>();
    let request = request.ensure_object();
    in_pydantic_form(request);
    let mut rules = request["properties"]["debate_rules"].take();
    rules["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    Json(rules)
}
