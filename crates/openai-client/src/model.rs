use serde::{Deserialize, Deserializer};
use serde_json::Value;

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

/// The list on the wire.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Models {
    /// Together AI's.
    Bare(Vec<Value>),
    Object {
        /// Null or missing when there are none.
        #[serde(default)]
        data: Option<Vec<Value>>,
    },
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
        let (Models::Bare(listed) | Models::Object { data: Some(listed) }) = models else {
            return Self::new();
        };
        listed.into_iter().filter_map(readable).map(Model::from).collect()
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

/// Reads an entry of the list. One without an id is left out, and the others are kept.
fn readable(entry: Value) -> Option<Listed> {
    serde_json::from_value(entry)
        .inspect_err(|error| tracing::debug!(%error, "skipped a model that cannot be read"))
        .ok()
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
