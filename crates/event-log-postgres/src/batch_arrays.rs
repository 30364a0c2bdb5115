use std::sync::Arc;

use synod_domain::{DebateId, Event, Recorded};
use synod_event_log::{Batch, EventId, LogError, Summary};
use uuid::Uuid;

use crate::{
    parameters::{signed, signed_crc},
    stored_rows::event_crc,
};

/// A batch as the functions that write it take it: an array for each column of its events.
pub(crate) struct BatchArrays {
    pub(crate) id: Uuid,
    pub(crate) expected: i64,
    pub(crate) event_ids: Vec<Uuid>,
    /// The envelopes as JSON.
    pub(crate) bodies: Vec<Vec<u8>>,
    pub(crate) crcs: Vec<i32>,
    /// The number of the last event that sets the status, if one does.
    pub(crate) status: Option<i64>,
    /// The time of the last event, in milliseconds.
    pub(crate) updated_at: i64,
    /// Whether the last event closes the debate.
    pub(crate) is_finished: bool,
    /// The question in lower case, if the first event has one.
    pub(crate) topic: Option<Vec<u8>>,
}

impl BatchArrays {
    pub(crate) fn new(batch: &Batch) -> Result<Self, LogError> {
        let id = batch.debate_id();
        let mut arrays = Self {
            id: *id.as_uuid(),
            expected: signed(batch.expected()),
            event_ids: Vec::with_capacity(batch.events().len()),
            bodies: Vec::with_capacity(batch.events().len()),
            crcs: Vec::with_capacity(batch.events().len()),
            status: None,
            updated_at: 0,
            is_finished: false,
            topic: topic_of(batch),
        };
        for (event_id, recorded) in batch.events() {
            arrays.add(id, *event_id, recorded)?;
        }
        Ok(arrays)
    }

    fn add(
        &mut self,
        id: DebateId,
        event_id: EventId,
        recorded: &Arc<Recorded>,
    ) -> Result<(), LogError> {
        let body = serde_json::to_vec(&**recorded)
            .map_err(|error| LogError::Unavailable { source: Arc::new(error) })?;
        self.event_ids.push(*event_id.as_uuid());
        self.crcs.push(signed_crc(event_crc(id, recorded.seq, event_id, &body)));
        self.bodies.push(body);
        if Summary::sets_status(&recorded.event) {
            self.status = Some(signed(recorded.seq));
        }
        self.updated_at = recorded.at.unix_ms();
        self.is_finished = matches!(recorded.event, Event::DebateClosed(_));
        Ok(())
    }
}

/// The question of a debate whose first events these are, as it is searched.
fn topic_of(batch: &Batch) -> Option<Vec<u8>> {
    let (_, first) = batch.events().first()?;
    let Event::DebateInitialized(setup) = &first.event else { return None };
    Some(setup.config.debate_topic.to_lowercase().into_bytes())
}
