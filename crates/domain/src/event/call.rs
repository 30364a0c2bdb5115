use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AgentId, CallMeta, CallNo, Purpose, TurnNo};

/// A call of a model began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallStarted {
    /// The call.
    pub call: CallNo,
    /// The purpose of the call.
    pub purpose: Purpose,
    /// The agent whose model is called.
    pub agent_id: AgentId,
    /// The round, 0 for the blind opening.
    pub round: u8,
    /// The turn, of openings and arguments.
    pub turn: Option<TurnNo>,
    /// The pass, of arguments in structured debates; from 1.
    pub pass: Option<u8>,
    /// Whether the turn was asked for evidence.
    pub evidence: bool,
    /// 1, and one more for each time the call was lost with its process.
    pub attempt: u8,
    /// Whether the call asks again for a reply that could not be read.
    pub repair: bool,
}

/// A call was voided: it counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallVoided {
    /// The call.
    pub call: CallNo,
    /// The cause.
    pub cause: VoidCause,
    /// The error of the reply that could not be read.
    pub detail: Option<String>,
    /// The reply, or the part that had arrived.
    pub text: Arc<str>,
    /// The cost of the call, if known.
    pub meta: Option<CallMeta>,
}

/// Why a call was voided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VoidCause {
    /// The reply could not be read; the model is asked once more.
    Invalid,
    /// The process that made the call died.
    Lost,
    /// A pause or a shutdown ended the call; it is made again.
    Aborted,
    /// The debate closed.
    Closed,
}
