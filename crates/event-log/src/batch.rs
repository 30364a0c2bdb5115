use std::{io, sync::Arc};

use synod_domain::{DebateId, Event, Recorded, Timestamp};

use crate::{EventId, LogError};

/// Events of one debate that are appended together or not at all.
///
/// Their ids and sequence numbers are set here, before the first try, and stay through every
/// further one.
#[derive(Clone, Debug)]
pub struct Batch {
    id: DebateId,
    expected: u64,
    events: Vec<(EventId, Arc<Recorded>)>,
}

impl Batch {
    /// Most events of a batch.
    pub const MOST_EVENTS: usize = 64;
    /// Most bytes of one event as JSON.
    pub const MOST_EVENT_BYTES: usize = 256 << 10;
    /// Most bytes of all events as JSON.
    pub const MOST_BYTES: usize = 768 << 10;

    /// A batch that follows the event numbered `expected`, 0 for a debate's first. All events get
    /// the time `at`.
    ///
    /// # Errors
    /// [`LogError::TooLarge`] over 64 events, 256 KiB an event or 768 KiB in all.
    pub fn new(
        id: DebateId,
        expected: u64,
        at: Timestamp,
        events: impl IntoIterator<Item = Event>,
    ) -> Result<Self, LogError> {
        let number = |(seq, event)| {
            let recorded = Recorded { v: Recorded::VERSION, debate_id: id, seq, at, event };
            (EventId::new(), Arc::new(recorded))
        };
        let events = (expected + 1..).zip(events).map(number).collect();
        let batch = Self { id, expected, events };
        batch.check_size()?;
        Ok(batch)
    }

    /// The debate.
    #[must_use]
    pub const fn debate_id(&self) -> DebateId {
        self.id
    }

    /// The sequence number that the log must have reached, no more and no less.
    #[must_use]
    pub const fn expected(&self) -> u64 {
        self.expected
    }

    /// The sequence number that the log will have reached.
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
        let within = |what, size, most| {
            if size <= most { Ok(()) } else { Err(LogError::TooLarge { what, size, most }) }
        };
        within("a batch of events", self.events.len(), Self::MOST_EVENTS)?;
        let mut all = 0;
        for (_, recorded) in &self.events {
            let bytes = json_bytes(recorded);
            within("an event in bytes", bytes, Self::MOST_EVENT_BYTES)?;
            all += bytes;
        }
        within("a batch in bytes", all, Self::MOST_BYTES)
    }
}

fn json_bytes(recorded: &Recorded) -> usize {
    let mut count = Count(0);
    // Events are maps with text keys, which JSON can hold; what it could not hold, no store takes.
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
        let said =
            |text: String| Event::Interjected(Interjected { text: text.into(), author: None });
        Batch::new(id, 4, Timestamp::default(), texts.into_iter().map(said))
    }

    fn too_large(result: &Result<Batch, LogError>) -> Option<(usize, usize)> {
        match result {
            Err(LogError::TooLarge { size, most, .. }) => Some((*size, *most)),
            Ok(_) | Err(_) => None,
        }
    }

    #[test]
    fn numbers_follow_what_is_expected() {
        let batch = batch(["a", "b"].map(str::to_owned)).unwrap();
        assert!(batch.events().iter().map(|(_, recorded)| recorded.seq).eq([5, 6]));
        assert_eq!((batch.expected(), batch.last()), (4, 6));
        assert_ne!(batch.events()[0].0, batch.events()[1].0);
    }

    #[test]
    fn the_limit_of_an_event_is_exact_and_counts_json() {
        let envelope = json_bytes(&batch([String::new()]).unwrap().events()[0].1);
        let most = Batch::MOST_EVENT_BYTES - envelope;
        assert!(batch(["x".repeat(most)]).is_ok());
        assert_eq!(too_large(&batch(["x".repeat(most + 1)])), Some((262_145, 262_144)));
        // A control character takes six bytes.
        assert!(batch(["\u{1}".repeat(most / 6)]).is_ok());
        assert!(too_large(&batch(["\u{1}".repeat(most / 6 + 1)])).is_some());
    }

    #[test]
    fn the_limits_of_a_batch() {
        assert!(batch(vec![String::new(); 64]).is_ok());
        assert_eq!(too_large(&batch(vec![String::new(); 65])), Some((65, 64)));
        let large = "x".repeat(255 << 10);
        assert!(batch(vec![large.clone(); 3]).is_ok());
        assert_eq!(too_large(&batch(vec![large; 4])).unwrap().1, 768 << 10);
    }
}
