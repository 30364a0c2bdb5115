//! What is answered when something was done to a debate.

use schemars::JsonSchema;
use serde::Serialize;
use synod_domain::{DebateId, Limits};

use super::DebateStatus;

/// A debate was opened.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DebateOpened {
    /// Its id, a UUID.
    #[schemars(with = "String")]
    pub(crate) debate_id: DebateId,
    /// Where it stands.
    pub(crate) status: DebateStatus,
    /// What it can cost at most.
    #[schemars(with = "serde_json::Value")]
    pub(crate) limits: Limits,
}

/// A debate was commanded.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DebateControlled {
    /// The debate.
    #[schemars(with = "String")]
    pub(crate) debate_id: DebateId,
    /// Where it stands now.
    pub(crate) status: DebateStatus,
    /// The command.
    pub(crate) action: &'static str,
}
