use std::sync::Arc;

use sha2::{Digest, Sha256};
use synod_domain::{DebateId, Recorded};
use uuid::{Builder, Uuid};

use crate::{Epoch, IdempotencyKey};

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The id of the event.
    pub event_id: EventId,
    /// The epoch of the debate when it was appended.
    pub epoch: Epoch,
    /// The event in its envelope, as it is sent to clients.
    pub recorded: Arc<Recorded>,
}

/// The id of an event. Its writer creates it before the first attempt to append, so that the event can
/// be looked up if the store does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventId(Uuid);

impl EventId {
    /// Creates a new id.
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id of the event that a request with this key writes to a debate: the same whenever and wherever the
    /// request is repeated, so that the event can be looked up before it is written again.
    #[must_use]
    pub fn of_request(debate: DebateId, key: &IdempotencyKey) -> Self {
        let hash = Sha256::new().chain_update(debate.as_uuid()).chain_update(key.key());
        let hash = hash.chain_update(key.request()).finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        Self(Builder::from_custom_bytes(id).into_uuid())
    }

    /// Wraps a UUID.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The UUID.
    #[must_use]
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl Default for EventId {
    fn default() -> Self {
        Self::new()
    }
}
