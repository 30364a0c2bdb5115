use std::sync::Arc;

use synod_domain::Recorded;
use uuid::Uuid;

use crate::Epoch;

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
