use serde::{Deserialize, Serialize};

/// What a configuration can cost at most, told at initialize and stored in the first event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Limits"))]
pub struct DebateLimits {
    /// Votes that make a consensus.
    pub needs: u8,
    /// Participants.
    pub of: u8,
    /// Openings and arguments.
    pub most_turns: u32,
    /// Ballots, the run-off included, repairs not.
    pub most_ballots: u32,
    /// Moves of a moderator.
    pub most_moves: u32,
    /// Calls if every round is held and nothing needs a repair, a run-off or a judge.
    pub planned_calls: u32,
    /// Calls at most; those that a crash or an abort voids come on top.
    pub most_calls: u32,
    /// Tokens said at most. Models that think write up to `most_thinking_tokens` more.
    pub most_output_tokens: u64,
    /// Tokens of thought at most, if every model thinks; 0 in logs of versions that gave thought no
    /// tokens of its own.
    #[serde(default)]
    pub most_thinking_tokens: u64,
    /// Seconds of model work at most, queue and load aside.
    pub most_model_seconds: u64,
}

impl DebateLimits {
    /// Tokens of thought that a call may take beside those of its reply.
    ///
    /// Models such as qwen3, deepseek-r1, gpt-oss and magistral mostly think for some hundred to
    /// two thousand tokens before a short statement. With a prompt and a statement this still fits a
    /// window of 4,096 tokens, and on a graphics card the clock of a call.
    pub const THINKING_TOKENS: u32 = 2_048;

    /// Tokens of thought that a call may take if its first reply was nothing but thought and it is
    /// asked again.
    pub const MORE_THINKING_TOKENS: u32 = 2 * Self::THINKING_TOKENS;
}
