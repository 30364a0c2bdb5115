//! The messages of the socket of debates, beside events and deltas.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use synod_domain::DebateId;

/// A message of a client.
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
    /// The client named an event that the debate does not have, as after the restore of an older backup. Nothing is
    /// sent until it subscribes again, from the first event.
    Reset {
        /// The debate.
        debate_id: DebateId,
        /// The number of the last event.
        last_seq: u64,
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
    /// The format of a message, for the client. The message itself is not repeated.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        serde_json::from_str(text).map_err(|_| {
            r#"a message is {"type":"subscribe","debate_id":TEXT,"after":NUMBER,"deltas":BOOLEAN}, the last two if wanted, or {"type":"unsubscribe","debate_id":TEXT}"#
        })
    }
}

impl ServerMessage<'_> {
    /// Returns the message as JSON.
    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).expect("a notice is an object with text keys")
    }
}
