//! Messages with an idempotency key.

use std::sync::Arc;

use futures_util::future::join_all;
use synod_debate_engine::{DebateHandle, test_util::ScriptedTurn};
use synod_debate_protocol::Status;
use synod_domain::Event;
use synod_event_log::{
    IdempotencyKey,
    conformance::{FaultyLog, WriteFault},
};
use tokio::time::sleep;

use crate::harness::*;

async fn said(debate: &DebateHandle) -> Vec<String> {
    let log = log_of(debate).await;
    those!(log, Event::Interjected(message) => message.text.to_string()).collect()
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new("k", text)
}

#[tokio::test(start_paused = true)]
async fn a_message_is_sent_once_for_its_key_by_all_processes() {
    let harness = EngineHarness::new(|_, _| ScriptedTurn::hang());
    let (first, second) = (harness.hub_of("first"), harness.hub_of("second"));
    let debate = started(&first, three()).await;
    let other = second.get(debate.id()).await.unwrap();
    let send = async |debate: &DebateHandle, text: &str| {
        debate.interject_once(text, None, &key(text)).await.unwrap()
    };
    let at_once = join_all((0..8).map(|i| send(if i % 2 == 0 { &debate } else { &other }, "a")));
    let done = at_once.await;
    assert_eq!(done.iter().filter(|done| done.recorded).count(), 1);
    assert!(done.iter().all(|repeated| repeated.seq == done[0].seq), "{done:?}");
    assert!(send(&other, "b").await.recorded, "another message of the same key");
    debate.interject("a", None).await.unwrap();
    assert_eq!(said(&debate).await, ["a", "b", "a"]);
    debate.stop(None).await.unwrap();
    let again = send(&other, "a").await;
    assert_eq!((again.seq, again.recorded, again.status), (done[0].seq, false, Status::Closed));
    assert!(other.interject_once("c", None, &key("c")).await.is_err(), "the debate is over");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_the_log_did_not_confirm_is_sent_once() {
    use WriteFault::{AnswerLost, RequestLost};
    for faults in [&[AnswerLost; 9][..], &[RequestLost], &[RequestLost, AnswerLost]] {
        let harness = EngineHarness::of_one_second_calls();
        let log = Arc::new(FaultyLog::without_faults(Arc::clone(&harness.log)));
        let harness = harness.on(log.clone());
        let debate = opened(&harness.hub(), three()).await;
        log.fail(faults.iter().copied());
        // The client does not wait for the outcome.
        let key = key("a");
        let first = debate.interject_once("a", None, &key);
        let _ = tokio::time::timeout(SECOND / 100, first).await;
        sleep(SECOND).await;
        debate.interject_once("a", None, &key).await.unwrap();
        assert_eq!(said(&debate).await, ["a"], "{faults:?}");
    }
}
