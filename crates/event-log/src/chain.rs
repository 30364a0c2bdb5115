use std::fmt;

use sha2::{Digest, Sha256};
use synod_domain::DebateId;

use crate::EventId;

/// The hash of a log up to an event: SHA-256 of the hash up to the event before, the event's id (16
/// bytes) and the event as JSON.
///
/// Two logs of a debate with the same last hash hold the same events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainHash([u8; 32]);

impl ChainHash {
    /// The hash of an empty log: SHA-256 of the debate's id (16 bytes).
    #[must_use]
    pub fn start(id: DebateId) -> Self {
        Self(Sha256::digest(id.as_uuid().as_bytes()).into())
    }

    /// The hash after one more event, whose envelope is `json`.
    #[must_use]
    pub fn next(self, id: EventId, json: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(self.0).chain_update(id.as_uuid().as_bytes());
        Self(hash.chain_update(json).finalize().into())
    }

    /// The 32 bytes of a hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ChainHash {
    /// 64 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
