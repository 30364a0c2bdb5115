use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use synod_domain::{Recorded, TurnEnded};

/// The schema of an event: as in the log, and with the HTML that a reader may ask for.
pub(crate) struct DebateEvent;

impl JsonSchema for DebateEvent {
    fn schema_name() -> Cow<'static, str> {
        "DebateEvent".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Recorded::json_schema(generator);
        let variants = schema.get_mut("oneOf").and_then(Value::as_array_mut);
        for variant in variants.into_iter().flatten() {
            let data = &mut variant["properties"]["data"];
            if data.get("$ref").is_none() {
                *data = generator.subschema_for::<NoData>().into();
            }
        }
        if let Some(turn) = generator.definitions_mut().get_mut(&*TurnEnded::schema_name()) {
            turn["properties"]["html"] = json!({
                "type": "string",
                "description": "The text as sanitized HTML; only if requested by `render`.",
            });
        }
        schema
    }
}

/// The schema of the data of an event without any.
struct NoData;

impl JsonSchema for NoData {
    fn schema_name() -> Cow<'static, str> {
        "NoData".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "No data.",
            "type": "object",
            "additionalProperties": true,
        })
    }
}
