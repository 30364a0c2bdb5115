use serde::Deserialize;

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
}

/// The list as it is on the wire.
#[derive(Deserialize)]
pub(crate) struct Models {
    /// Null or missing when there are none.
    #[serde(default)]
    data: Option<Vec<Listed>>,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
    #[serde(default)]
    owned_by: Option<String>,
    #[serde(default)]
    max_model_len: Option<u64>,
    #[serde(default)]
    meta: Option<Meta>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    n_ctx: Option<u64>,
    n_ctx_train: Option<u64>,
    n_params: Option<u64>,
    size: Option<u64>,
}

impl From<Models> for Vec<Model> {
    fn from(models: Models) -> Self {
        models.data.into_iter().flatten().map(Model::from).collect()
    }
}

impl From<Listed> for Model {
    fn from(listed: Listed) -> Self {
        let meta = listed.meta.unwrap_or_default();
        Self {
            id: listed.id,
            owned_by: listed.owned_by.unwrap_or_default(),
            context_length: listed.max_model_len.or(meta.n_ctx),
            trained_context_length: meta.n_ctx_train,
            parameters: meta.n_params,
            size: meta.size,
        }
    }
}
