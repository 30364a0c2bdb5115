use serde_json::json;
use tokio::time::advance;

use super::*;

const SYSTEM: Entry = Entry { limitation: Limitation::SystemMessages, shape: None };

fn asks_for_all(_: Limitation) -> bool {
    true
}

fn asks_for_nothing(_: Limitation) -> bool {
    false
}

#[tokio::test(start_paused = true)]
async fn after_an_hour_one_call_retries_what_was_refused() {
    let learnt = Learnt::default();
    learnt.learn(None, vec![SYSTEM], None, asks_for_nothing);
    advance(REMEMBERED - Duration::from_secs(1)).await;
    assert!(learnt.known(None).concessions.has(Limitation::SystemMessages));
    advance(Duration::from_secs(2)).await;
    let first = learnt.known(None);
    assert!(!first.concessions.has(Limitation::SystemMessages));
    assert_eq!(first.retried, [SYSTEM]);
    assert!(learnt.known(None).concessions.has(Limitation::SystemMessages));

    learnt.learn(None, Vec::new(), None, asks_for_all);
    assert_eq!(learnt.limitations(), [], "the server takes it now");
    assert!(!learnt.known(None).concessions.has(Limitation::SystemMessages));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_did_not_ask_finds_out_nothing() {
    let learnt = Learnt::default();
    learnt.learn(None, vec![SYSTEM], None, asks_for_nothing);
    learnt.learn(None, Vec::new(), None, asks_for_nothing);
    assert_eq!(learnt.limitations(), [Limitation::SystemMessages]);
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_one_shape_holds_for_it_alone() {
    let [one, other] = ["a", "b"].map(|key| {
        let schema = json!({ "type": "object", "properties": { key: { "type": "string" } } });
        Some(SchemaHash::of(&schema))
    });
    let learnt = Learnt::default();
    let entry = Entry::new(Limitation::ReplyFormats, Scope::SchemaHash, one);
    learnt.learn(one, vec![entry], None, asks_for_nothing);
    assert!(learnt.known(one).concessions.has(Limitation::ReplyFormats));
    assert!(!learnt.known(other).concessions.has(Limitation::ReplyFormats));
    learnt.learn(other, Vec::new(), None, asks_for_all);
    assert!(learnt.known(one).concessions.has(Limitation::ReplyFormats));
    assert_eq!(learnt.limitations(), [Limitation::SomeSchemas]);
}

#[tokio::test(start_paused = true)]
async fn a_suspect_is_cleared_when_it_is_asked_for_and_taken() {
    let learnt = Learnt::default();
    assert!(!learnt.failed_opaquely(None));
    learnt.learn(None, Vec::new(), Some(SYSTEM), asks_for_nothing);
    assert!(learnt.failed_opaquely(None), "there is a suspect");
    learnt.learn(None, Vec::new(), None, asks_for_all);
    assert!(!learnt.failed_opaquely(None));
    assert_eq!((learnt.suspects(None), learnt.limitations()), (vec![], vec![]));
}
