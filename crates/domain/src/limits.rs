use serde::{Deserialize, Serialize};

/// Upper bounds of the cost of a debate, computed from its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Limits"))]
pub struct DebateLimits {
    /// Votes needed for a consensus.
    pub needs: u8,
    /// The number of participants.
    pub of: u8,
    /// Openings and arguments.
    pub most_turns: u32,
    /// Ballots, including the run-off and without repairs.
    pub most_ballots: u32,
    /// Moves of a moderator.
    pub most_moves: u32,
    /// Calls if every round takes place and no repair, run-off or judge is needed.
    pub planned_calls: u32,
    /// Calls at most, without those that are repeated after a crash or an abort.
    pub most_calls: u32,
    /// Tokens of replies at most. Thinking models write up to `most_thinking_tokens` more.
    pub most_output_tokens: u64,
    /// Tokens of thinking at most, if every model thinks; 0 in logs of versions without tokens for
    /// thinking.
    #[serde(default)]
    pub most_thinking_tokens: u64,
    /// Seconds of model work at most, without queueing and loading.
    pub most_model_seconds: u64,
}

impl DebateLimits {
    /// Tokens of thinking that a call may use in addition to those of its reply.
    ///
    /// Models such as qwen3, deepseek-r1, gpt-oss and magistral mostly think for some hundred to
    /// two thousand tokens before a short statement. With a prompt and a statement this still fits a
    /// window of 4,096 tokens, and on a graphics card the clock of a call.
    pub const THINKING_TOKENS: u32 = 2_048;

    /// Tokens of thinking of a call that is repeated because its first reply had nothing else.
    pub const MORE_THINKING_TOKENS: u32 = 2 * Self::THINKING_TOKENS;
}
