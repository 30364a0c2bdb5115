use std::time::Duration;

use synod_domain::{DebateId, Event, Timestamp};

use super::{Log, Open, sample::*};
use crate::{Epoch, Owner, Which};

pub(super) async fn run(open: &impl Open) {
    pages_list_newest_first(open).await;
    lists_are_filtered(open).await;
    a_summary_has_status_and_last_event(open).await;
}

async fn pages_list_newest_first(open: &impl Open) {
    let (log, _) = open().await;
    let mut made = vec![];
    for _ in 0..5 {
        made.push(debate(&log).await);
    }
    made.reverse();
    assert_eq!(ids(&log, Which::All, None, 2).await, made[..2]);
    assert_eq!(ids(&log, Which::All, Some(made[1]), 2).await, made[2..4]);
    assert_eq!(ids(&log, Which::All, Some(made[3]), 2).await, made[4..]);
    assert_eq!(ids(&log, Which::All, Some(made[4]), 2).await, []);
}

async fn lists_are_filtered(open: &impl Open) {
    let (log, clock) = open().await;
    let (free, leased, finished) = (debate(&log).await, debate(&log).await, debate(&log).await);
    let owner = Owner::new("ann");
    let lease = Duration::from_secs(15);
    log.claim(leased, &owner, lease).await.expect("works").expect("free");
    log.append(&batch(finished, 1, [closed()]), None).await.expect("follows");
    assert_eq!(ids(&log, Which::All, None, 9).await, [finished, leased, free]);
    assert_eq!(ids(&log, Which::Unfinished, None, 9).await, [leased, free]);
    assert_eq!(ids(&log, Which::Finished, None, 9).await, [finished]);
    assert_eq!(ids(&log, Which::Unclaimed, None, 9).await, [free]);
    clock.advance(15_000);
    assert_eq!(ids(&log, Which::Unclaimed, None, 9).await, [leased, free]);
}

async fn a_summary_has_status_and_last_event(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    interject(&log, id, 1, None, "hello").await.expect("follows");
    let summary = &log.list(Which::All, None, 1).await.expect("works")[0];
    assert_eq!(summary.first.event, initialized("who?"));
    assert_eq!(summary.status, summary.first);

    log.claim(id, &Owner::new("ann"), Duration::from_secs(1)).await.expect("works");
    let events = [Event::DebateStarted, interjected("more")];
    log.append(&batch(id, 2, events), None).await.expect("follows");
    let summary = &log.list(Which::All, None, 1).await.expect("works")[0];
    assert_eq!((summary.id, summary.last, summary.epoch), (id, 4, Epoch(1)));
    assert_eq!((summary.status.seq, &summary.status.event), (3, &Event::DebateStarted));
    assert_eq!(summary.updated_at, Timestamp::from_unix_ms(7));
}

async fn ids(log: &Log, which: Which, before: Option<DebateId>, limit: usize) -> Vec<DebateId> {
    let page = log.list(which, before, limit).await.expect("works");
    page.into_iter().map(|summary| summary.id).collect()
}
