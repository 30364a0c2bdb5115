//! The parameters of tasks. Unknown ones are ignored, and null counts as absent.

use std::sync::LazyLock;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use synod_agents::TextInput;
use synod_domain::check_text;
use synod_request_validation::{Field, Origin, RequestShape};

use crate::response::error::ApiError;

/// The maximum number of texts to embed in one task.
const MOST_TEXTS: usize = 256;

/// Further names of the parameter `text`.
const TEXT_ALIASES: &[&str] = &["message", "prompt", "input"];

static OF_TEXT_OPERATIONS: LazyLock<RequestShape> = LazyLock::new(|| {
    RequestShape::object([
        Field::required_as("text", TEXT_ALIASES, text()),
        Field::optional("instructions", text()),
        Field::optional("context", text()),
        Field::optional("question", text()),
        Field::optional("temperature", RequestShape::strict_float(0.0..=2.0)),
        Field::optional("max_tokens", RequestShape::strict_integer(1..=8_192)),
    ])
});

static OF_EMBED: LazyLock<RequestShape> = LazyLock::new(|| {
    let texts = RequestShape::one_or_many(text(), MOST_TEXTS, "texts");
    RequestShape::object([Field::required_as("text", TEXT_ALIASES, texts)])
});

fn text() -> RequestShape {
    RequestShape::text(|text| check_text(text).map_err(|error| error.to_string()))
}

#[derive(Deserialize)]
struct TextParameters {
    text: String,
    instructions: Option<String>,
    context: Option<String>,
    question: Option<String>,
    temperature: Option<f32>,
    max_tokens: Option<u32>,
}

#[derive(Deserialize)]
struct EmbedParameters {
    text: Vec<String>,
}

/// Returns the input of a text operation.
pub(super) fn text_input(sent: Map<String, Value>) -> Result<TextInput, ApiError> {
    let TextParameters { text, instructions, context, question, temperature, max_tokens } =
        read(&OF_TEXT_OPERATIONS, sent)?;
    Ok(TextInput { text, instructions, context, question, temperature, max_tokens })
}

/// Returns the texts to embed.
pub(super) fn texts(sent: Map<String, Value>) -> Result<Vec<String>, ApiError> {
    read(&OF_EMBED, sent).map(|EmbedParameters { text }| text)
}

fn read<T: DeserializeOwned>(
    shape: &RequestShape,
    sent: Map<String, Value>,
) -> Result<T, ApiError> {
    let mut value = Value::Object(sent);
    let problems = shape.check_field("parameters", &mut value, Origin::Body);
    if !problems.is_empty() {
        return Err(ApiError::Invalid(problems));
    }
    serde_json::from_value(value).map_err(|error| ApiError::Internal(error.to_string()))
}
