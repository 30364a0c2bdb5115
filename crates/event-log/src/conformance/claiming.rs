use std::time::Duration;

use super::{Open, sample::*};
use crate::{Epoch, LogError, Owner};

const LEASE: Duration = Duration::from_secs(15);

pub(super) async fn run(open: &impl Open) {
    one_owner_at_a_time(open).await;
    an_owner_need_not_wait_for_its_own_lease(open).await;
    a_renewed_lease_lasts(open).await;
    a_released_debate_is_free_at_once(open).await;
    an_append_with_an_earlier_epoch_is_fenced(open).await;
    one_of_concurrent_claims_is_granted(open).await;
    a_finished_debate_is_not_claimed(open).await;
}

async fn one_owner_at_a_time(open: &impl Open) {
    let (log, clock) = open().await;
    let id = debate(&log).await;
    let (ann, bob) = (Owner::new("ann"), Owner::new("bob"));
    let claim = log.claim(id, &ann, LEASE).await.expect("works").expect("free");
    assert_eq!((claim.id, claim.epoch, claim.last), (id, Epoch(1), 1));
    clock.advance(14_999);
    assert_eq!(log.claim(id, &bob, LEASE).await.expect("works"), None);
    clock.advance(1);
    let claim = log.claim(id, &bob, LEASE).await.expect("works").expect("the lease expired");
    assert_eq!(claim.epoch, Epoch(2));
    let unknown = log.claim(new_id(), &ann, LEASE).await;
    assert!(matches!(unknown, Err(LogError::UnknownDebate(_))), "{unknown:?}");
}

async fn an_owner_need_not_wait_for_its_own_lease(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    let ann = Owner::new("ann");
    let first = log.claim(id, &ann, LEASE).await.expect("works").expect("free");
    let second = log.claim(id, &ann, LEASE).await.expect("works").expect("its own");
    assert!(second.epoch > first.epoch);
    let zombie = interject(&log, id, 1, Some(first.epoch), "from before the restart").await;
    assert!(matches!(zombie, Err(LogError::Fenced { .. })), "{zombie:?}");
}

async fn a_renewed_lease_lasts(open: &impl Open) {
    let (log, clock) = open().await;
    let id = debate(&log).await;
    let (ann, bob) = (Owner::new("ann"), Owner::new("bob"));
    let claim = log.claim(id, &ann, LEASE).await.expect("works").expect("free");
    for _ in 0..4 {
        clock.advance(10_000);
        log.renew(&claim, LEASE).await.expect("still hers");
        assert_eq!(log.claim(id, &bob, LEASE).await.expect("works"), None);
    }
    clock.advance(15_000);
    log.claim(id, &bob, LEASE).await.expect("works").expect("the lease expired");
    let lost = log.renew(&claim, LEASE).await;
    assert!(matches!(lost, Err(LogError::Fenced { epoch: Epoch(2) })), "{lost:?}");
}

async fn a_released_debate_is_free_at_once(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    let (ann, bob) = (Owner::new("ann"), Owner::new("bob"));
    let anns = log.claim(id, &ann, LEASE).await.expect("works").expect("free");
    log.release(&anns).await.expect("works");
    let bobs = log.claim(id, &bob, LEASE).await.expect("works").expect("free");
    assert!(bobs.epoch > anns.epoch);
    log.release(&anns).await.expect("a claim that was lost is released already");
    assert_eq!(log.claim(id, &ann, LEASE).await.expect("works"), None);
}

/// Appends with an earlier epoch are refused after a claim. Clients append without an epoch and are
/// not fenced.
async fn an_append_with_an_earlier_epoch_is_fenced(open: &impl Open) {
    let (log, clock) = open().await;
    let id = debate(&log).await;
    let ann = log.claim(id, &Owner::new("ann"), LEASE).await.expect("works").expect("free");
    interject(&log, id, 1, Some(ann.epoch), "ann").await.expect("hers");
    clock.advance(15_000);
    interject(&log, id, 2, Some(ann.epoch), "late but alone").await.expect("no other claim");
    let bob = log.claim(id, &Owner::new("bob"), LEASE).await.expect("works").expect("free");
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
    let owners = (0..8).map(|i| {
        let log = log.clone();
        tokio::spawn(async move { log.claim(id, &Owner::new(i.to_string()), LEASE).await })
    });
    let mut granted = 0;
    for owner in owners.collect::<Vec<_>>() {
        granted += usize::from(owner.await.expect("no panic").expect("works").is_some());
    }
    assert_eq!(granted, 1);
}

async fn a_finished_debate_is_not_claimed(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    log.append(&batch(id, 1, [closed()]), None).await.expect("follows");
    assert_eq!(log.claim(id, &Owner::new("ann"), LEASE).await.expect("works"), None);
}
