//! Appends whose outcome the store does not report.

use std::sync::Arc;

use super::{FaultyLog, Log, Open, WriteFault, claiming::worker, sample::*};
use crate::{Created, IdempotencyKey, LogError, append_once, create_once};

pub(super) async fn run(open: &impl Open) {
    a_written_batch_is_not_written_again(open).await;
    an_unwritten_batch_is_retried(open).await;
    a_write_by_another_is_a_conflict(open).await;
    a_batch_written_before_a_takeover_is_kept(open).await;
    a_store_that_never_answers_stays_unknown(open).await;
    a_debate_is_created_once(open).await;
}

async fn faulty(open: &impl Open) -> (Arc<FaultyLog>, Log) {
    let (log, _) = open().await;
    let faulty = Arc::new(FaultyLog::without_faults(log));
    (Arc::clone(&faulty), faulty)
}

async fn a_written_batch_is_not_written_again(open: &impl Open) {
    let (faults, log) = faulty(open).await;
    let id = debate(&log).await;
    faults.fail([WriteFault::AnswerLost]);
    let two = batch(id, 1, [interjected("a"), interjected("b")]);
    assert_eq!(append_once(&*log, &two, None).await.expect("written"), 3);
    let all = log.read(id, 2, 9).await.expect("there");
    assert_eq!(texts(&all), [(2, "a".into()), (3, "b".into())]);
}

async fn an_unwritten_batch_is_retried(open: &impl Open) {
    let (faults, log) = faulty(open).await;
    let id = debate(&log).await;
    faults.fail([WriteFault::RequestLost, WriteFault::RequestLost, WriteFault::AnswerLost]);
    let one = batch(id, 1, [interjected("a")]);
    assert_eq!(append_once(&*log, &one, None).await.expect("written"), 2);
    assert_eq!(texts(&log.read(id, 2, 9).await.expect("there")), [(2, "a".to_owned())]);
}

async fn a_write_by_another_is_a_conflict(open: &impl Open) {
    let (faults, log) = faulty(open).await;
    let id = debate(&log).await;
    faults.fail([WriteFault::RequestLost]);
    let ours = batch(id, 1, [interjected("ours")]);
    let (ours, theirs) =
        tokio::join!(append_once(&*log, &ours, None), interject(&log, id, 1, None, "theirs"));
    assert_eq!(theirs.expect("first"), 2);
    assert!(matches!(ours, Err(LogError::Conflict { last: 2, .. })), "{ours:?}");
}

async fn a_batch_written_before_a_takeover_is_kept(open: &impl Open) {
    let (faults, log) = faulty(open).await;
    let id = debate(&log).await;
    let ann = worker(&log, "ann").await;
    let before = log.claim(id, &ann).await.expect("works").expect("free").epoch;
    let (one, two) = (batch(id, 1, [interjected("a")]), batch(id, 2, [interjected("b")]));
    faults.fail([WriteFault::AnswerLost, WriteFault::RequestLost]);
    let take_over = async || log.claim(id, &ann).await.expect("works").expect("hers");
    let (written, after) = tokio::join!(append_once(&*log, &one, Some(before)), take_over());
    assert_eq!(written.expect("before the takeover"), 2);
    let (fenced, _) = tokio::join!(append_once(&*log, &two, Some(after.epoch)), take_over());
    assert!(matches!(fenced, Err(LogError::Fenced { .. })), "{fenced:?}");
}

async fn a_store_that_never_answers_stays_unknown(open: &impl Open) {
    let (faults, log) = faulty(open).await;
    let id = debate(&log).await;
    faults.fail([WriteFault::RequestLost; 20]);
    let unknown = append_once(&*log, &batch(id, 1, [interjected("a")]), None).await;
    assert!(matches!(unknown, Err(LogError::Unknown { .. })), "{unknown:?}");
}

async fn a_debate_is_created_once(open: &impl Open) {
    let (faults, log) = faulty(open).await;
    let key = IdempotencyKey::new("k", "who?");
    for (fault, key) in [
        (WriteFault::RequestLost, None),
        (WriteFault::AnswerLost, None),
        (WriteFault::AnswerLost, Some(&key)),
    ] {
        faults.fail([fault]);
        let first = batch(new_id(), 0, [initialized("who?")]);
        let created = create_once(&*log, &first, key).await.expect("created");
        assert_eq!(created, Created::New(first.debate_id()));
        assert_eq!(log.read(first.debate_id(), 1, 9).await.expect("there").len(), 1);
    }
}
