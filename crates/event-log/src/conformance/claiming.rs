use std::time::Duration;

use synod_domain::{DebateId, Event};

use super::{Log, Open, sample::*};
use crate::{Claim, Epoch, LogError, Renewal, Takeover, Worker};

const LEASE: Duration = Duration::from_secs(15);

pub(super) async fn run(open: &impl Open) {
    one_worker_at_a_time(open).await;
    a_later_incarnation_need_not_wait_for_the_lease(open).await;
    a_lease_that_is_renewed_lasts_for_all_claims(open).await;
    a_worker_whose_lease_has_expired_holds_nothing(open).await;
    a_worker_without_a_lease_claims_nothing(open).await;
    a_worker_that_leaves_or_releases_frees_its_debates(open).await;
    an_append_with_an_earlier_epoch_is_fenced(open).await;
    one_of_concurrent_claims_is_granted(open).await;
    a_finished_debate_is_not_claimed(open).await;
    debates_that_nobody_holds_are_taken_over(open).await;
    a_debate_left_to_a_request_is_not_taken_over(open).await;
    each_debate_is_taken_over_once(open).await;
}

pub(super) async fn worker(log: &Log, name: &str) -> Worker {
    registered(log, Worker::new(name)).await
}

async fn registered(log: &Log, worker: Worker) -> Worker {
    log.register(&worker, LEASE).await.expect("works");
    worker
}

/// A debate that has been started.
async fn started(log: &Log) -> DebateId {
    let id = debate(log).await;
    log.append(&batch(id, 1, [Event::DebateStarted]), None).await.expect("follows");
    id
}

async fn claim(log: &Log, id: DebateId, worker: &Worker) -> Option<Claim> {
    log.claim(id, worker).await.expect("works")
}

async fn one_worker_at_a_time(open: &impl Open) {
    let (log, clock) = open().await;
    let id = debate(&log).await;
    let (ann, bob) = (worker(&log, "ann").await, worker(&log, "bob").await);
    let first = claim(&log, id, &ann).await.expect("free");
    assert_eq!((first.id, first.epoch, first.last), (id, Epoch(1), 1));
    clock.advance(14_999);
    assert_eq!(log.renew(&bob, LEASE).await.expect("works"), Renewal::Continued);
    assert_eq!(claim(&log, id, &bob).await, None);
    clock.advance(1);
    assert_eq!(claim(&log, id, &bob).await.expect("the lease expired").epoch, Epoch(2));
    let unknown = log.claim(new_id(), &bob).await;
    assert!(matches!(unknown, Err(LogError::UnknownDebate(_))), "{unknown:?}");
}

async fn a_later_incarnation_need_not_wait_for_the_lease(open: &impl Open) {
    let (log, _) = open().await;
    let (id, other) = (started(&log).await, started(&log).await);
    let before = worker(&log, "ann").await;
    let first = claim(&log, id, &before).await.expect("free");
    let again = claim(&log, id, &before).await.expect("its own");
    assert!(again.epoch > first.epoch);
    claim(&log, other, &before).await.expect("free");

    let after = worker(&log, "ann").await;
    let taken = log.take_over(&after, &[], 9).await.expect("works");
    assert!(taken.iter().map(|claim| claim.id).eq([id, other]), "{taken:?}");
    let zombie = interject(&log, id, 2, Some(again.epoch), "from before the restart").await;
    assert!(matches!(zombie, Err(LogError::Fenced { .. })), "{zombie:?}");
    for lost in [log.renew(&before, LEASE).await.err(), log.claim(id, &before).await.err()] {
        assert!(matches!(lost, Some(LogError::LeaseLost { .. })), "{lost:?}");
    }
    log.deregister(&before).await.expect("it has no effect");
    assert_eq!(log.renew(&after, LEASE).await.expect("works"), Renewal::Continued);
}

