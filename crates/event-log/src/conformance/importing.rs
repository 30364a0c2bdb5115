use std::{sync::Arc, time::Duration};

use synod_domain::{DebateId, Event, Recorded, Timestamp};

use super::{Open, sample::*};
use crate::{Batch, EventId, ListQuery, LogError, Takeover, Worker};

const LEASE: Duration = Duration::from_secs(10);

pub(super) async fn run(open: &impl Open) {
    a_whole_debate_is_imported_at_once(open).await;
    an_imported_debate_waits_for_a_request(open).await;
    only_the_rest_of_a_debate_that_nobody_holds_is_imported(open).await;
}

fn import() -> Worker {
    Worker::new("import").with_takeover(Takeover::OnRequest)
}

/// The events after number `expected` up to number `last`.
fn copied(id: DebateId, expected: u64, last: u64) -> Batch {
    let event = |seq| match seq {
        1 => initialized("who?"),
        2 => Event::DebateStarted,
        seq => interjected(&format!("{seq}")),
    };
    let recorded = |seq| Arc::new(Recorded::new(id, seq, Timestamp::from_unix_ms(7), event(seq)));
    let events = (expected + 1..=last).map(|seq| (EventId::new(), recorded(seq))).collect();
    Batch::copied(id, expected, events).expect("the events are small")
}

/// More events than an append may have.
async fn a_whole_debate_is_imported_at_once(open: &impl Open) {
    let (log, _) = open().await;
    let whole = copied(new_id(), 0, 200);
    let id = whole.debate_id();
    assert_eq!(log.import(&whole, &import()).await.expect("it is new"), Some(200));
    let read = log.read(id, 1, usize::MAX).await.expect("there");
    let read: Vec<_> = read.into_iter().map(|stored| (stored.event_id, stored.recorded)).collect();
    assert_eq!(read, whole.events());
    let listed = log.list(&ListQuery::default(), 9).await.expect("works").debates;
    assert_eq!((listed.len(), listed[0].last, &listed[0].worker), (1, 200, &None));
    let again = log.import(&whole, &import()).await;
    assert!(matches!(again, Err(LogError::Conflict { last: 200, .. })), "{again:?}");
    log.purge(id).await.expect("there");
    let purged = log.import(&whole, &import()).await;
    assert!(matches!(purged, Err(LogError::Purged(_))), "{purged:?}");
}

async fn an_imported_debate_waits_for_a_request(open: &impl Open) {
    let (log, _) = open().await;
    let whole = copied(new_id(), 0, 3);
    log.import(&whole, &import()).await.expect("it is new");
    let server = Worker::new("server");
    log.register(&server, LEASE).await.expect("works");
    assert_eq!(log.take_over(&server, &[], 9).await.expect("works"), []);
    assert!(log.claim(whole.debate_id(), &server).await.expect("works").is_some());
}

async fn only_the_rest_of_a_debate_that_nobody_holds_is_imported(open: &impl Open) {
    let (log, clock) = open().await;
    let id = debate(&log).await;
    let server = Worker::new("server");
    log.register(&server, LEASE).await.expect("works");
    let claim = log.claim(id, &server).await.expect("works").expect("a claim");
    let rest = copied(id, 1, 5);
    assert_eq!(log.import(&rest, &import()).await.expect("works"), None);
    assert_eq!(log.read(id, 1, 9).await.expect("there").len(), 1);
    clock.advance(i64::try_from(LEASE.as_millis()).expect("a short time"));
    assert_eq!(log.import(&rest, &import()).await.expect("it is free"), Some(5));
    let late = interject(&log, id, 5, Some(claim.epoch), "late").await;
    assert!(matches!(late, Err(LogError::Fenced { .. })), "{late:?}");
    log.append(&batch(id, 5, [closed()]), None).await.expect("it is open");
    let more = log.import(&copied(id, 6, 7), &import()).await;
    assert!(matches!(more, Err(LogError::Conflict { last: 6, .. })), "{more:?}");
}
