use std::time::{Duration, SystemTime};

use serde::de::{DeserializeOwned, Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use synod_http_transport::ModelList;
use time::OffsetDateTime;

use crate::go_time::optional_stamp;

/// An installed model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct InstalledModel {
    /// The name to request it by.
    pub name: String,
    /// The model behind a cloud stub.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub remote_model: Option<String>,
    /// The host behind a cloud stub.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub remote_host: Option<String>,
    /// When the model last changed.
    #[serde(default, deserialize_with = "optional_stamp")]
    pub modified_at: Option<OffsetDateTime>,
    /// Bytes on disk.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub size: u64,
    /// The digest of the content.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub digest: String,
    /// The details of the model.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub details: ModelDetails,
    /// The capabilities, such as `completion`, `tools`, `thinking`, `vision`, `embedding`. `None`
    /// before 0.30: use [`crate::Client::show`].
    #[serde(default, deserialize_with = "odd_is_default")]
    pub capabilities: Option<Vec<String>>,
}

/// A loaded model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LoadedModel {
    /// The name.
    pub name: String,
    /// Bytes in memory, including GPUs.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub size: u64,
    /// Bytes in the memory of GPUs, if the server reports them; 0 if the model runs on the CPU.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub size_vram: Option<u64>,
    /// The digest of the content.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub digest: String,
    /// The details of the model.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub details: ModelDetails,
    /// When the model will be unloaded; some 290 years ahead means never.
    #[serde(default, deserialize_with = "optional_stamp")]
    pub expires_at: Option<OffsetDateTime>,
    /// The context length of the loaded model in tokens (since 0.10).
    #[serde(default, deserialize_with = "odd_is_default")]
    pub context_length: Option<u64>,
}

impl LoadedModel {
    /// Returns the share of the model that is on GPUs, 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
    pub fn gpu_share(&self) -> Option<f64> {
        let on_gpus = self.size_vram.filter(|_| self.size > 0)?;
        Some(on_gpus as f64 / self.size as f64)
    }

    /// Returns how long an unused model stays loaded from `now` on: [`Duration::MAX`] if it is never
    /// unloaded, zero if unloading is due. `None` if the server does not report it.
    #[must_use]
    pub fn remaining(&self, now: SystemTime) -> Option<Duration> {
        // Never is 2⁶³ ns ahead, some 292 years.
        const NEVER: Duration = Duration::from_secs(100 * 365 * 86_400);
        let remaining = Duration::try_from(self.expires_at? - now).unwrap_or_default();
        Some(if remaining > NEVER { Duration::MAX } else { remaining })
    }
}

/// The details of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ModelDetails {
    /// The model that this one was made from.
    #[serde(deserialize_with = "odd_is_default")]
    pub parent_model: String,
    /// The file format, such as `gguf`.
    #[serde(deserialize_with = "odd_is_default")]
    pub format: String,
    /// The family of the architecture.
    #[serde(deserialize_with = "odd_is_default")]
    pub family: String,
    /// All families.
    #[serde(deserialize_with = "odd_is_default")]
    pub families: Vec<String>,
    /// The number of parameters as text, such as `4.0B`.
    #[serde(deserialize_with = "odd_is_default")]
    pub parameter_size: String,
    /// The quantization, such as `Q4_K_M`.
    #[serde(deserialize_with = "odd_is_default")]
    pub quantization_level: String,
    /// The context length of the training in tokens (since 0.30).
    #[serde(default, deserialize_with = "odd_is_default")]
    pub context_length: Option<u64>,
    /// The length of the embeddings (since 0.30).
    #[serde(default, deserialize_with = "odd_is_default")]
    pub embedding_length: Option<u64>,
}

/// Everything that the server reports of a model.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ShowReply {
    /// The text of the licence.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub license: Option<String>,
    /// The Modelfile.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub modelfile: Option<String>,
    /// The parameters that the model sets, one per line.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub parameters: Option<String>,
    /// The prompt template.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub template: Option<String>,
    /// The system instructions of the model.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub system: Option<String>,
    /// The details of a model.
    #[serde(deserialize_with = "odd_is_default")]
    pub details: ModelDetails,
    /// The metadata of the file, such as `general.architecture`.
    #[serde(deserialize_with = "odd_is_default")]
    pub model_info: Map<String, Value>,
    /// The capabilities (since 0.6.4).
    #[serde(default, deserialize_with = "odd_is_default")]
    pub capabilities: Option<Vec<String>>,
    /// When the model last changed.
    #[serde(deserialize_with = "optional_stamp")]
    pub modified_at: Option<OffsetDateTime>,
    /// The version of the server that the model requires.
    #[serde(default, deserialize_with = "odd_is_default")]
    pub requires: Option<String>,
}

impl ShowReply {
    /// Returns the context length of the training in tokens.
    #[must_use]
    pub fn context_length(&self) -> Option<u64> {
        self.of_architecture("context_length").or(self.details.context_length)
    }

    /// Returns the length of the embeddings.
    #[must_use]
    pub fn embedding_length(&self) -> Option<u64> {
        self.of_architecture("embedding_length").or(self.details.embedding_length)
    }

    /// Returns whether the model has a capability, such as `tools`; `None` if the server does not
    /// report capabilities.
    #[must_use]
    pub fn can(&self, capability: &str) -> Option<bool> {
        Some(self.capabilities.as_ref()?.iter().any(|known| known == capability))
    }

