use futures_util::{FutureExt, StreamExt, TryStreamExt};
use synod_domain::DebateId;

use super::{Log, Open, sample::*};
use crate::LogError;

pub(super) async fn run(open: &impl Open) {
    every_event_arrives_once_and_in_order(open).await;
    a_subscription_begins_at_any_event(open).await;
    a_slow_subscriber_misses_nothing_and_delays_no_append(open).await;
    an_unknown_debate_is_one_error(open).await;
}

/// Subscribers that join while eight hundred events are appended.
async fn every_event_arrives_once_and_in_order(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    let writer = tokio::spawn(append(log.clone(), id, 2..=800));
    let readers = (0..8).map(|reader| {
        let log = log.clone();
        tokio::spawn(async move {
            for _ in 0..reader * 10 {
                tokio::task::yield_now().await;
            }
            numbers(&log, id, 1, 800).await
        })
    });
    for reader in readers.collect::<Vec<_>>() {
        assert!(reader.await.expect("no panic").into_iter().eq(1..=800));
    }
    writer.await.expect("no panic");
}

async fn a_subscription_begins_at_any_event(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    append(log.clone(), id, 2..=5).await;
    assert_eq!(numbers(&log, id, 0, 2).await, [1, 2]);
    assert_eq!(numbers(&log, id, 4, 2).await, [4, 5]);
    let mut ahead = log.subscribe(id, 8);
    assert!(ahead.next().now_or_never().is_none());
    append(log.clone(), id, 6..=8).await;
    assert_eq!(ahead.next().await.expect("an event").expect("there").recorded.seq, 8);
}

async fn a_slow_subscriber_misses_nothing_and_delays_no_append(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    let mut slow = log.subscribe(id, 1);
    let first = slow.next().await.expect("an event").expect("there");
    assert_eq!(first.recorded.seq, 1);
    append(log.clone(), id, 2..=2_000).await;
    let rest = slow.take(1_999).map_ok(|s| s.recorded.seq).try_collect::<Vec<_>>().await;
    assert!(rest.expect("there").into_iter().eq(2..=2_000));
}

async fn an_unknown_debate_is_one_error(open: &impl Open) {
    let (log, _) = open().await;
    let mut nothing = log.subscribe(new_id(), 1);
    assert!(matches!(nothing.next().await, Some(Err(LogError::UnknownDebate(_)))));
    assert!(nothing.next().await.is_none());
}

async fn append(log: Log, id: DebateId, seqs: std::ops::RangeInclusive<u64>) {
    for seq in seqs {
        interject(&log, id, seq - 1, None, "…").await.expect("follows");
        tokio::task::yield_now().await;
    }
}

async fn numbers(log: &Log, id: DebateId, from: u64, count: usize) -> Vec<u64> {
    let events = log.subscribe(id, from).take(count).map_ok(|s| s.recorded.seq);
    events.try_collect().await.expect("there")
}
