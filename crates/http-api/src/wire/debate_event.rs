use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use synod_domain::{Recorded, TurnEnded};

/// How an event is described: as the log holds it, and with the HTML that a reader may ask for.
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
                "description": "What was said, as sanitised HTML; only if asked for by `render`.",
            });
        }
        schema
    }
}

/// How the data of an event that says all by its type is described.
struct NoData;

impl JsonSchema for NoData {
    fn schema_name() -> Cow<'static, str> {
        "NoData".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Nothing: the type says all.",
            "type": "object",
            "additionalProperties": true,
        })
    }
}
