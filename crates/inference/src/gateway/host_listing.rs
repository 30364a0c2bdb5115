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
}
