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
    /// Its family, as `llama`, if the host reports it
    pub(crate) family: Option<String>,
    /// Bytes of weights, if the host reports it
    pub(crate) size: Option<u64>,
    /// Whether it is in memory now
    pub(crate) loaded: bool,
    /// Whether it is a demo model: real and weak
    pub(crate) demo: bool,
    /// Whether it chats
    pub(crate) chats: bool,
    /// Whether it embeds
    pub(crate) embeds: bool,
}

/// All models of all hosts that answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ModelList")]
pub(crate) struct Models {
    /// By host, in the host's order
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