async fn a_lease_that_is_renewed_lasts_for_all_claims(open: &impl Open) {
    let (log, clock) = open().await;
    let ids = [started(&log).await, started(&log).await];
    let (ann, bob) = (worker(&log, "ann").await, worker(&log, "bob").await);
    for id in ids {
        claim(&log, id, &ann).await.expect("free");
    }
    for _ in 0..4 {
        clock.advance(10_000);
        for worker in [&ann, &bob] {
            assert_eq!(log.renew(worker, LEASE).await.expect("works"), Renewal::Continued);
        }
        assert_eq!(claim(&log, ids[0], &bob).await, None);
        assert_eq!(log.take_over(&bob, &[], 9).await.expect("works"), []);
    }
}

async fn a_worker_whose_lease_has_expired_holds_nothing(open: &impl Open) {
    let (log, clock) = open().await;
    let id = started(&log).await;
    let ann = worker(&log, "ann").await;
    let first = claim(&log, id, &ann).await.expect("free");
    clock.advance(15_000);
    // No other worker has claimed the debate, so the epoch is still the current one.
    interject(&log, id, 2, Some(first.epoch), "late but alone").await.expect("no other claim");
    assert_eq!(log.renew(&ann, LEASE).await.expect("works"), Renewal::Restarted);
    let bob = worker(&log, "bob").await;
    let taken = log.take_over(&bob, &[], 9).await.expect("works");
    assert_eq!((taken[0].id, taken[0].last), (id, 3));
}

async fn a_worker_without_a_lease_claims_nothing(open: &impl Open) {
    let (log, clock) = open().await;
    let id = started(&log).await;
    let (never, expired) = (Worker::new("never"), worker(&log, "expired").await);
    clock.advance(15_000);
    for worker in [never, expired] {
        let claimed = log.claim(id, &worker).await;
        assert!(matches!(claimed, Err(LogError::LeaseLost { .. })), "{claimed:?}");
        let taken = log.take_over(&worker, &[], 9).await;
        assert!(matches!(taken, Err(LogError::LeaseLost { .. })), "{taken:?}");
    }
}

async fn a_worker_that_leaves_or_releases_frees_its_debates(open: &impl Open) {
    let (log, _) = open().await;
    let (id, other) = (debate(&log).await, debate(&log).await);
    let (ann, bob) = (worker(&log, "ann").await, worker(&log, "bob").await);
    let anns = claim(&log, id, &ann).await.expect("free");
    log.release(&anns).await.expect("works");
    let bobs = claim(&log, id, &bob).await.expect("free");
    assert!(bobs.epoch > anns.epoch);
    log.release(&anns).await.expect("a claim that was lost is released already");
    assert_eq!(claim(&log, id, &ann).await, None);

    claim(&log, other, &ann).await.expect("free");
    log.deregister(&ann).await.expect("works");
    claim(&log, other, &bob).await.expect("free");
}

/// Appends with an earlier epoch are refused after a claim. Clients append without an epoch and are
/// not fenced.
async fn an_append_with_an_earlier_epoch_is_fenced(open: &impl Open) {
    let (log, clock) = open().await;
    let id = debate(&log).await;
    let ann = claim(&log, id, &worker(&log, "ann").await).await.expect("free");
    interject(&log, id, 1, Some(ann.epoch), "ann").await.expect("hers");
    clock.advance(15_000);
    interject(&log, id, 2, Some(ann.epoch), "late but alone").await.expect("no other claim");
    let bob = claim(&log, id, &worker(&log, "bob").await).await.expect("free");
    assert_eq!(bob.last, 3);
    for expected in [2, 3, 4] {
        let zombie = interject(&log, id, expected, Some(ann.epoch), "zombie").await;
        assert!(matches!(zombie, Err(LogError::Fenced { epoch }) if epoch == bob.epoch));
    }
    interject(&log, id, 3, None, "client").await.expect("not fenced");
    interject(&log, id, 4, Some(bob.epoch), "bob").await.expect("his");
    let late = interject(&log, id, 4, Some(bob.epoch), "bob").await;
    assert!(matches!(late, Err(LogError::Conflict { last: 5, epoch }) if epoch == bob.epoch));
    let epochs = log.read(id, 2, 9).await.expect("there").into_iter().map(|s| s.epoch.0);
    assert!(epochs.eq([1, 1, 2, 2]));
}

