use schemars::JsonSchema;
use serde::Serialize;
use synod_agents::ModelReply;
use synod_domain::AgentId;
use synod_inference::StopReason;

/// The reply of a model in a chat.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct ChatAnswer {
    /// The model
    pub(crate) model: String,
    /// The host that served it
    pub(crate) host: String,
    /// The agent whose persona was used
    pub(crate) agent_id: Option<String>,
    /// The reply
    pub(crate) response: String,
    /// The thinking before the reply, if the model shows it
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) thinking: String,
    /// Why the reply ended
    pub(crate) done_reason: ChatStopReason,
    /// Tokens
    pub(crate) usage: ChatUsage,
    /// The times
    pub(crate) timings: ChatTimings,
}

/// Why a reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "DoneReason")]
pub(crate) enum ChatStopReason {
    /// The model was done.
    Stop,
    /// A limit of tokens cut it.
    Length,
}

/// Tokens of a call; null if the host did not count them.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(crate) struct ChatUsage {
    /// Tokens read
    pub(crate) prompt_tokens: Option<u32>,
    /// Tokens written
    pub(crate) output_tokens: Option<u32>,
}

/// Times of a call in milliseconds; null for phases that did not occur.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(crate) struct ChatTimings {
    /// Time in the queue
    pub(crate) queued_ms: Option<u64>,
    /// Time to load the model
    pub(crate) load_ms: Option<u64>,
    /// Time to the first output
    pub(crate) first_token_ms: Option<u64>,
    /// Time from the first output to the end
    pub(crate) generation_ms: Option<u64>,
}

impl ChatAnswer {
    pub(crate) fn new(said: ModelReply, agent: Option<AgentId>) -> Self {
        let done_reason = said.completion.reason.into();
        Self {
            model: said.model.into(),
            host: said.host.into(),
            agent_id: agent.map(Into::into),
            response: said.text,
            thinking: said.thinking,
            done_reason,
            usage: said.completion.usage.into(),
            timings: said.completion.timings.into(),
        }
    }
}

impl From<StopReason> for ChatStopReason {
    fn from(reason: StopReason) -> Self {
        match reason {
            StopReason::Stop => Self::Stop,
            StopReason::Length => Self::Length,
        }
    }
}

impl From<synod_inference::Usage> for ChatUsage {
    fn from(usage: synod_inference::Usage) -> Self {
        Self { prompt_tokens: usage.prompt_tokens, output_tokens: usage.output_tokens }
    }
}

impl From<synod_inference::Timings> for ChatTimings {
    fn from(timings: synod_inference::Timings) -> Self {
        Self {
            queued_ms: timings.queued_ms,
            load_ms: timings.load_ms,
            first_token_ms: timings.first_token_ms,
            generation_ms: timings.generation_ms,
        }
    }
}
