use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The schema of a response that is itself a JSON Schema.
pub(crate) struct JsonSchemaDocument;

impl JsonSchema for JsonSchemaDocument {
    fn schema_name() -> Cow<'static, str> {
        "JsonSchemaDocument".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A JSON Schema (2020-12).",
            "type": "object",
            "additionalProperties": true,
        })
    }
}
