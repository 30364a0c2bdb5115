use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use synod_request_validation::in_pydantic_form;

use super::form::{Defaults, PLACE, in_document_form, name_variants, reference};
use crate::{
    operation::{RequestSchema, SchemaOf},
    wire::{Action, AgentUpdate, ClientMessage, DebateStatus, DebateUpdate},
};

/// Schemas of responses that have the name of a schema of requests but differ from it: a response has every
/// field, and a request may leave out those with a default.
const RENAMED: [(&str, &str); 1] = [("DebateRules", "EffectiveDebateRules")];

/// Requests whose defaults a server may set.
const CONFIGURABLE: [&str; 3] = ["DebateConfigurationRequest", "NewDebateRequest", "DebateRules"];

/// The named schemas of a document.
pub(super) struct Components {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
    named: Map<String, Value>,
}

impl Components {
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        Self {
            requests: settings.clone().for_deserialize().into_generator(),
            answers: settings.for_serialize().into_generator(),
            named: Map::new(),
        }
    }

    /// The schema of a body, and an example.
    pub(super) fn body(&mut self, body: RequestSchema) -> Value {
        let mut media = json!({ "schema": (body.named)(&mut self.requests) });
        let schema = self.requests.definitions().get(&*(body.name)());
        if let Some(examples) = schema.and_then(|schema| schema.get("examples")) {
            media["example"] = examples[0].clone();
        }
        media
    }

    /// The fields of a query.
    pub(super) fn query(&mut self, query: RequestSchema) -> Map<String, Value> {
        let mut schema = (query.described)(&mut self.requests);
        let schema = schema.ensure_object();
        in_pydantic_form(schema);
        std::mem::take(schema)
    }

    /// The schema of a response.
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

    /// Messages of sockets and streams, which have no operation in the document.
    pub(super) fn live(&mut self) {
        self.answers.subschema_for::<DebateUpdate>();
        self.answers.subschema_for::<AgentUpdate>();
        self.requests.subschema_for::<ClientMessage>();
    }

    /// A stream of events, as text. OpenAPI 3.1 has no schema for the parts of a text, so the schema of a
    /// message is one of the named schemas.
    pub(super) fn event_stream(&mut self) -> Value {
        let update = self.answers.subschema_for::<DebateUpdate>();
        let message = json!({
            "properties": {
                "id": {
                    "type": "integer",
                    "title": "Id",
                    "description": "The number of the event; absent in messages that are not events, \
                                    such as deltas",
                },
                "event": {
                    "type": "string",
                    "title": "Event",
                    "description": "The `type` of the data",
                },
                "data": {
                    "type": "string",
                    "title": "Data",
                    "description": "A `DebateUpdate`, as JSON in one line",
                    "contentMediaType": "application/json",
                    "contentSchema": update,
                },
            },
            "type": "object",
            "required": ["event", "data"],
            "title": "DebateStreamMessage",
            "description": "A message of the event stream of a debate: lines `id: …`, `event: …` and \
                            `data: …`, ended by an empty line.",
        });
        self.refer("DebateStreamMessage", message);
        json!({
            "type": "string",
            "description": "Messages as `DebateStreamMessage` describes them, and comments (lines \
                            that begin with `:`) at least every 10 seconds",
        })
    }

    /// The response of the FastAPI design to an unexpected error.
    pub(super) fn internal_error(&mut self) -> Value {
        let schema = json!({
            "properties": {
                "error": { "type": "string", "title": "Error" },
                "timestamp": { "type": "string", "format": "date-time", "title": "Timestamp" },
            },
            "type": "object",
            "required": ["error", "timestamp"],
            "title": "InternalError",
        });
        self.refer("InternalError", schema)
    }

    pub(super) fn validation_error(&mut self) -> Value {
        self.refer("ValidationError", validation_error());
        self.refer("HTTPValidationError", http_validation_error())
    }

    pub(super) fn detail(&mut self) -> Value {
        let detail = json!({ "type": "string", "title": "Detail" });
        let properties = json!({
            "detail": detail,
            "status": self.standing(),
            "allowed": self.allowed(),
        });
        let schema = json!({
            "properties": properties,
            "type": "object",
            "required": ["detail"],
            "title": "HTTPError",
        });
        self.refer("HTTPError", schema)
    }

    pub(super) fn problem(&mut self) -> Value {
        self.refer("ValidationError", validation_error());
        let schema = json!({
            "properties": {
                "type": { "type": "string", "title": "Type" },
                "title": { "type": "string", "title": "Title" },
                "status": { "type": "integer", "title": "Status" },
                "detail": { "type": "string", "title": "Detail" },
                "errors": {
                    "items": reference("ValidationError"),
                    "type": "array",
                    "title": "Errors"
                },
                "timestamp": {
                    "type": "string",
                    "format": "date-time",
                    "title": "Timestamp",
                    "description": "When it happened, of an internal error",
                },
                "debate_status": self.standing(),
                "allowed": self.allowed(),
            },
            "type": "object",
            "required": ["type", "title", "status", "detail"],
            "title": "Problem",
            "description": "An error as RFC 9457 has it.",
        });
        self.refer("Problem", schema)
    }

    /// The status of a debate that does not allow a command.
    fn standing(&mut self) -> Value {
        let mut schema = self.answers.subschema_for::<DebateStatus>();
        let meaning = "The status of the debate, if that does not allow the command";
        schema.insert("description".to_owned(), meaning.into());
        schema.into()
    }

    /// The commands that such a debate accepts.
    fn allowed(&mut self) -> Value {
        json!({
            "items": self.answers.subschema_for::<Action>(),
            "type": "array",
            "title": "Allowed",
            "description": "The control actions that its status allows",
        })
    }

    fn refer(&mut self, name: &str, schema: Value) -> Value {
        self.named.insert(name.to_owned(), schema);
        reference(name)
    }

    /// All of them, by name.
    pub(super) fn into_schemas(mut self) -> Value {
        let requests = described(&self.requests.take_definitions(true), Defaults::Stated);
        let mut answers = described(&self.answers.take_definitions(true), Defaults::LeftOut);
        for (old, new) in RENAMED {
            rename(&mut answers, old, new);
        }
        let mut all = self.named;
        for (name, schema) in requests.into_iter().chain(answers) {
            let other = all.insert(name.clone(), schema);
            debug_assert!(
                other.is_none_or(|other| other == all[&name]),
                "two different schemas are {name}"
            );
        }
        all.sort_keys();
        all.into()
    }
}

