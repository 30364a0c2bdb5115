use std::{collections::HashSet, fmt};

use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, value::RawValue};
use synod_http_transport::ModelList;

/// A model of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    /// The name to request it by.
    pub id: String,
    /// The owner, as `vllm` or `llamacpp`.
    pub owned_by: String,
    /// The context length that the server runs with, in tokens of prompt and reply together: vLLM's
    /// `max_model_len`, llama.cpp's `meta.n_ctx`, LM Studio's `loaded_context_length`, TabbyAPI's
    /// `parameters.max_seq_len`, and what services report as `context_length`, `context_window` or
    /// `max_context_length`.
    pub context_length: Option<u64>,
    /// The context length of the training, in tokens (llama.cpp's `meta.n_ctx_train`).
    pub trained_context_length: Option<u64>,
    /// The number of parameters (llama.cpp's `meta.n_params`).
    pub parameters: Option<u64>,
    /// The size of the weights in bytes (llama.cpp's `meta.size`).
    pub size: Option<u64>,
    /// The server's terms for the type and the capabilities of the model, as `embedding` or `llm`:
    /// `type` (Together, LM Studio), `model_type` (Xinference), `capabilities` (Mistral, Infinity),
    /// `categories` (GPUStack), `task`, `pipeline_tag`, `mode`, and `output_modalities` (OpenRouter) if
    /// text is not among them. Empty if the server reports none, as llama.cpp, vLLM and LiteLLM.
    pub purposes: Vec<String>,
    /// The server reports that the model does not chat: `completion_chat: false` (Mistral), `active:
    /// false` (Groq), or `output_modalities` without text (OpenRouter).
    pub lacks_chat: bool,
}

/// The list on the wire: an object whose `data` is null or missing when there are none, or an array
/// (Together AI). Some servers have `models` in place of `data`; llama.cpp's has both.
pub(crate) struct Models(ModelList<Entry>);

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
        let (mut data, mut models) = (Ok(ModelList::default()), None);
        while let Some(key) = fields.next_key::<String>()? {
            match key.as_str() {
                "data" => data = serde_json::from_str(fields.next_value::<&RawValue>()?.get()),
                // Anything may have this name beside `data`.
                "models" => {
                    let list = fields.next_value::<&RawValue>()?.get();
                    models = serde_json::from_str(list).ok().filter(has_entries);
                }
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        match (data, models) {
            (Ok(data), _) if has_entries(&data) => Ok(Models(data)),
            (_, Some(models)) => Ok(Models(models)),
            (data, None) => data.map(Models).map_err(A::Error::custom),
        }
    }
}

const fn has_entries(list: &ModelList<Entry>) -> bool {
    !list.0.is_empty()
}

/// An entry of a list: an object, or only the name.
struct Entry(Model);

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Value::String(id) = value {
            return Ok(Self(Model { id, ..Model::default() }));
        }
        let names = ["id", "model", "name"].map(|key| value[key].as_str().unwrap_or_default());
        let id = names.into_iter().find(|name| !name.is_empty());
        let id = id.ok_or_else(|| D::Error::custom("a model without an id"))?.to_owned();
        let listed: Listed = serde_json::from_value(value).map_err(D::Error::custom)?;
        Ok(Self(listed.named(id)))
    }
}

/// What servers report of a model. Of any type, so that an odd value does not make the list unreadable.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Listed {
    #[serde(deserialize_with = "text")]
    owned_by: String,
    // vLLM; Groq; OpenRouter and Together; Mistral and LM Studio.
    #[serde(deserialize_with = "count")]
    max_model_len: Option<u64>,
    #[serde(deserialize_with = "count")]
    context_window: Option<u64>,
    #[serde(deserialize_with = "count")]
    context_length: Option<u64>,
    #[serde(deserialize_with = "count")]
    max_context_length: Option<u64>,
    /// LM Studio's, of a model in memory.
    #[serde(deserialize_with = "count")]
    loaded_context_length: Option<u64>,
    /// LM Studio's: whether the model is in memory.
    state: Value,
    /// TabbyAPI's, with `max_seq_len`.
    parameters: Value,
    #[serde(deserialize_with = "meta")]
    meta: Meta,
    r#type: Value,
    model_type: Value,
    capabilities: Value,
    categories: Value,
    task: Value,
    pipeline_tag: Value,
    mode: Value,
    output_modalities: Value,
    /// OpenRouter's, with `output_modalities`.
    architecture: Value,
    /// Groq's.
    active: Value,
}

impl Listed {
    fn named(self, id: String) -> Model {
        // LM Studio loads a model with fewer tokens than its most unless told otherwise.
        let most = self.max_context_length.filter(|_| self.state.is_null());
        let context_length = self
            .loaded_context_length
            .or(self.max_model_len)
            .or(self.meta.n_ctx)
            .or_else(|| self.parameters["max_seq_len"].as_u64())
            .or(self.context_window)
            .or(self.context_length)
            .or(most);
        let outputs = words(&self.output_modalities).into_iter();
        let outputs = outputs.chain(words(&self.architecture["output_modalities"]));
        let mut purposes: Vec<String> = [
            &self.r#type,
            &self.model_type,
            &self.capabilities,
            &self.categories,
            &self.task,
            &self.pipeline_tag,
            &self.mode,
        ]
        .into_iter()
        .flat_map(words)
        .collect();
        let outputs: Vec<String> = outputs.collect();
        let says_nothing = !outputs.is_empty() && !outputs.iter().any(|output| output == "text");
        if says_nothing {
            purposes.extend(outputs);
        }
        Model {
            id,
            owned_by: self.owned_by,
            context_length: context_length.filter(|length| *length > 0),
            trained_context_length: self.meta.n_ctx_train,
            parameters: self.meta.n_params,
            size: self.meta.size,
            purposes,
            lacks_chat: says_nothing
                || self.capabilities["completion_chat"] == false
                || self.active == false,
        }
    }
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
    /// Of entries with the same id the first counts.
    fn from(models: Models) -> Self {
        let mut seen = HashSet::new();
        let models = models.0.0.into_iter().map(|Entry(model)| model);
        models.filter(|model| seen.insert(model.id.clone())).collect()
    }
}

/// Reads a text; other values are ignored.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

/// Reads the facts of llama.cpp's server; other values are ignored.
fn meta<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Meta, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
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
