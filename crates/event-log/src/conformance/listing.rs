use synod_domain::{DebateId, Event, Timestamp};

use super::{Log, Open, claiming::worker, sample::*};
use crate::{Epoch, ListQuery, Which};

pub(super) async fn run(open: &impl Open) {
    pages_list_newest_first(open).await;
    lists_are_filtered(open).await;
    a_summary_has_status_and_last_event(open).await;
    a_summary_names_the_worker_that_holds_the_debate(open).await;
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
    let (log, _) = open().await;
    let (free, held, finished) = (debate(&log).await, debate(&log).await, debate(&log).await);
    log.claim(held, &worker(&log, "ann").await).await.expect("works").expect("free");
    log.append(&batch(finished, 1, [closed()]), None).await.expect("follows");
    assert_eq!(ids(&log, Which::All, None, 9).await, [finished, held, free]);
    assert_eq!(ids(&log, Which::Unfinished, None, 9).await, [held, free]);
    assert_eq!(ids(&log, Which::Finished, None, 9).await, [finished]);

    let range = ListQuery { from: Some(held), before: Some(finished), ..ListQuery::default() };
    assert_eq!(listed(&log, &range).await, [held]);
    let empty = ListQuery { from: Some(held), before: Some(free), ..ListQuery::default() };
    assert_eq!(listed(&log, &empty).await, []);
    let tea = new_id();
    let of_tea = initialized("Should we drink TEA or ÄTHER?");
    log.create(&batch(tea, 0, [of_tea]), None).await.expect("new");
    for (topic, found) in [("tea", 1), ("Äther", 1), ("äther?", 1), ("%", 0), ("_", 0), ("", 4)] {
        let about = ListQuery { topic: Some(topic.to_owned()), ..ListQuery::default() };
        assert_eq!(listed(&log, &about).await.len(), found, "{topic}");
    }
}

async fn a_summary_names_the_worker_that_holds_the_debate(open: &impl Open) {
    let (log, clock) = open().await;
    let id = debate(&log).await;
    let name = async || {
        let summary = log.list(&ListQuery::default(), 1).await.expect("works").debates.remove(0);
        summary.worker.map(|name| name.to_string())
    };
    assert_eq!(name().await, None);
    let claim = log.claim(id, &worker(&log, "ann").await).await.expect("works").expect("free");
    assert_eq!(name().await.as_deref(), Some("ann"));
    log.release(&claim).await.expect("works");
    assert_eq!(name().await, None);
    log.claim(id, &worker(&log, "bob").await).await.expect("works").expect("free");
    assert_eq!(name().await.as_deref(), Some("bob"));
    clock.advance(15_000);
    assert_eq!(name().await, None);
}

async fn a_summary_has_status_and_last_event(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    interject(&log, id, 1, None, "hello").await.expect("follows");
    let summary = &log.list(&ListQuery::default(), 1).await.expect("works").debates[0];
    assert_eq!(summary.first.event, initialized("who?"));
    assert_eq!(summary.status_event, summary.first);

    log.claim(id, &worker(&log, "ann").await).await.expect("works");
    let events = [Event::DebateStarted, interjected("more")];
    log.append(&batch(id, 2, events), None).await.expect("follows");
    let summary = &log.list(&ListQuery::default(), 1).await.expect("works").debates[0];
    assert_eq!((summary.id, summary.last, summary.epoch), (id, 4, Epoch(1)));
    assert_eq!((summary.status_event.seq, &summary.status_event.event), (3, &Event::DebateStarted));
    assert_eq!(summary.updated_at, Timestamp::from_unix_ms(7));
}

async fn ids(log: &Log, which: Which, before: Option<DebateId>, limit: usize) -> Vec<DebateId> {
    let page = log.list(&ListQuery::of(which).before(before), limit).await.expect("works");
    page.debates.into_iter().map(|summary| summary.id).collect()
}

async fn listed(log: &Log, query: &ListQuery) -> Vec<DebateId> {
    let page = log.list(query, 9).await.expect("works");
    page.debates.into_iter().map(|summary| summary.id).collect()
}
