use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use synod_domain::{AgentId, CallNo, DebateId, Recorded, TurnNo};

use super::{CallProgressMessage, DebateEvent, ServerMessage, ThoughtMessage};

/// The schema of a message of the socket of debates, and of the data of an event stream.
pub(crate) struct DebateUpdate;

impl JsonSchema for DebateUpdate {
    fn schema_name() -> Cow<'static, str> {
        "DebateUpdate".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A message of the socket `/ws/debate-updates`, or the `data` of a server-sent event.",
            "anyOf": [
                generator.subschema_for::<DebateEvent>(),
                generator.subschema_for::<TurnDelta>(),
                generator.subschema_for::<CallProgressMessage>(),
                generator.subschema_for::<ThoughtMessage>(),
                generator.subschema_for::<ServerMessage<'static>>(),
            ],
        })
    }
}

/// The schema of a piece of text that is being generated.
struct TurnDelta;

impl JsonSchema for TurnDelta {
    fn schema_name() -> Cow<'static, str> {
        "TurnDelta".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut version = generator.subschema_for::<u16>();
        version.insert("const".to_owned(), Recorded::VERSION.into());
        json_schema!({
            "description": "A piece of text that is being generated. Pieces are live only and have no event number.",
            "type": "object",
            "properties": {
                "v": version,
                "debate_id": generator.subschema_for::<DebateId>(),
                "type": { "type": "string", "const": "turn_delta" },
                "data": generator.subschema_for::<TurnDeltaData>(),
            },
            "required": ["v", "debate_id", "type", "data"],
        })
    }
}

struct TurnDeltaData;

impl JsonSchema for TurnDeltaData {
    fn schema_name() -> Cow<'static, str> {
        "TurnDeltaData".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let described = |mut schema: Schema, description: &str| {
            schema.insert("description".to_owned(), description.into());
            schema
        };
        json_schema!({
            "description": "A piece of text that is being generated.",
            "type": "object",
            "properties": {
                "call": described(generator.subschema_for::<CallNo>(), "The call."),
                "turn": described(generator.subschema_for::<TurnNo>(), "The turn."),
                "agent_id": described(generator.subschema_for::<AgentId>(), "The speaker."),
                "index": described(generator.subschema_for::<u32>(), "The number of the piece within the call, from 0."),
                "whole": { "type": "boolean", "description": "Whether the text replaces all earlier pieces." },
                "text": { "type": "string", "description": "The text." },
            },
            "required": ["call", "turn", "agent_id", "index", "whole", "text"],
        })
    }
}
