use schemars::JsonSchema;
use serde::Serialize;
use synod_inference::ModelCard;

/// A model on a host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Model {
    /// Its name on its host
    pub(crate) name: String,
    /// Its host
    pub(crate) host: String,
    /// Its family, as `llama`, if the host tells
    pub(crate) family: Option<String>,
    /// Bytes of weights, if the host tells
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

impl From<ModelCard> for Model {
    fn from(card: ModelCard) -> Self {
        Self {
            name: card.model.into(),
            host: card.host.into(),
            family: card.family,
            size: card.size,
            loaded: card.loaded,
            demo: card.demo,
            chats: card.chats,
            embeds: card.embeds,
        }
    }
}
