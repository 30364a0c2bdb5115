use std::str::FromStr;

use serde_json::{Value, json};

/// An optional parameter that a model refuses with the message of a real server, selected by the tag of
/// its name, as in `any:no-system`. Other requests are served, including JSON that the end of the prompt
/// describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// `no-system`: a message of role system.
    NoSystem,
    /// `no-schema`: every reply format except free text.
    NoSchema,
    /// `no-union-schema`: a schema whose root is a union.
    NoUnionSchema,
    /// `four-stops`: more than four stop sequences.
    FourStops,
    /// `no-stream-options`: `stream_options`.
    NoStreamOptions,
    /// `no-chat`: every chat, as embedding models do.
    NoChat,
    /// `no-load`: to be loaded, for lack of memory.
    NoLoad,
    /// `crash`: every chat, since the process of the model stops at it.
    Crash,
}

/// The refusal of a model that does not fit into memory.
const NO_MEMORY: &str = "model requires more system memory (45.1 GiB) than is available (30.2 GiB)";

/// The error of a call at which the process of the model stopped.
const STOPPED: &str = "model runner has unexpectedly stopped, this may be due to resource limitations or an \
                       internal error, check ollama server logs for details";

impl Refusal {
    /// All refusals with their tags.
    pub const ALL: [(&'static str, Self); 8] = [
        ("no-system", Self::NoSystem),
        ("no-schema", Self::NoSchema),
        ("no-union-schema", Self::NoUnionSchema),
        ("four-stops", Self::FourStops),
        ("no-stream-options", Self::NoStreamOptions),
        ("no-chat", Self::NoChat),
        ("no-load", Self::NoLoad),
        ("crash", Self::Crash),
    ];

    pub(super) fn of_model(model: &str) -> Option<Self> {
        model.split_once(':')?.1.parse().ok()
    }

    /// The status and body of the refusal of a load.
    pub(super) fn of_load(self) -> Option<(&'static str, Value)> {
        (self == Self::NoLoad).then(|| ("500 Internal Server Error", json!({ "error": NO_MEMORY })))
    }

    /// The status and body of the refusal in Ollama's protocol.
    pub(super) fn of_chat(self, body: &Value) -> Option<(&'static str, Value)> {
        let (status, message) = match self {
            Self::NoSystem if has_system(body) => {
                ("500 Internal Server Error", "Jinja Exception: System role not supported")
            }
            Self::NoSchema if !body["format"].is_null() => {
                ("500 Internal Server Error", "failed to load model vocabulary required for format")
            }
            Self::NoUnionSchema if is_union(&body["format"]) => {
                ("500 Internal Server Error", "invalid JSON schema in format")
            }
            Self::FourStops if stops(&body["options"]["stop"]) > 4 => {
                ("400 Bad Request", "option \"stop\" takes at most 4 texts")
            }
            Self::NoChat => ("400 Bad Request", "this model does not support chat"),
            Self::NoLoad => return self.of_load(),
            Self::Crash => ("500 Internal Server Error", STOPPED),
            Self::NoSystem
            | Self::NoSchema
            | Self::NoUnionSchema
            | Self::FourStops
            | Self::NoStreamOptions => return None,
        };
        Some((status, json!({ "error": message })))
    }

    /// The status and body of the refusal in OpenAI's protocol.
    pub(super) fn of_completion(self, body: &Value) -> Option<(&'static str, Value)> {
        let schema = &body["response_format"]["json_schema"]["schema"];
        let (message, param) = match self {
            Self::NoSystem if has_system(body) => ("System role not supported", None),
            Self::NoSchema if !body["response_format"].is_null() => {
                ("Unrecognized request argument supplied: response_format", None)
            }
            Self::NoUnionSchema if is_union(schema) => (
                "Invalid schema for response_format 'reply': schema must have type 'object' and \
                 not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level.",
                Some("response_format"),
            ),
            Self::FourStops if stops(&body["stop"]) > 4 => (
                "Invalid 'stop': array too long. Expected an array with maximum length 4, but got \
                 an array with length 5 instead.",
                Some("stop"),
            ),
            Self::NoStreamOptions if !body["stream_options"].is_null() => {
                ("Unrecognized request argument supplied: stream_options", None)
            }
            Self::NoChat => ("The model does not support Chat Completions API", None),
            Self::NoLoad => (NO_MEMORY, None),
            Self::Crash => (STOPPED, None),
            Self::NoSystem
            | Self::NoSchema
            | Self::NoUnionSchema
            | Self::FourStops
            | Self::NoStreamOptions => return None,
        };
        let error = json!({"error": {"message": message, "type": "invalid_request_error",
            "param": param, "code": null}});
        Some(("400 Bad Request", error))
    }
}

impl FromStr for Refusal {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL.iter().find(|(known, _)| *known == word).map(|(_, it)| *it).ok_or(())
    }
}

fn has_system(body: &Value) -> bool {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    messages.iter().any(|message| message["role"] == "system")
}

fn is_union(schema: &Value) -> bool {
    schema.get("anyOf").or_else(|| schema.get("oneOf")).is_some()
}

fn stops(stop: &Value) -> usize {
    stop.as_array().map_or(0, Vec::len)
}
