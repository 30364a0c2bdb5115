use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use synod_http_transport::ModelList;

/// A model of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    /// The name to request it by.
    pub id: String,
    /// The owner, as `vllm` or `llamacpp`.
    pub owned_by: String,
    /// The context length that the server runs with, in tokens of prompt and reply together: vLLM's
    /// `max_model_len`, llama.cpp's `meta.n_ctx`.
    pub context_length: Option<u64>,
    /// The context length of the training, in tokens (llama.cpp's `meta.n_ctx_train`).
    pub trained_context_length: Option<u64>,
    /// The number of parameters (llama.cpp's `meta.n_params`).
    pub parameters: Option<u64>,
    /// The size of the weights in bytes (llama.cpp's `meta.size`).
    pub size: Option<u64>,
    /// The server's terms for the type and the capabilities of the model, as `embedding` or `llm`:
    /// `type` (Together, LM Studio), `model_type` (Xinference), `capabilities` (Mistral, Infinity) and
    /// `categories` (GPUStack). Empty if the server reports none, as llama.cpp, vLLM and LiteLLM.
    pub purposes: Vec<String>,
}

/// The list on the wire: an object whose `data` is null or missing when there are none, or an array
/// (Together AI).
pub(crate) struct Models(ModelList<Listed>);

impl<'de> Deserialize<'de> for Models {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ModelsVisitor)
    }
}

struct ModelsVisitor;

impl<'de> Visitor<'de> for ModelsVisitor {
    type Value = Models;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of models")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, entries: A) -> Result<Models, A::Error> {
        ModelList::read(entries).map(Models)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Models, A::Error> {
        let mut models = ModelList::default();
        while let Some(key) = fields.next_key::<String>()? {
            if key == "data" {
                models = fields.next_value()?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Models(models))
    }
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    #[serde(default)]
    owned_by: Option<String>,
    #[serde(default, deserialize_with = "count")]
    max_model_len: Option<u64>,
    #[serde(default)]
    meta: Option<Meta>,
    // Of any type, so that an odd value does not make the list unreadable.
    #[serde(default)]
    r#type: Value,
    #[serde(default)]
    model_type: Value,
    #[serde(default)]
    capabilities: Value,
    #[serde(default)]
    categories: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    #[serde(deserialize_with = "count")]
    n_ctx: Option<u64>,
    #[serde(deserialize_with = "count")]
    n_ctx_train: Option<u64>,
    #[serde(deserialize_with = "count")]
    n_params: Option<u64>,
    #[serde(deserialize_with = "count")]
    size: Option<u64>,
}

impl From<Models> for Vec<Model> {
    fn from(models: Models) -> Self {
        models.0.0.into_iter().map(Model::from).collect()
    }
}

impl From<Listed> for Model {
    fn from(listed: Listed) -> Self {
        let meta = listed.meta.unwrap_or_default();
        let terms = [listed.r#type, listed.model_type, listed.capabilities, listed.categories];
        Self {
            id: listed.id,
            owned_by: listed.owned_by.unwrap_or_default(),
            context_length: listed.max_model_len.or(meta.n_ctx),
            trained_context_length: meta.n_ctx_train,
            parameters: meta.n_params,
            size: meta.size,
            purposes: terms.iter().flat_map(words).collect(),
        }
    }
}

/// Reads a number, which some servers write as a text; other values are ignored.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) => digits.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

/// Reads a word, a list of words, or the keys that are true.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::String(word) => vec![word.clone()],
        Value::Array(words) => words.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::Object(words) => {
            let true_key = |(key, value): (&String, &Value)| (*value == true).then(|| key.clone());
            words.iter().filter_map(true_key).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
