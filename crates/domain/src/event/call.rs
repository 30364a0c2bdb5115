use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{AgentId, CallMeta, CallNo, Purpose, TurnNo};

/// A model is being asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallStarted {
    /// The call.
    pub call: CallNo,
    /// What it is for.
    pub purpose: Purpose,
    /// Whose model is asked.
    pub agent_id: AgentId,
    /// The round, 0 for the blind opening.
    pub round: u8,
    /// The turn, of openings and arguments.
    pub turn: Option<TurnNo>,
    /// The pass, of arguments in structured debates; from 1.
    pub pass: Option<u8>,
    /// The turn is to bring evidence.
    pub evidence: bool,
    /// 1, and one more for each time the call was lost with its process.
    pub attempt: u8,
    /// It repairs a reply that could not be read.
    pub repair: bool,
}

/// A call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallVoided {
    /// The call.
    pub call: CallNo,
    /// Why.
    pub cause: VoidCause,
    /// What the validator said.
    pub detail: Option<String>,
    /// The reply, or what there was of it.
    pub text: Arc<str>,
    /// What it cost, if known.
    pub meta: Option<CallMeta>,
}

/// Why a call came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VoidCause {
    /// Its reply could not be read; one repair follows.
    Invalid,
    /// The process that made it died.
    Lost,
    /// A pause or a shutdown ended it; it begins afresh.
    Aborted,
    /// The debate closed.
    Closed,
}
