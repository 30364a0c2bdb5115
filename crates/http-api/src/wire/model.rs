use schemars::JsonSchema;
use serde::Serialize;
use synod_inference::ModelInfo;

/// A model on a host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Model {
    /// Its name on its host
    pub(crate) name: String,
    /// Its host
    pub(crate) host: String,
    /// The family, such as `llama`, if the host reports it
    pub(crate) family: Option<String>,
    /// Bytes of weights, if the host reports it
    pub(crate) size: Option<u64>,
    /// Whether the model is loaded
    pub(crate) loaded: bool,
    /// Whether it is the demo model
    pub(crate) demo: bool,
    /// Whether it is a chat model
    pub(crate) chats: bool,
    /// Whether it is an embedding model
    pub(crate) embeds: bool,
}

/// The models of all hosts that respond.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ModelList")]
pub(crate) struct Models {
    /// Models by host, in the order of the host
    pub(crate) models: Vec<Model>,
}

impl From<ModelInfo> for Model {
    fn from(info: ModelInfo) -> Self {
        Self {
            name: info.model.into(),
            host: info.host.into(),
            family: info.family,
            size: info.size,
            loaded: info.loaded,
            demo: info.demo,
            chats: info.chats,
            embeds: info.embeds,
        }
    }
}
