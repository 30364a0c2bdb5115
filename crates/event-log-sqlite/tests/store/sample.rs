//! Stores and debates for tests.

use std::{collections::BTreeMap, path::Path};

use synod_domain::{DebateId, Event, Interjected, Timestamp};
pub(crate) use synod_event_log::conformance::{closed, initialized};
use synod_event_log::{Batch, ChainHash, EventLog, ListQuery, LogError};
use synod_event_log_sqlite::{SqliteStore, StoreOptions};
use uuid::Uuid;

/// Without the reserve, which takes time.
pub(crate) fn options() -> StoreOptions {
    StoreOptions { reserve_bytes: 0, ..StoreOptions::default() }
}

pub(crate) fn open(dir: &Path) -> SqliteStore {
    SqliteStore::open(dir, options()).unwrap()
}

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

/// Appends one interjection after the event with this number.
pub(crate) async fn append(
    log: &dyn EventLog,
    id: DebateId,
    expected: u64,
    text: &str,
) -> Result<u64, LogError> {
    log.append(&batch(id, expected, [interjected(text)]), None).await
}

/// A started debate with this many events.
pub(crate) async fn debate(log: &dyn EventLog, events: u64) -> DebateId {
    let id = create(log).await.unwrap();
    log.append(&batch(id, 1, [Event::DebateStarted]), None).await.unwrap();
    let mut last = 2;
    while last < events {
        let next = (last..events).take(Batch::MOST_EVENTS);
        let texts = next.map(|seq| interjected(&format!("{seq} {}", "…".repeat(300))));
        last = log.append(&batch(id, last, texts), None).await.unwrap();
    }
    id
}

/// What a store holds: of each debate its events as JSON, and its chain hash.
pub(crate) type Content = BTreeMap<DebateId, (Vec<String>, ChainHash)>;

/// Reads all that the lists of a store lead to.
pub(crate) async fn content(store: &SqliteStore) -> Result<Content, LogError> {
    let log = store.events();
    let mut content = BTreeMap::new();
    for summary in log.list(&ListQuery::default(), usize::MAX).await?.debates {
        let events = log.read(summary.id, 1, usize::MAX).await?;
        let events = events.iter().map(|e| serde_json::to_string(&*e.recorded).unwrap());
        content.insert(summary.id, (events.collect(), store.chain(summary.id).await?));
    }
    Ok(content)
}
