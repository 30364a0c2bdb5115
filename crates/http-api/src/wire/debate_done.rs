//! The response to a command to a debate.

use schemars::JsonSchema;
use serde::Serialize;
use synod_domain::{DebateId, DebateLimits};

use super::{Action, DebateStatus};

/// A debate was opened.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DebateOpened {
    /// Its id, a UUID.
    pub(crate) debate_id: DebateId,
    /// Its status.
    pub(crate) status: DebateStatus,
    /// The limits of its cost.
    pub(crate) limits: DebateLimits,
}

/// A command was carried out.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DebateControlled {
    /// The debate.
    pub(crate) debate_id: DebateId,
    /// Its status now.
    pub(crate) status: DebateStatus,
    /// The command.
    pub(crate) action: Action,
}
