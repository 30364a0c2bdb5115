use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{CallOptions, HostName, Millis, ModelName};

/// The number of a call: 1, 2, 3… within a debate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct CallNo(pub u32);

/// The number of a turn: 1, 2, 3… within a debate. Statement `S7` is the statement of turn 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct TurnNo(pub u32);

/// The purpose of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The blind first statement.
    Opening,
    /// A statement of a debated round.
    Argument,
    /// The clerk's list of options.
    Options,
    /// The moderator's move.
    Move,
    /// A ballot at the end of a round.
    Ballot,
    /// A ballot of the run-off between tied leaders.
    RunOff,
    /// A judge's ruling on a tie.
    Judge,
}

impl Purpose {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Argument => "argument",
            Self::Options => "options",
            Self::Move => "move",
            Self::Ballot => "ballot",
            Self::RunOff => "run_off",
            Self::Judge => "judge",
        }
    }

    /// Whether the call asks for a statement.
    #[must_use]
    pub const fn is_turn(self) -> bool {
        matches!(self, Self::Opening | Self::Argument)
    }
}

/// The cost of a call, and how its time was spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallMeta {
    /// The model.
    pub model: ModelName,
    /// The host that served the call, if it is not the participant's own.
    // Boxed, as there seldom is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Box<HostName>>,
    /// The content digest of the model, if the host reported one.
    pub digest: Option<Arc<str>>,
    /// The options that the request was sent with. Absent if they are unknown, and in logs of earlier
    /// versions.
    // Shared, as most calls of a debate are sent with the same ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Arc<CallOptions>>,
    /// Tokens read, including those from a cache.
    pub prompt_tokens: u32,
    /// Tokens written.
    pub output_tokens: u32,
    /// Whether the tokens are estimated because the host did not count them.
    pub estimated: bool,
    /// Why the call failed, or why its ballot or ruling could not be read, in a few words, as
    /// `connection refused by gpu`. Absent if the call succeeded or the cause is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Box<str>>,
    /// Statements left out of the prompt because the model's window is too small.
    pub omitted: u32,
    /// Milliseconds in the queue.
    pub queued_ms: Option<Millis>,
    /// Milliseconds of loading the model.
    pub load_ms: Option<Millis>,
    /// Milliseconds from the start of the time limit to the first output.
    pub first_token_ms: Option<Millis>,
    /// Milliseconds from the first output to the end.
    pub generation_ms: Option<Millis>,
}

impl CallMeta {
    /// A call of this model without costs.
    #[must_use]
    pub const fn of(model: ModelName) -> Self {
        Self {
            model,
            host: None,
            digest: None,
            options: None,
            prompt_tokens: 0,
            output_tokens: 0,
            estimated: false,
            failure: None,
            omitted: 0,
            queued_ms: None,
            load_ms: None,
            first_token_ms: None,
            generation_ms: None,
        }
    }

    /// Tokens read and written.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        u64::from(self.prompt_tokens) + u64::from(self.output_tokens)
    }
}
