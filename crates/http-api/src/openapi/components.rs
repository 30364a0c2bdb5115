use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::operation::{RequestOf, SchemaOf};
use crate::validation::in_pydantic_form;

/// The named schemas of a document.
pub(super) struct Components {
    answers: SchemaGenerator,
    named: Map<String, Value>,
}

impl Components {
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self { answers: settings.into_generator(), named: Map::new() }
    }

    /// What a body is read into, and an example of it.
    pub(super) fn body(&mut self, body: RequestOf) -> Value {
        let mut schema = (body.schema)();
        let example = schema.remove("examples").map(|mut examples| examples[0].take());
        let mut media = json!({ "schema": self.refer(&(body.name)(), schema.into()) });
        if let Some(example) = example {
            media["example"] = example;
        }
        media
    }

    /// What an endpoint answers.
    pub(super) fn answer(&mut self, schema: SchemaOf) -> Value {
        match schema(&mut self.answers).into() {
            Value::Object(schema) => schema.into(),
            // `true`: anything.
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => json!({}),
        }
    }

    pub(super) fn validation_error(&mut self) -> Value {
        self.refer("ValidationError", validation_error());
        self.refer("HTTPValidationError", http_validation_error())
    }

    pub(super) fn detail(&mut self) -> Value {
        let detail = json!({ "type": "string", "title": "Detail" });
        let properties = json!({
            "detail": detail,
            "status": standing(),
            "allowed": allowed(),
        });
        let schema = json!({ "properties": properties, "type": "object", "required": ["detail"] });
        self.refer("HTTPError", schema)
    }

    pub(super) fn problem(&mut self) -> Value {
        self.refer("ValidationError", validation_error());
        self.refer("Problem", problem())
    }

    fn refer(&mut self, name: &str, schema: Value) -> Value {
        self.named.insert(name.to_owned(), schema);
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    /// All of them, by name.
    pub(super) fn into_schemas(mut self) -> Value {
        let mut all: Vec<_> = self.named.into_iter().collect();
        for (name, mut schema) in self.answers.take_definitions(true) {
            if let Value::Object(schema) = &mut schema {
                in_pydantic_form(schema);
                schema.entry("title").or_insert_with(|| name.clone().into());
            }
            debug_assert!(all.iter().all(|(known, _)| *known != name), "two schemas are {name}");
            all.push((name, schema));
        }
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        Value::Object(all.into_iter().collect())
    }
}

/// As FastAPI writes it.
fn http_validation_error() -> Value {
    json!({
        "properties": {
            "detail": {
                "items": { "$ref": "#/components/schemas/ValidationError" },
                "type": "array",
                "title": "Detail"
            }
        },
        "type": "object",
        "title": "HTTPValidationError"
    })
}

/// As FastAPI writes it.
fn validation_error() -> Value {
    json!({
        "properties": {
            "loc": {
                "items": { "anyOf": [{ "type": "string" }, { "type": "integer" }] },
                "type": "array",
                "title": "Location"
            },
            "msg": { "type": "string", "title": "Message" },
            "type": { "type": "string", "title": "Error Type" },
            "input": { "title": "Input" },
            "ctx": { "type": "object", "title": "Context" }
        },
        "type": "object",
        "required": ["loc", "msg", "type"],
        "title": "ValidationError"
    })
}

/// Where a debate stands that is in no state for a command.
fn standing() -> Value {
    let meaning = "Where the debate stands, if it is in no state for a command";
    json!({ "type": "string", "description": meaning })
}

/// The commands that such a debate takes.
fn allowed() -> Value {
    json!({
        "items": { "type": "string" },
        "type": "array",
        "description": "The control actions that it takes as it stands",
    })
}

/// RFC 9457.
fn problem() -> Value {
    json!({
        "properties": {
            "type": { "type": "string", "title": "Type" },
            "title": { "type": "string", "title": "Title" },
            "status": { "type": "integer", "title": "Status" },
            "detail": { "type": "string", "title": "Detail" },
            "errors": {
                "items": { "$ref": "#/components/schemas/ValidationError" },
                "type": "array",
                "title": "Errors"
            },
            "debate_status": standing(),
            "allowed": allowed()
        },
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "title": "Problem"
    })
}
