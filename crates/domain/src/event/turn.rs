use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AgentId, CallMeta, CallNo, FailureCause, TurnNo};

/// A turn is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TurnEnded {
    /// The call.
    pub call: CallNo,
    /// The turn.
    pub turn: TurnNo,
    /// The round, 0 for the opening.
    pub round: u8,
    /// The speaker.
    pub agent_id: AgentId,
    /// How it ended.
    pub result: TurnResult,
    /// What was said; of a forfeited turn what there was, for watchers only.
    pub text: Arc<str>,
    /// What cut a statement short.
    pub truncated: Option<Truncated>,
    /// Why a turn was forfeited.
    pub cause: Option<FailureCause>,
    /// What it cost.
    pub meta: CallMeta,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum TurnResult {
    /// With a statement.
    Spoke,
    /// The speaker had nothing to add: it said so, or only repeated an earlier statement.
    Passed,
    /// Without a statement.
    Forfeited,
}

/// What cut a statement short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Truncated {
    /// The clock of the argument.
    Deadline,
    /// The limit of tokens or characters.
    Length,
}
