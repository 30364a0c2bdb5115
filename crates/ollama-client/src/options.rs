use serde::Serialize;
use serde_json::{Map, Value};

/// The model's parameters. Only what is set is sent; the rest is the model's own choice.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Options {
    /// The context's length in tokens. A value unlike the loaded one **reloads** the model, as do
    /// `num_batch`, `num_gpu`, `main_gpu`, `use_mmap`, `num_thread` and `draft_num_predict`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_ctx: Option<u32>,
    /// How many tokens of the prompt are evaluated at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_batch: Option<u32>,
    /// How many layers go to the GPU; -1: as many as fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_gpu: Option<i32>,
    /// The GPU for small tensors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub main_gpu: Option<u32>,
    /// Whether the weights are mapped instead of read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_mmap: Option<bool>,
    /// Threads; 0: the server chooses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_thread: Option<u32>,
    /// Tokens drafted at once by a draft model (since 0.30).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft_num_predict: Option<u32>,
    /// The most tokens to answer; -1: until it stops. 0 means *unlimited* to most servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_predict: Option<i32>,
    /// Sampling temperature.
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
    /// How far back repetition is looked for, in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_last_n: Option<i32>,
    /// Penalty for repetition; 1: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_penalty: Option<f64>,
    /// Penalty for tokens that occurred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    /// Penalty for tokens by how often they occurred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    /// The sampler's seed; -1: random.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// Tokens kept at the front when the context shifts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_keep: Option<i32>,
    /// Texts that end the answer; they are not part of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// Options this type does not name. The server ignores those it does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
