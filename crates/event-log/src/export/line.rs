use std::sync::Arc;

use serde::{Deserialize, Serialize};
use synod_domain::{DebateId, Recorded};
use uuid::Uuid;

/// The first line of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportHeader {
    /// The version of the format.
    pub synod_export: u32,
    /// The version of the program that wrote it.
    pub written_by: String,
    /// How many debates follow.
    pub debates: u64,
}

impl ExportHeader {
    /// The version of the format that this code writes, and the latest that it reads.
    pub const VERSION: u32 = 1;
}

/// The line in front of the events of a debate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebateHeader {
    /// The debate.
    pub debate_id: DebateId,
    /// How many events follow.
    pub events: u64,
    /// The hash of the log, 64 hexadecimal digits.
    pub chain: String,
    /// The grade that a user gave the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
}

/// The line of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventLine {
    /// The id of the event.
    pub event_id: Uuid,
    /// The hash of the log up to this event, 64 hexadecimal digits.
    pub chain: String,
    /// The event in its envelope, as it is sent to clients.
    pub event: Arc<Recorded>,
}