/// Definitions in the form of the document, and the variants of those that are unions.
fn described(definitions: &Map<String, Value>, defaults: Defaults) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, schema) in definitions {
        let Value::Object(mut schema) = schema.clone() else {
            all.insert(name.clone(), schema.clone());
            continue;
        };
        let variants = name_variants(name, &mut schema, definitions);
        for (name, mut schema) in variants.into_iter().chain([(name.clone(), schema)]) {
            let defaults = match defaults {
                Defaults::Stated if CONFIGURABLE.contains(&&*name) => {
                    Defaults::StatedUnlessConfigured
                }
                Defaults::Stated | Defaults::StatedUnlessConfigured | Defaults::LeftOut => defaults,
            };
            in_document_form(&mut schema, defaults);
            // The examples are with the bodies.
            schema.remove("examples");
            schema.entry("title").or_insert_with(|| name.as_str().into());
            all.insert(name, schema.into());
        }
    }
    all
}

/// Renames a schema and the references to it.
fn rename(schemas: &mut Map<String, Value>, old: &str, new: &str) {
    let Some(mut schema) = schemas.remove(old) else { return };
    schema["title"] = new.into();
    schemas.insert(new.to_owned(), schema);
    let (old, new) = (format!("{PLACE}{old}"), format!("{PLACE}{new}"));
    schemas.values_mut().for_each(|schema| retarget(schema, &old, &new));
}

fn retarget(schema: &mut Value, old: &str, new: &str) {
    match schema {
        Value::String(text) if text == old => new.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| retarget(item, old, new)),
        Value::Object(object) => {
            object.values_mut().for_each(|value| retarget(value, old, new));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
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
