//! Debates for tests.

use synod_domain::{DebateId, Event, Interjected, Timestamp};
pub(crate) use synod_event_log::conformance::initialized;
use synod_event_log::{Batch, EventId, EventLog, LogError, append_once};
use uuid::Uuid;

pub(crate) fn new_id() -> DebateId {
    DebateId::from_uuid(Uuid::now_v7())
}

pub(crate) fn interjected(text: &str) -> Event {
    Event::Interjected(Interjected { text: text.into(), author: None })
}

pub(crate) fn batch(id: DebateId, expected: u64, events: impl IntoIterator<Item = Event>) -> Batch {
    Batch::new(id, expected, Timestamp::from_unix_ms(7), events).unwrap()
}

/// A debate with its first event.
pub(crate) async fn create(log: &dyn EventLog) -> Result<DebateId, LogError> {
    let id = new_id();
    log.create(&batch(id, 0, [initialized("who?")]), None).await?;
    Ok(id)
}

/// A started debate with two events.
pub(crate) async fn started(log: &dyn EventLog) -> DebateId {
    let id = create(log).await.unwrap();
    log.append(&batch(id, 1, [Event::DebateStarted]), None).await.unwrap();
    id
}

/// Appends one interjection after the event with this number.
pub(crate) async fn append(
    log: &dyn EventLog,
    id: DebateId,
    expected: u64,
    text: &str,
) -> Result<u64, LogError> {
    log.append(&batch(id, expected, [interjected(text)]), None).await
}

/// What a writer was acknowledged.
pub(crate) type Acknowledged = Vec<(u64, EventId)>;

/// Appends this many events, against other writers and faults of the store.
pub(crate) async fn write(log: &dyn EventLog, id: DebateId, number: usize) -> Acknowledged {
    let (mut acknowledged, mut last) = (Vec::new(), 1);
    while acknowledged.len() < number {
        let one = batch(id, last, [interjected("…")]);
        let mut is_unknown = false;
        let is_written = loop {
            match append_once(log, &one, None).await {
                Ok(seq) => {
                    assert_eq!(seq, one.last());
                    break true;
                }
                Err(LogError::Conflict { last: current, .. }) => {
                    last = current;
                    // The store may have been away for longer than the retries last.
                    break is_unknown && is_stored(log, &one).await;
                }
                Err(LogError::Unknown { .. }) => is_unknown = true,
                Err(LogError::Unavailable { .. }) => {}
                Err(other) => panic!("{other:?}"),
            }
            pause().await;
        };
        if is_written {
            last = last.max(one.last());
            acknowledged.push((one.last(), one.events()[0].0));
        }
    }
    acknowledged
}

/// Whether the event of a batch is in the log.
async fn is_stored(log: &dyn EventLog, one: &Batch) -> bool {
    loop {
        match log.read(one.debate_id(), one.last(), 1).await {
            Ok(found) => {
                return found.first().is_some_and(|event| event.event_id == one.events()[0].0);
            }
            Err(LogError::Unavailable { .. }) => pause().await,
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// A real wait: for the server.
pub(crate) async fn pause() {
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
}

/// Compares what writers were acknowledged with what is stored, from the second event on.
pub(crate) async fn assert_stored(
    log: &dyn EventLog,
    id: DebateId,
    mut acknowledged: Acknowledged,
) {
    acknowledged.sort_by_key(|(seq, _)| *seq);
    let stored = log.read(id, 2, usize::MAX).await.unwrap();
    let stored: Acknowledged = stored.iter().map(|s| (s.recorded.seq, s.event_id)).collect();
    assert!(stored.iter().map(|(seq, _)| *seq).eq(2..stored.len() as u64 + 2), "not dense");
    assert_eq!(acknowledged, stored);
}
