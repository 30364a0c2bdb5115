use std::{num::NonZeroUsize, time::Duration};

/// What a host serves at a time, and how long calls wait for it. `None`: not known or not set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostLimits {
    /// The calls that each of its models serves at a time: Ollama's `OLLAMA_NUM_PARALLEL`, llama.cpp's
    /// `--parallel`, vLLM's `--max-num-seqs`, which the servers do not report. `None`:
    /// [`GatewaySettings::concurrent_calls`](crate::GatewaySettings::concurrent_calls).
    pub concurrent_calls: Option<NonZeroUsize>,
    /// The models that it holds in memory at once: Ollama's `OLLAMA_MAX_LOADED_MODELS`, or as many as
    /// fit; one for a server that swaps models on demand, as llama-swap does. `None`: the gateway learns
    /// it from models that were pushed out.
    pub models_at_once: Option<NonZeroUsize>,
    /// The calls that it serves at a time, of all its models together. `None`: calls of all its models
    /// are made one after another while one of them runs on the CPU
    /// ([`ChatModel::runs_on_cpu`](crate::ChatModel::runs_on_cpu)), which servers of OpenAI's protocol do
    /// not report.
    pub calls_at_once: Option<NonZeroUsize>,
    /// The longest time that a call waits for the host, or one of its models, to be loaded. `None`:
    /// [`GatewaySettings::load_limit`](crate::GatewaySettings::load_limit).
    pub load_limit: Option<Duration>,
    /// The longest time that a call waits for the host while it cannot be reached. `None`:
    /// [`GatewaySettings::away_limit`](crate::GatewaySettings::away_limit).
    pub away_limit: Option<Duration>,
    /// Whether it loads one model at a time, so that a second load would only wait.
    pub loads_one_at_a_time: bool,
}