    fn of_architecture(&self, key: &str) -> Option<u64> {
        let architecture = self.model_info.get("general.architecture")?.as_str()?;
        self.model_info.get(&format!("{architecture}.{key}"))?.as_u64()
    }
}

/// `{"models":[…]}`; an empty list may come as null.
#[derive(Deserialize)]
#[serde(bound = "M: DeserializeOwned", try_from = "Lists<M>")]
pub(crate) struct Models<M> {
    models: ModelList<NamedModel<M>>,
}

/// The lists on the wire.
#[derive(Deserialize)]
#[serde(bound = "M: DeserializeOwned")]
struct Lists<M> {
    models: ModelList<NamedModel<M>>,
    /// That of OpenAI's protocol: earlier versions of llama.cpp's server list both, and do not speak Ollama's.
    #[serde(default)]
    data: Option<IgnoredAny>,
}

impl<M> TryFrom<Lists<M>> for Models<M> {
    type Error = &'static str;

    fn try_from(lists: Lists<M>) -> Result<Self, Self::Error> {
        match lists {
            Lists { data: Some(IgnoredAny), .. } => Err("a list of OpenAI's protocol"),
            Lists { models, data: None } => Ok(Self { models }),
        }
    }
}

impl<M> From<Models<M>> for Vec<M> {
    fn from(models: Models<M>) -> Self {
        models.models.0.into_iter().map(|NamedModel(model)| model).collect()
    }
}

/// An entry of a list: an object with a name, or only the name. Some servers have `model` in its place.
pub(crate) struct NamedModel<M>(M);

impl<'de, M: DeserializeOwned> Deserialize<'de> for NamedModel<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entry = Value::deserialize(deserializer)?;
        let names = [Some(&entry), entry.get("name"), entry.get("model")].into_iter().flatten();
        let name = names.filter_map(Value::as_str).find(|name| !name.is_empty());
        let name = name.ok_or_else(|| D::Error::custom("a model without a name"))?.to_owned();
        let mut fields = match entry {
            Value::Object(fields) => fields,
            Value::String(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_) => Map::new(),
        };
        fields.insert("name".to_owned(), name.into());
        serde_json::from_value(Value::Object(fields)).map(Self).map_err(D::Error::custom)
    }
}

/// Reads a field as its default unless it has the shape of `T`: an odd value does not lose the model.
fn odd_is_default<'de, D: Deserializer<'de>, T: Default + DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_fields_do_not_lose_a_model() {
        let listed = r#"{"models":[{"name":"a","size":null,"digest":null,"details":{"format":null,"family":null,"families":null,"parameter_size":null,"quantization_level":null}}]}"#;
        let Models::<InstalledModel> { models } = serde_json::from_str(listed).unwrap();
        let NamedModel(model) = &models.0[0];
        assert_eq!((model.name.as_str(), &model.details), ("a", &ModelDetails::default()));
    }

    #[test]
    fn odd_entries_and_fields_lose_no_other_model() {
        let listed = r#"{"models":[{"name":null},{},7,null,"b",[],{"name":7,"model":"c"},{"size":1},
            {"name":"","model":""},{"model":"d"},{"name":"e","size":"4 GB","digest":7,"details":[],
            "capabilities":["completion",7],"modified_at":{},"remote_host":7},
            {"name":"f","details":{"family":{},"parameter_size":7,"context_length":"8192"}}]}"#;
        let Models::<InstalledModel> { models } = serde_json::from_str(listed).unwrap();
        let names: Vec<_> = models.0.iter().map(|NamedModel(model)| model.name.as_str()).collect();
        assert_eq!(names, ["b", "c", "d", "e", "f"]);
        assert!(models.0.iter().all(|NamedModel(model)| model.capabilities.is_none()));
        let both = r#"{"models":[{"name":"a"}],"data":[{"id":"a"}]}"#;
        assert!(serde_json::from_str::<Models<InstalledModel>>(both).is_err(), "OpenAI's protocol");
        let listed = r#"{"models":[{"model":null},{"name":"a","size_vram":"0","expires_at":7,
            "context_length":-1}]}"#;
        let Models::<LoadedModel> { models } = serde_json::from_str(listed).unwrap();
        let [NamedModel(model)] = &models.0[..] else { panic!("{:?}", models.0.len()) };
        assert_eq!((model.size_vram, model.context_length, model.expires_at), (None, None, None));
    }

    #[test]
    fn the_remaining_time_is_computed_from_expires_at() {
        let left = |expires_at: &str| {
            let json = format!(r#"{{"name":"m","expires_at":"{expires_at}"}}"#);
            let loaded: LoadedModel = serde_json::from_str(&json).unwrap();
            loaded.remaining(SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000))
        };
        assert_eq!(left("2025-10-09T08:58:20Z"), Some(Duration::from_secs(300)));
        assert_eq!(left("2025-10-09T10:58:20.5+02:00"), Some(Duration::from_millis(300_500)));
        assert_eq!(left("2025-10-09T08:00:00Z"), Some(Duration::ZERO));
        assert_eq!(left("2318-01-20T00:00:00Z"), Some(Duration::MAX));
        assert_eq!(left("0001-01-01T00:00:00Z"), None);
    }
}
