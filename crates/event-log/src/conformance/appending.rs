use std::collections::BTreeMap;

use synod_domain::DebateId;

use super::{Log, Open, sample::*};
use crate::{Batch, EventId, LogError};

pub(super) async fn run(open: &impl Open) {
    only_the_next_sequence_number_is_accepted(open).await;
    a_batch_is_appended_whole(open).await;
    concurrent_appends_are_acknowledged_once_each(open).await;
    the_largest_batch_is_accepted(open).await;
}

async fn only_the_next_sequence_number_is_accepted(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    assert_eq!(interject(&log, id, 1, None, "a").await.expect("follows"), 2);
    for expected in [0, 1, 3, 1 << 40] {
        let refused = interject(&log, id, expected, None, "b").await;
        assert!(matches!(refused, Err(LogError::Conflict { last: 2, .. })), "{refused:?}");
    }
    let nowhere = interject(&log, new_id(), 0, None, "c").await;
    assert!(matches!(nowhere, Err(LogError::UnknownDebate(_))), "{nowhere:?}");
    let all = log.read(id, 2, 9).await.expect("there");
    assert_eq!(texts(&all), [(2, "a".to_owned())]);
}

async fn a_batch_is_appended_whole(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    let three = batch(id, 1, ["a", "b", "c"].map(interjected));
    assert_eq!(log.append(&three, None).await.expect("follows"), 4);
    let late = batch(id, 2, ["x", "y", "z"].map(interjected));
    assert!(log.append(&late, None).await.is_err());
    let all = log.read(id, 2, 9).await.expect("there");
    assert_eq!(texts(&all), [(2, "a".into()), (3, "b".into()), (4, "c".into())]);
}

async fn concurrent_appends_are_acknowledged_once_each(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    let writers: Vec<_> = (0..8).map(|w| tokio::spawn(write(log.clone(), id, w))).collect();
    let mut acked = BTreeMap::new();
    for writer in writers {
        acked.extend(writer.await.expect("no panic"));
    }
    let all = log.read(id, 2, 1_000).await.expect("there");
    let stored = all.iter().map(|s| (s.recorded.seq, s.event_id)).collect::<BTreeMap<_, _>>();
    assert_eq!(acked, stored);
    assert!(stored.keys().copied().eq(2..=161), "{stored:?}");
}

/// Appends twenty events and returns what was acknowledged.
async fn write(log: Log, id: DebateId, writer: usize) -> Vec<(u64, EventId)> {
    let (mut acked, mut last) = (vec![], 1);
    while acked.len() < 20 {
        let one = batch(id, last, [interjected(&format!("{writer}"))]);
        match log.append(&one, None).await {
            Ok(seq) => {
                acked.push((seq, one.events()[0].0));
                last = seq;
            }
            Err(LogError::Conflict { last: current, .. }) => last = current,
            Err(other) => panic!("{other}"),
        }
        tokio::task::yield_now().await;
    }
    acked
}

async fn the_largest_batch_is_accepted(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    let large = "x".repeat(Batch::MOST_EVENT_BYTES - 1_000);
    let three = batch(id, 1, [interjected(&large), interjected(&large), interjected(&large)]);
    log.append(&three, None).await.expect("within the limits");
    let many = batch(id, 4, (0..Batch::MOST_EVENTS).map(|i| interjected(&i.to_string())));
    log.append(&many, None).await.expect("within the limits");
    let all = log.read(id, 2, 100).await.expect("there");
    assert_eq!(all.len(), 3 + Batch::MOST_EVENTS);
    assert_eq!(all[0].recorded.event, interjected(&large));
}
