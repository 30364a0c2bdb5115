use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A model that a server has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    /// The name to ask for it by.
    pub id: String,
    /// Who owns it, as `vllm` or `llamacpp`.
    pub owned_by: String,
    /// Tokens of prompt and answer together that a call may have: what the server runs with if it
    /// says (vLLM's `max_model_len`, llama.cpp's `meta.n_ctx`), else none.
    pub context_length: Option<u64>,
    /// Tokens of the window it was trained for (llama.cpp's `meta.n_ctx_train`).
    pub trained_context_length: Option<u64>,
    /// Number of parameters (llama.cpp's `meta.n_params`).
    pub parameters: Option<u64>,
    /// Bytes of weights (llama.cpp's `meta.size`).
    pub size: Option<u64>,
    /// The server's words for what the model is or can do, as `embedding` or `llm`: its `type`
    /// (Together, LM Studio), `model_type` (Xinference), `capabilities` (Mistral, Infinity) and
    /// `categories` (GPUStack). Empty where it tells none, as llama.cpp, vLLM and LiteLLM.
    pub purposes: Vec<String>,
}

/// The list as it is on the wire.
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
    // Of any form: no list is lost for a word of it.
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
        let told = [listed.r#type, listed.model_type, listed.capabilities, listed.categories];
        Self {
            id: listed.id,
            owned_by: listed.owned_by.unwrap_or_default(),
            context_length: listed.max_model_len.or(meta.n_ctx),
            trained_context_length: meta.n_ctx_train,
            parameters: meta.n_params,
            size: meta.size,
            purposes: told.iter().flat_map(words).collect(),
        }
    }
}

/// An entry of the list; one without an id is left out, so that it does not cost the others.
fn readable(entry: Value) -> Option<Listed> {
    serde_json::from_value(entry)
        .inspect_err(|error| tracing::debug!(%error, "left out a model that cannot be read"))
        .ok()
}

/// A number, which some servers write as a text; anything else tells nothing.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) => digits.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

/// A word, a list of words, or the keys that are true.
fn words(told: &Value) -> Vec<String> {
    match told {
        Value::String(word) => vec![word.clone()],
        Value::Array(words) => words.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::Object(words) => {
            let is_so = |(word, can): (&String, &Value)| (*can == true).then(|| word.clone());
            words.iter().filter_map(is_so).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
