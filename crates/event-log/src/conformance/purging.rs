use futures_util::StreamExt;
use synod_domain::{CallNo, DebateId};

use super::{Open, claiming::worker, sample::*};
use crate::{Created, IdempotencyKey, ListQuery, LogError, PartialTexts};

pub(super) async fn run(open: &impl Open) {
    a_purged_debate_is_gone_and_its_id_is_not_reused(open).await;
    subscribers_get_the_purge_as_an_error(open).await;
    a_debate_that_is_driven_is_purged_on_demand_only(open).await;
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

async fn a_debate_that_is_driven_is_purged_on_demand_only(open: &impl Open) {
    let (log, clock) = open().await;
    let server = worker(&log, "server").await;
    let [finished, released, expired, forced] =
        [debate(&log).await, debate(&log).await, debate(&log).await, debate(&log).await];
    let held = async |id| log.claim(id, &server).await.expect("works").expect("free");
    let (closing, freed) = (held(finished).await, held(released).await);
    held(expired).await;
    held(forced).await;
    for id in [finished, released, expired, forced] {
        let text = [(CallNo(1), "so far".into())].into();
        log.keep_partials(id, &text).await.expect("works");
        let refused = log.purge_unless_held(id).await;
        let Err(LogError::Held { id: named, worker }) = &refused else {
            panic!("{refused:?}");
        };
        assert!(*named == id && &**worker == "server", "{refused:?}");
        assert_eq!(log.read(id, 1, 9).await.expect("there").len(), 1);
        assert_eq!(log.partials(id).await.expect("works"), text);
    }
    log.append(&batch(finished, 1, [closed()]), Some(closing.epoch)).await.expect("follows");
    log.release(&freed).await.expect("works");
    log.purge(forced).await.expect("there");
    for id in [finished, released, forced] {
        log.purge_unless_held(id).await.expect("no process drives it");
    }
    clock.advance(3_600_000);
    log.purge_unless_held(expired).await.expect("the lease has ended");
    for id in [finished, released, expired, forced] {
        assert_gone(id, &log.read(id, 1, 9).await);
        assert_eq!(log.partials(id).await.expect("works"), PartialTexts::new());
    }
    let unknown = log.purge_unless_held(new_id()).await;
    assert!(matches!(unknown, Err(LogError::UnknownDebate(_))), "{unknown:?}");
}

fn assert_gone<T: std::fmt::Debug>(id: DebateId, result: &Result<T, LogError>) {
    assert!(matches!(result, Err(LogError::Purged(gone)) if *gone == id), "{result:?}");
}
