use futures_util::StreamExt;
use synod_domain::DebateId;

use super::{Open, claiming::worker, sample::*};
use crate::{Created, IdempotencyKey, ListQuery, LogError};

pub(super) async fn run(open: &impl Open) {
    a_purged_debate_is_gone_and_its_id_is_not_reused(open).await;
    subscribers_get_the_purge_as_an_error(open).await;
}

async fn a_purged_debate_is_gone_and_its_id_is_not_reused(open: &impl Open) {
    let (log, _) = open().await;
    let (id, other) = (new_id(), debate(&log).await);
    let key = IdempotencyKey::new("k", "who?");
    let first = batch(id, 0, [initialized("who?")]);
    log.create(&first, Some(&key)).await.expect("new");
    log.purge(id).await.expect("there");
    log.purge(id).await.expect("gone already");

    assert_gone(id, &log.read(id, 1, 9).await);
    assert_gone(id, &interject(&log, id, 1, None, "anyone?").await);
    assert_gone(id, &log.append(&first, None).await);
    assert_gone(id, &log.create(&first, None).await);
    assert_gone(id, &log.claim(id, &worker(&log, "ann").await).await);
    let repeated = log.create(&batch(new_id(), 0, [initialized("who?")]), Some(&key)).await;
    assert_eq!(repeated.expect("known"), Created::Existing(id));
    let listed = log.list(&ListQuery::default(), 9).await.expect("works");
    assert!(listed.debates.iter().map(|summary| summary.id).eq([other]));
    let unknown = log.purge(new_id()).await;
    assert!(matches!(unknown, Err(LogError::UnknownDebate(_))), "{unknown:?}");
}

async fn subscribers_get_the_purge_as_an_error(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    let mut events = log.subscribe(id, 1);
    assert!(matches!(events.next().await, Some(Ok(_))));
    let waiting = tokio::spawn(async move { (events.next().await, events.next().await) });
    tokio::task::yield_now().await;
    log.purge(id).await.expect("there");
    let (end, nothing) = waiting.await.expect("no panic");
    assert_gone(id, &end.expect("an error"));
    assert!(nothing.is_none());
}

fn assert_gone<T: std::fmt::Debug>(id: DebateId, result: &Result<T, LogError>) {
    assert!(matches!(result, Err(LogError::Purged(gone)) if *gone == id), "{result:?}");
}