async fn one_of_concurrent_claims_is_granted(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    let claims = (0..8).map(|i| {
        let log = log.clone();
        tokio::spawn(async move { claim(&log, id, &worker(&log, &i.to_string()).await).await })
    });
    let mut granted = 0;
    for claim in claims.collect::<Vec<_>>() {
        granted += usize::from(claim.await.expect("no panic").is_some());
    }
    assert_eq!(granted, 1);
}

async fn a_finished_debate_is_not_claimed(open: &impl Open) {
    let (log, _) = open().await;
    let id = started(&log).await;
    log.append(&batch(id, 2, [closed()]), None).await.expect("follows");
    let ann = worker(&log, "ann").await;
    assert_eq!(claim(&log, id, &ann).await, None);
    assert_eq!(log.take_over(&ann, &[], 9).await.expect("works"), []);
}

async fn debates_that_nobody_holds_are_taken_over(open: &impl Open) {
    let (log, clock) = open().await;
    let (ann, _unstarted) = (worker(&log, "ann").await, debate(&log).await);
    let [held, free, excepted, purged] = [(); 4].map(|()| started(&log));
    let [held, free, excepted, purged] = [held.await, free.await, excepted.await, purged.await];
    claim(&log, held, &ann).await.expect("free");
    log.purge(purged).await.expect("there");
    let bob = worker(&log, "bob").await;
    let has_left = async |except: &[DebateId]| log.has_debates_left(except).await.expect("works");
    assert!(has_left(&[excepted]).await && !has_left(&[excepted, free]).await);
    let taken = log.take_over(&bob, &[excepted], 9).await.expect("works");
    assert!(taken.iter().map(|claim| claim.id).eq([free]), "{taken:?}");
    assert!(has_left(&[]).await && !has_left(&[excepted]).await);
    interject(&log, free, 2, Some(taken[0].epoch), "bob").await.expect("his");
    clock.advance(14_999);
    log.renew(&bob, LEASE).await.expect("works");
    assert!(!has_left(&[excepted]).await);
    clock.advance(1);
    assert!(has_left(&[excepted]).await, "the lease of the holder has ended");
    let taken = log.take_over(&bob, &[excepted], 9).await.expect("works");
    assert!(taken.iter().map(|claim| (claim.id, claim.epoch)).eq([(held, Epoch(2))]), "{taken:?}");
}

async fn a_debate_left_to_a_request_is_not_taken_over(open: &impl Open) {
    let (log, _) = open().await;
    let id = started(&log).await;
    let terminal = Worker::new("terminal").with_takeover(Takeover::OnRequest);
    let terminal = registered(&log, terminal).await;
    let first = claim(&log, id, &terminal).await.expect("free");
    log.release(&first).await.expect("works");
    log.deregister(&terminal).await.expect("works");
    let server = worker(&log, "server").await;
    assert!(!log.has_debates_left(&[]).await.expect("works"));
    assert_eq!(log.take_over(&server, &[], 9).await.expect("works"), []);

    claim(&log, id, &server).await.expect("it was asked for");
    log.deregister(&server).await.expect("works");
    let next = worker(&log, "next").await;
    let taken = log.take_over(&next, &[], 9).await.expect("works");
    assert!(taken.iter().map(|claim| claim.id).eq([id]), "now it is a server's");
}

async fn each_debate_is_taken_over_once(open: &impl Open) {
    let (log, _) = open().await;
    let mut left = Vec::new();
    for _ in 0..20 {
        left.push(started(&log).await);
    }
    let takers = (0..4).map(|i| {
        let log = log.clone();
        tokio::spawn(async move {
            let (worker, mut all) = (worker(&log, &i.to_string()).await, Vec::new());
            loop {
                let taken = log.take_over(&worker, &[], 3).await.expect("works");
                assert!(taken.len() <= 3);
                if taken.is_empty() {
                    return all;
                }
                all.extend(taken.into_iter().map(|claim| claim.id));
            }
        })
    });
    let mut taken = Vec::new();
    for taker in takers.collect::<Vec<_>>() {
        taken.extend(taker.await.expect("no panic"));
    }
    taken.sort();
    assert_eq!(taken, left);
}
