use std::sync::Arc;

use synod_domain::Recorded;
use uuid::Uuid;

use crate::Epoch;

/// An event as a store keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its id.
    pub event_id: EventId,
    /// The epoch of the debate when it was appended.
    pub epoch: Epoch,
    /// The event in its envelope, the part that goes on the wire.
    pub recorded: Arc<Recorded>,
}

/// An event's id: made by its writer before the first try to append it, so that it can be found
/// again when a store does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventId(Uuid);

impl EventId {
    /// A new id.
    #[must_use]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id of this UUID.
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
