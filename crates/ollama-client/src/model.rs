use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::go_time::optional_stamp;

/// A model that the server has.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct InstalledModel {
    /// The name to ask for it by.
    pub name: String,
    /// The model behind a cloud stub.
    pub remote_model: Option<String>,
    /// The host behind a cloud stub.
    pub remote_host: Option<String>,
    /// When it last changed.
    #[serde(default, deserialize_with = "optional_stamp")]
    pub modified_at: Option<OffsetDateTime>,
    /// Bytes on disk.
    #[serde(default, deserialize_with = "null_is_default")]
    pub size: u64,
    /// What identifies its content.
    #[serde(default, deserialize_with = "null_is_default")]
    pub digest: String,
    /// What is known of it.
    #[serde(default, deserialize_with = "null_is_default")]
    pub details: ModelDetails,
    /// What it can do, such as `completion`, `tools`, `thinking`, `vision`, `embedding`. None
    /// before 0.30: ask [`crate::Client::show`].
    pub capabilities: Option<Vec<String>>,
}

/// A model that is in memory.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LoadedModel {
    /// The name.
    pub name: String,
    /// Bytes in all memory.
    #[serde(default, deserialize_with = "null_is_default")]
    pub size: u64,
    /// Bytes in the GPUs' memory, if the server tells; 0: the model runs on the processor.
    pub size_vram: Option<u64>,
    /// What identifies its content.
    #[serde(default, deserialize_with = "null_is_default")]
    pub digest: String,
    /// What is known of it.
    #[serde(default, deserialize_with = "null_is_default")]
    pub details: ModelDetails,
    /// When it will be unloaded; some 290 years ahead means never.
    #[serde(default, deserialize_with = "optional_stamp")]
    pub expires_at: Option<OffsetDateTime>,
    /// The context's length in tokens that it is loaded with (since 0.10).
    pub context_length: Option<u64>,
}

impl LoadedModel {
    /// The share of the model that is on GPUs, 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
    pub fn gpu_share(&self) -> Option<f64> {
        let on_gpus = self.size_vram.filter(|_| self.size > 0)?;
        Some(on_gpus as f64 / self.size as f64)
    }

    /// How long the model stays in memory from `now` on, if it is not used: [`Duration::MAX`] if it
    /// is never unloaded, nothing if that is due. `None`: the server does not tell.
    #[must_use]
    pub fn remaining(&self, now: SystemTime) -> Option<Duration> {
        // Never is 2⁶³ ns ahead, some 292 years.
        const NEVER: Duration = Duration::from_secs(100 * 365 * 86_400);
        let remaining = Duration::try_from(self.expires_at? - now).unwrap_or_default();
        Some(if remaining > NEVER { Duration::MAX } else { remaining })
    }
}

/// What kind of model it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ModelDetails {
    /// The model it was made from.
    #[serde(deserialize_with = "null_is_default")]
    pub parent_model: String,
    /// The file's format, such as `gguf`.
    #[serde(deserialize_with = "null_is_default")]
    pub format: String,
    /// The architecture's family.
    #[serde(deserialize_with = "null_is_default")]
    pub family: String,
    /// All families.
    #[serde(deserialize_with = "null_is_default")]
    pub families: Vec<String>,
    /// The number of parameters, as a text such as `4.0B`.
    #[serde(deserialize_with = "null_is_default")]
    pub parameter_size: String,
    /// The quantization, such as `Q4_K_M`.
    #[serde(deserialize_with = "null_is_default")]
    pub quantization_level: String,
    /// The longest context it was trained for, in tokens (since 0.30).
    pub context_length: Option<u64>,
    /// The length of its embeddings (since 0.30).
    pub embedding_length: Option<u64>,
}

/// All that the server tells of a model.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ModelInfo {
    /// The licence's text.
    pub license: Option<String>,
    /// The Modelfile.
    pub modelfile: Option<String>,
    /// The parameters the model sets, one on a line.
    pub parameters: Option<String>,
    /// The prompt's template.
    pub template: Option<String>,
    /// The instructions it comes with.
    pub system: Option<String>,
    /// What kind of model it is.
    #[serde(deserialize_with = "null_is_default")]
    pub details: ModelDetails,
    /// The file's metadata, such as `general.architecture`.
    #[serde(deserialize_with = "null_is_default")]
    pub model_info: Map<String, Value>,
    /// What it can do (since 0.6.4).
    pub capabilities: Option<Vec<String>>,
    /// When it last changed.
    #[serde(deserialize_with = "optional_stamp")]
    pub modified_at: Option<OffsetDateTime>,
    /// The server's version that it needs.
    pub requires: Option<String>,
}

impl ModelInfo {
    /// The longest context the model was trained for, in tokens.
    #[must_use]
    pub fn context_length(&self) -> Option<u64> {
        self.of_architecture("context_length").or(self.details.context_length)
    }

    /// The length of its embeddings.
    #[must_use]
    pub fn embedding_length(&self) -> Option<u64> {
        self.of_architecture("embedding_length").or(self.details.embedding_length)
    }

    /// Whether it can do this, such as `tools`. None when the server does not tell.
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
#[serde(bound = "M: Deserialize<'de>")]
pub(crate) struct Models<M> {
    #[serde(deserialize_with = "null_is_default")]
    pub(crate) models: Vec<M>,
}

pub(crate) fn null_is_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_leaves_empty_costs_no_model() {
        let listed = r#"{"models":[{"name":"a","size":null,"digest":null,"details":{"format":null,"family":null,"families":null,"parameter_size":null,"quantization_level":null}}]}"#;
        let Models::<InstalledModel> { models } = serde_json::from_str(listed).unwrap();
        assert_eq!((models[0].name.as_str(), &models[0].details), ("a", &ModelDetails::default()));
    }

    #[test]
    fn the_time_that_is_left_is_told() {
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
