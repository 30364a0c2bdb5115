//! What a socket says and hears beside events and deltas.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use synod_domain::DebateId;
use synod_request_validation::abridged_text;

/// Bytes of a debate's id that are quoted.
const LONGEST_ID: usize = 128;

/// What a peer may ask for.
#[derive(Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(rename = "DebateUpdatesRequest")]
pub(crate) enum ClientMessage {
    /// Watches a debate, after an event.
    Subscribe {
        /// The debate.
        debate_id: String,
        /// The events after the one of this number.
        #[serde(default)]
        after: u64,
        /// Whether to send the text that is being generated; by default as requested when the socket was opened.
        deltas: Option<bool>,
    },
    /// Stops watching a debate.
    Unsubscribe {
        /// The debate.
        debate_id: String,
    },
}

/// A message to a client.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(rename = "DebateNotice")]
pub(crate) enum ServerMessage<'a> {
    /// A heartbeat.
    Heartbeat,
    /// A client message was refused.
    Error {
        /// Why not.
        detail: &'a str,
        /// The debate, as named in the client's message.
        #[serde(skip_serializing_if = "Option::is_none")]
        debate_id: Option<String>,
    },
    /// The client is too slow; the following events are read from the log.
    Lagged {
        /// The debate.
        debate_id: DebateId,
        /// Messages that were left out.
        missed: u64,
        /// The number of the next event.
        next_seq: u64,
    },
}

impl ClientMessage {
    /// Reads a message.
    ///
    /// # Errors
    /// What it should be, for the peer. Nothing is said back of what it was.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        serde_json::from_str(text).map_err(|_| {
            r#"a message is {"type":"subscribe","debate_id":TEXT,"after":NUMBER,"deltas":BOOLEAN}, the last two if wanted, or {"type":"unsubscribe","debate_id":TEXT}"#
        })
    }
}

/// The debate that a message names, whatever else is wrong with it.
pub(super) fn named(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        debate_id: String,
    }
    serde_json::from_str(text).map(|Named { debate_id }| quoted(&debate_id)).ok()
}

/// An id as the peer sent it, if it is not too long for one.
pub(super) fn quoted(id: &str) -> String {
    abridged_text(id, LONGEST_ID)
}

impl ServerMessage<'_> {
    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).expect("a notice is an object with text keys")
    }
}
