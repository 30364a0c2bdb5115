use std::{io, sync::Arc};

use synod_domain::{DebateId, Event, Recorded, Timestamp};

use crate::{EventId, LogError};

/// Events of one debate that are appended together or not at all.
///
/// Their ids and sequence numbers are assigned here, before the first attempt, and are the same in
/// every retry.
#[derive(Clone, Debug)]
pub struct Batch {
    id: DebateId,
    expected: u64,
    events: Vec<(EventId, Arc<Recorded>)>,
}

impl Batch {
    /// The maximum number of events in a batch.
    pub const MOST_EVENTS: usize = 64;
    /// The maximum size of one event as JSON, in bytes.
    pub const MOST_EVENT_BYTES: usize = 256 << 10;
    /// The maximum size of all events as JSON, in bytes.
    pub const MOST_BYTES: usize = 768 << 10;

    /// Creates a batch that follows the event numbered `expected`, 0 for a new debate. All events
    /// get the time `at`.
    ///
    /// # Errors
    /// [`LogError::TooLarge`] if the batch has more than 64 events or 768 KiB, or an event more than
    /// 256 KiB.
    pub fn new(
        id: DebateId,
        expected: u64,
        at: Timestamp,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<Self, LogError> {
        let number = |(seq, event)| {
            let recorded = Recorded::new(id, seq, at, event);
            (EventId::new(), Arc::new(recorded))
        };
        let events = (expected + 1..).zip(events).map(number).collect();
        let batch = Self { id, expected, events };
        batch.check_size()?;
        Ok(batch)
    }

    /// Gives the first event this id, in place of a new one.
    #[must_use]
    pub fn with_first_id(mut self, id: EventId) -> Self {
        if let Some((first, _)) = self.events.first_mut() {
            *first = id;
        }
        self
    }

    /// Creates a batch from events of another store, with their ids and times. It may be a whole debate.
    ///
    /// # Errors
    /// [`LogError::TooLarge`] if an event has more than 256 KiB.
    ///
    /// # Panics
    /// If the events are not those that follow the one numbered `expected`.
    pub fn copied(
        id: DebateId,
        expected: u64,
        events: Vec<(EventId, Arc<Recorded>)>,
    ) -> Result<Self, LogError> {
        let mut seqs = events.iter().map(|(_, recorded)| recorded.seq);
        assert!((expected + 1..).zip(&mut seqs).all(|(seq, found)| seq == found), "a gap in a log");
        for (_, recorded) in &events {
            event_bytes(recorded)?;
        }
        Ok(Self { id, expected, events })
    }

    /// The debate.
    #[must_use]
    pub const fn debate_id(&self) -> DebateId {
        self.id
    }

    /// The sequence number that must be the last one of the log for the batch to be accepted.
    #[must_use]
    pub const fn expected(&self) -> u64 {
        self.expected
    }

    /// The sequence number of the last event of the batch.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.expected + self.events.len() as u64
    }

    /// The events, in order.
    #[must_use]
    pub fn events(&self) -> &[(EventId, Arc<Recorded>)] {
        &self.events
    }

    fn check_size(&self) -> Result<(), LogError> {
        within("the number of events in a batch", self.events.len(), Self::MOST_EVENTS)?;
        let mut all = 0;
        for (_, recorded) in &self.events {
            all += event_bytes(recorded)?;
        }
        within("the size of a batch in bytes", all, Self::MOST_BYTES)?;
        Ok(())
    }
}

fn within(what: &'static str, size: usize, most: usize) -> Result<usize, LogError> {
    if size <= most { Ok(size) } else { Err(LogError::TooLarge { what, size, most }) }
}

/// The size of an event as JSON.
fn event_bytes(recorded: &Recorded) -> Result<usize, LogError> {
    within("the size of an event in bytes", json_bytes(recorded), Batch::MOST_EVENT_BYTES)
}

fn json_bytes(recorded: &Recorded) -> usize {
    let mut count = Count(0);
    // Events are maps with string keys, so writing them as JSON cannot fail.
    if serde_json::to_writer(&mut count, recorded).is_err() { usize::MAX } else { count.0 }
}

struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use synod_domain::Interjected;
    use uuid::Uuid;

    use super::*;

    fn batch(texts: impl IntoIterator<Item = String>) -> Result<Batch, LogError> {
        let id = DebateId::from_uuid(Uuid::nil());
        let interjected =
            |text: String| Event::Interjected(Interjected { text: text.into(), author: None });
        Batch::new(id, 4, Timestamp::default(), texts.into_iter().map(interjected))
    }

    fn too_large(result: &Result<Batch, LogError>) -> Option<(usize, usize)> {
        match result {
            Err(LogError::TooLarge { size, most, .. }) => Some((*size, *most)),
            Ok(_) | Err(_) => None,
        }
    }

    #[test]
    fn sequence_numbers_follow_the_expected_one() {
        let batch = batch(["a", "b"].map(str::to_owned)).unwrap();
        assert!(batch.events().iter().map(|(_, recorded)| recorded.seq).eq([5, 6]));
        assert_eq!((batch.expected(), batch.last()), (4, 6));
        assert_ne!(batch.events()[0].0, batch.events()[1].0);
    }

    #[test]
    fn the_event_limit_is_exact_and_counts_json_bytes() {
        let envelope = json_bytes(&batch([String::new()]).unwrap().events()[0].1);
        let most = Batch::MOST_EVENT_BYTES - envelope;
        assert!(batch(["x".repeat(most)]).is_ok());
        assert_eq!(too_large(&batch(["x".repeat(most + 1)])), Some((262_145, 262_144)));
        // A control character takes six bytes.
        assert!(batch(["\u{1}".repeat(most / 6)]).is_ok());
        assert!(too_large(&batch(["\u{1}".repeat(most / 6 + 1)])).is_some());
    }

    #[test]
    fn a_batch_is_limited_in_events_and_bytes() {
        assert!(batch(vec![String::new(); 64]).is_ok());
        assert_eq!(too_large(&batch(vec![String::new(); 65])), Some((65, 64)));
        let large = "x".repeat(255 << 10);
        assert!(batch(vec![large.clone(); 3]).is_ok());
        assert_eq!(too_large(&batch(vec![large; 4])).unwrap().1, 768 << 10);
    }
}
