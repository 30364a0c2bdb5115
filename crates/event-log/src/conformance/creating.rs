use synod_domain::Event;

use super::{Open, sample::*};
use crate::{Created, Epoch, IdempotencyKey, LogError};

pub(super) async fn run(open: &impl Open) {
    a_new_debate_has_its_first_events(open).await;
    a_repeated_request_creates_one_debate(open).await;
    a_key_belongs_to_one_request(open).await;
    concurrent_requests_with_one_key_create_one_debate(open).await;
}

async fn a_new_debate_has_its_first_events(open: &impl Open) {
    let (log, _) = open().await;
    let id = new_id();
    let first = batch(id, 0, [initialized("who?"), Event::DebateStarted]);
    assert_eq!(log.create(&first, None).await.expect("new"), Created::New(id));

    let events = log.read(id, 1, 10).await.expect("there");
    for (stored, (event_id, recorded)) in events.iter().zip(first.events()) {
        assert_eq!(stored.event_id, *event_id);
        assert_eq!(stored.epoch, Epoch(0));
        assert_eq!(stored.recorded, *recorded);
    }
    assert_eq!(events.len(), 2);

    let again = log.create(&batch(id, 0, [initialized("who else?")]), None).await;
    assert!(matches!(again, Err(LogError::Conflict { last: 2, .. })), "{again:?}");
}

async fn a_repeated_request_creates_one_debate(open: &impl Open) {
    let (log, _) = open().await;
    let key = IdempotencyKey::new("k", "who?");
    assert_eq!(log.created_by(&key).await.expect("no error"), None);
    let (first, second) = (new_id(), new_id());
    let created = log.create(&batch(first, 0, [initialized("who?")]), Some(&key)).await;
    assert_eq!(created.expect("new"), Created::New(first));
    let repeated = log.create(&batch(second, 0, [initialized("who?")]), Some(&key)).await;
    assert_eq!(repeated.expect("known"), Created::Existing(first));
    assert_eq!(log.created_by(&key).await.expect("no error"), Some(first));
    let none = log.read(second, 1, 1).await;
    assert!(matches!(none, Err(LogError::UnknownDebate(id)) if id == second), "{none:?}");
}

async fn a_key_belongs_to_one_request(open: &impl Open) {
    let (log, _) = open().await;
    let first = batch(new_id(), 0, [initialized("who?")]);
    log.create(&first, Some(&IdempotencyKey::new("k", "who?"))).await.expect("new");
    let other = batch(new_id(), 0, [initialized("what?")]);
    let key = IdempotencyKey::new("k", "what?");
    let reused = log.create(&other, Some(&key)).await;
    assert!(matches!(reused, Err(LogError::KeyReused)), "{reused:?}");
    let reused = log.created_by(&key).await;
    assert!(matches!(reused, Err(LogError::KeyReused)), "{reused:?}");
    log.create(&other, Some(&IdempotencyKey::new("l", "what?"))).await.expect("another key");
}

async fn concurrent_requests_with_one_key_create_one_debate(open: &impl Open) {
    let (log, _) = open().await;
    let clients = (0..8).map(|_| {
        let log = log.clone();
        tokio::spawn(async move {
            let key = IdempotencyKey::new("k", "who?");
            log.create(&batch(new_id(), 0, [initialized("who?")]), Some(&key)).await
        })
    });
    let (mut new, mut found) = (vec![], vec![]);
    for client in clients.collect::<Vec<_>>() {
        match client.await.expect("no panic").expect("no error") {
            Created::New(id) => new.push(id),
            Created::Existing(id) => found.push(id),
        }
    }
    assert_eq!(new.len(), 1);
    assert!(found.iter().all(|id| *id == new[0]));
}
