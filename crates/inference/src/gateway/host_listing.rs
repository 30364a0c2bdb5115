use crate::{HostError, HostName, ModelInfo};

/// The models of one host, as it has listed them.
#[derive(Clone, Debug)]
pub struct HostModels {
    /// The host.
    pub host: HostName,
    /// Its models in its own order, or why it did not list them.
    pub models: Result<Vec<ModelInfo>, HostError>,
}

impl HostModels {
    /// Whether the host reports that it is loading.
    #[must_use]
    pub const fn is_loading(&self) -> bool {
        matches!(self.models, Err(HostError::Loading { .. }))
    }

    /// Whether it lists a model of this name; Ollama's tag `latest` is implied.
    #[must_use]
    pub fn lists(&self, name: &str) -> bool {
        let is_it = |model: &str| model == name || model.strip_suffix(":latest") == Some(name);
        self.models.iter().flatten().any(|info| is_it(info.model.as_str()))
    }
}
