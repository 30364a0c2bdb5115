use std::sync::atomic::{AtomicUsize, Ordering};

use synod_domain::{Event, ManualClock, Timestamp};
use uuid::Uuid;

use super::*;
use crate::{MemoryLog, conformance};

/// Counts what it sees.
#[derive(Default)]
struct Counter {
    before: AtomicUsize,
    succeeded: AtomicUsize,
    failed: AtomicUsize,
}

impl LogObserver for Counter {
    fn before(&self, _: LogWrite<'_>) -> Result<(), LogError> {
        self.before.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn after(&self, _: LogWrite<'_>, error: Option<&LogError>) -> Result<(), LogError> {
        let count = if error.is_none() { &self.succeeded } else { &self.failed };
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn an_observed_log_conforms() {
    conformance::run(async |clock| {
        Observed::new(Arc::new(MemoryLog::new(clock)), Counter::default())
    })
    .await;
}

#[tokio::test]
async fn the_observer_sees_writes_and_their_failures() {
    let log = MemoryLog::new(Arc::new(ManualClock::default()));
    let log = Observed::new(Arc::new(log), Counter::default());
    let id = DebateId::from_uuid(Uuid::nil());
    let batch = |expected| Batch::new(id, expected, Timestamp::default(), [Event::DebateStarted]);
    log.create(&batch(0).unwrap(), None).await.unwrap();
    log.append(&batch(1).unwrap(), None).await.unwrap();
    log.append(&batch(1).unwrap(), None).await.unwrap_err();
    log.read(id, 1, 9).await.unwrap();
    log.purge(id).await.unwrap();
    let counts = log.observer();
    let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
    assert_eq!(count(&counts.before), 4);
    assert_eq!((count(&counts.succeeded), count(&counts.failed)), (3, 1));
}
