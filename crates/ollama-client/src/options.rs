use serde::Serialize;
use serde_json::{Map, Value};

/// The parameters of a call. Only fields that are set are sent; the model has defaults for others.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Options {
    /// The context length in tokens. A value unlike the loaded one **reloads** the model, as do
    /// `num_batch`, `num_gpu`, `main_gpu`, `use_mmap`, `num_thread` and `draft_num_predict`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_ctx: Option<u32>,
    /// How many tokens of the prompt are evaluated at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_batch: Option<u32>,
    /// How many layers run on the GPU; -1 for as many as fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_gpu: Option<i32>,
    /// The GPU for small tensors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub main_gpu: Option<u32>,
    /// Whether the weights are memory-mapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_mmap: Option<bool>,
    /// The number of threads; 0 for the choice of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_thread: Option<u32>,
    /// How many tokens a draft model drafts at once (since 0.30).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft_num_predict: Option<u32>,
    /// The maximum number of tokens of the reply; -1 for no limit. Most servers treat 0 as no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_predict: Option<i32>,
    /// The sampling temperature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Sample among this many likeliest tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u32>,
    /// Sample among the likeliest tokens that make up this share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Drop tokens below this share of the likeliest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_p: Option<f64>,
    /// Locally typical sampling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typical_p: Option<f64>,
    /// How many of the last tokens count for the repetition penalty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_last_n: Option<i32>,
    /// The penalty for repetition; 1 for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_penalty: Option<f64>,
    /// Penalty for tokens that occurred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    /// Penalty for tokens by how often they occurred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    /// The seed of the sampler; -1 for a random one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// How many of the first tokens are kept when the context shifts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_keep: Option<i32>,
    /// Texts that end the reply, of which they are not part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// Other options. The server ignores unknown ones.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
