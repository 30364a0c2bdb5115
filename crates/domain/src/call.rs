use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{HostName, ModelName};

/// The number of a call: 1, 2, 3… within a debate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct CallNo(pub u32);

/// The number of a turn: 1, 2, 3… within a debate. Statement `S7` is what was said in turn 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct TurnNo(pub u32);

/// What a call is for.
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
    /// A ballot over tied leaders.
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

    /// Whether the call is a right to speak.
    #[must_use]
    pub const fn is_turn(self) -> bool {
        matches!(self, Self::Opening | Self::Argument)
    }
}

/// What a call cost, and where its time went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallMeta {
    /// The model asked.
    pub model: ModelName,
    /// The host that served it, if that is another than its participant's.
    // Boxed, as there seldom is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Box<HostName>>,
    /// Its digest, if the host told.
    pub digest: Option<Arc<str>>,
    /// Tokens read, those from a cache included.
    pub prompt_tokens: u32,
    /// Tokens written.
    pub output_tokens: u32,
    /// The tokens are our estimate, since the host did not count them.
    pub estimated: bool,
    /// Why the call failed, or why its ballot or ruling could not be read, in a few words, as
    /// `connection refused by gpu`. Absent: neither is the case, or the cause is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Box<str>>,
    /// Statements left out of the prompt because the window is too small for them.
    pub omitted: u32,
    /// Waiting for admission.
    pub queued_ms: Option<u32>,
    /// Loading of the model.
    pub load_ms: Option<u32>,
    /// From the start of the clock to the first output.
    pub first_token_ms: Option<u32>,
    /// From the first output to the end.
    pub generation_ms: Option<u32>,
}

impl CallMeta {
    /// A call of this model that cost nothing yet.
    #[must_use]
    pub const fn of(model: ModelName) -> Self {
        Self {
            model,
            host: None,
            digest: None,
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
