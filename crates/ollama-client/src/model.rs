use std::time::{Duration, SystemTime};

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
    pub remote_model: Option<String>,
    /// The host behind a cloud stub.
    pub remote_host: Option<String>,
    /// When the model last changed.
    #[serde(default, deserialize_with = "optional_stamp")]
    pub modified_at: Option<OffsetDateTime>,
    /// Bytes on disk.
    #[serde(default, deserialize_with = "null_is_default")]
    pub size: u64,
    /// The digest of the content.
    #[serde(default, deserialize_with = "null_is_default")]
    pub digest: String,
    /// The details of the model.
    #[serde(default, deserialize_with = "null_is_default")]
    pub details: ModelDetails,
    /// The capabilities, such as `completion`, `tools`, `thinking`, `vision`, `embedding`. `None`
    /// before 0.30: use [`crate::Client::show`].
    pub capabilities: Option<Vec<String>>,
}

/// A loaded model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LoadedModel {
    /// The name.
    pub name: String,
    /// Bytes in memory, including GPUs.
    #[serde(default, deserialize_with = "null_is_default")]
    pub size: u64,
    /// Bytes in the memory of GPUs, if the server reports them; 0 if the model runs on the CPU.
    pub size_vram: Option<u64>,
    /// The digest of the content.
    #[serde(default, deserialize_with = "null_is_default")]
    pub digest: String,
    /// The details of the model.
    #[serde(default, deserialize_with = "null_is_default")]
    pub details: ModelDetails,
    /// When the model will be unloaded; some 290 years ahead means never.
    #[serde(default, deserialize_with = "optional_stamp")]
    pub expires_at: Option<OffsetDateTime>,
    /// The context length of the loaded model in tokens (since 0.10).
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
    #[serde(deserialize_with = "null_is_default")]
    pub parent_model: String,
    /// The file format, such as `gguf`.
    #[serde(deserialize_with = "null_is_default")]
    pub format: String,
    /// The family of the architecture.
    #[serde(deserialize_with = "null_is_default")]
    pub family: String,
    /// All families.
    #[serde(deserialize_with = "null_is_default")]
    pub families: Vec<String>,
    /// The number of parameters as text, such as `4.0B`.
    #[serde(deserialize_with = "null_is_default")]
    pub parameter_size: String,
    /// The quantization, such as `Q4_K_M`.
    #[serde(deserialize_with = "null_is_default")]
    pub quantization_level: String,
    /// The context length of the training in tokens (since 0.30).
    pub context_length: Option<u64>,
    /// The length of the embeddings (since 0.30).
    pub embedding_length: Option<u64>,
}

/// Everything that the server reports of a model.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ShowReply {
    /// The text of the licence.
    pub license: Option<String>,
    /// The Modelfile.
    pub modelfile: Option<String>,
    /// The parameters that the model sets, one per line.
    pub parameters: Option<String>,
    /// The prompt template.
    pub template: Option<String>,
    /// The system instructions of the model.
    pub system: Option<String>,
    /// The details of a model.
    #[serde(deserialize_with = "null_is_default")]
    pub details: ModelDetails,
    /// The metadata of the file, such as `general.architecture`.
    #[serde(deserialize_with = "null_is_default")]
    pub model_info: Map<String, Value>,
    /// The capabilities (since 0.6.4).
    pub capabilities: Option<Vec<String>>,
    /// When the model last changed.
    #[serde(deserialize_with = "optional_stamp")]
    pub modified_at: Option<OffsetDateTime>,
    /// The version of the server that the model requires.
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
#[serde(bound = "M: serde::de::DeserializeOwned")]
pub(crate) struct Models<M> {
    pub(crate) models: ModelList<M>,
}

fn null_is_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_fields_do_not_lose_a_model() {
        let listed = r#"{"models":[{"name":"a","size":null,"digest":null,"details":{"format":null,"family":null,"families":null,"parameter_size":null,"quantization_level":null}}]}"#;
        let Models::<InstalledModel> { models } = serde_json::from_str(listed).unwrap();
        assert_eq!(
            (models.0[0].name.as_str(), &models.0[0].details),
            ("a", &ModelDetails::default())
        );
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
