use serde::{Deserialize, Serialize};

/// What a configuration can cost at most, told at initialize and stored in the first event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limits {
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
    /// Tokens written at most.
    pub most_output_tokens: u64,
    /// Seconds of model work at most, queue and load aside.
    pub most_model_seconds: u64,
}
