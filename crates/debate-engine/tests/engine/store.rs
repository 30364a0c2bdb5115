//! A log that fails.

use std::sync::Arc;

use synod_debate_engine::{DebateHandle, DebateHub, test_util::ScriptedTurn};
use synod_debate_protocol::Status;
use synod_domain::{Event, Outcome, PauseReason};
use synod_event_log::conformance::{FaultyLog, WriteFault};
use tokio::time::sleep;

use crate::harness::*;

fn faulty() -> (EngineHarness, Arc<FaultyLog>) {
    let harness = EngineHarness::of_one_second_calls();
    let log = Arc::new(FaultyLog::without_faults(Arc::clone(&harness.log)));
    (harness.on(log.clone()), log)
}

/// Runs a debate whose log fails in the midst of the openings.
async fn with_faults(faults: &[WriteFault]) -> (EngineHarness, DebateHub, DebateHandle) {
    let (harness, log) = faulty();
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(SECOND / 2).await;
    log.fail(faults.iter().copied());
    (harness, hub, debate)
}

#[tokio::test(start_paused = true)]
async fn an_append_without_answer_is_done_once() {
    use WriteFault::{AnswerLost, None, RequestLost};
    for faults in [
        &[AnswerLost][..],
        &[RequestLost],
        &[None, AnswerLost, AnswerLost, None, RequestLost, RequestLost],
    ] {
        let (harness, _hub, debate) = with_faults(faults).await;
        let verdict = verdict_of(&debate).await;
        assert_eq!((verdict.outcome, verdict.calls.begun), (Outcome::Deadlock, 24));
        assert_eq!(harness.asked_in_all(), 24, "no call is made twice");
        audited(&debate).await;
    }
}

/// What calls have brought is recorded when the store is back.
#[tokio::test(start_paused = true)]
async fn results_survive_a_log_that_is_down() {
    for fault in [WriteFault::Down, WriteFault::RequestLost] {
        let (harness, _hub, debate) = with_faults(&[fault; 30]).await;
        let verdict = verdict_of(&debate).await;
        assert_eq!((verdict.outcome, verdict.calls.begun), (Outcome::Deadlock, 24));
        assert_eq!((harness.asked_in_all(), verdict.calls.voided), (24, 0));
        audited(&debate).await;
    }
}

/// Nor does a process that ends before it would have tried again.
#[tokio::test(start_paused = true)]
async fn refused_appends_are_retried_before_shutdown() {
    let (_stage, hub, debate) = with_faults(&[WriteFault::Down]).await;
    sleep(SECOND).await;
    hub.close().await;
    let log = audited(&debate).await;
    let count = |kind| log.iter().filter(|r| r.event.kind() == kind).count();
    assert_eq!((count("turn_ended"), count("call_voided")), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn a_full_store_pauses_the_debate() {
    // The end of a turn finds no room; the pause finds the reserve.
    let (harness, _hub, debate) = with_faults(&[WriteFault::Full]).await;
    sleep(60 * SECOND).await;
    let log = audited(&debate).await;
    let paused = those!(log, Event::DebatePaused(paused) => paused.reason);
    assert!(paused.eq([PauseReason::DiskFull]));
    assert_eq!(debate.snapshot().await.unwrap().status(), Status::Paused);
    let ended = log.iter().filter(|r| r.event.kind() == "turn_ended").count();
    assert_eq!(ended, 3, "what was said is kept");

    debate.resume().await.unwrap();
    assert_eq!(verdict_of(&debate).await.calls.begun, 24);
    assert_eq!(harness.asked_in_all(), 24);
}

#[tokio::test(start_paused = true)]
async fn a_full_log_without_reserve_is_retried_until_there_is_space() {
    let (harness, _hub, debate) = with_faults(&[WriteFault::Full; 40]).await;
    let verdict = verdict_of(&debate).await;
    assert_eq!((verdict.outcome, verdict.calls.begun), (Outcome::Deadlock, 24));
    assert_eq!(harness.asked_in_all(), 24);
    audited(&debate).await;
}

#[tokio::test(start_paused = true)]
async fn a_start_that_the_log_refuses_is_an_error_of_the_client() {
    let (harness, log) = faulty();
    let hub = harness.hub();
    let debate = opened(&hub, three()).await;
    log.fail([WriteFault::Full]);
    assert!(debate.start().await.is_err());
    assert!(debate.start().await.unwrap().recorded);
}

/// A process whose lease cannot be renewed ends its calls before another may claim the debate, and
/// takes it up again when it may.
#[tokio::test(start_paused = true)]
async fn a_process_without_the_log_releases_its_debates() {
    let harness = EngineHarness::new(|_, _| ScriptedTurn::hang());
    let log = Arc::new(FaultyLog::without_faults(Arc::clone(&harness.log)));
    let harness = harness.on(log.clone());
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(6 * SECOND).await;
    log.fail_renewals(true);
    // The lease was renewed after five seconds.
    sleep(13 * SECOND).await;
    assert_eq!(harness.dropped(), 3, "before the twentieth second");
    sleep(10 * SECOND).await;
    assert_eq!(harness.asked_in_all(), 3);
    log.fail_renewals(false);
    sleep(10 * SECOND).await;
    assert_eq!(harness.asked_in_all(), 6);
    assert!(kinds(&audited(&debate).await).contains(&"debate_recovered"));
}

/// The log granted a claim, and the process never learnt of it.
#[tokio::test(start_paused = true)]
async fn a_claim_whose_answer_is_lost_is_found() {
    let (harness, log) = faulty();
    let first = harness.hub();
    let (one, two) = (started(&first, three()).await, opened(&first, three()).await);
    first.close().await;
    let hub = harness.hub_of("next");
    log.lose_answer_of_claim();
    hub.recover().await.unwrap_err();
    sleep(6 * SECOND).await;
    log.lose_answer_of_claim();
    hub.get(two.id()).await.unwrap().start().await.unwrap();
    for debate in [one, two] {
        assert_eq!(verdict_of(&debate).await.outcome, Outcome::Deadlock);
        audited(&debate).await;
    }
}

#[tokio::test(start_paused = true)]
async fn calls_do_not_begin_before_their_start_is_durable() {
    let (harness, log) = faulty();
    let hub = harness.hub();
    let debate = opened(&hub, three()).await;
    log.fail([WriteFault::None, WriteFault::Down]);
    debate.start().await.unwrap();
    sleep(SECOND / 2).await;
    assert_eq!(harness.asked_in_all(), 0, "their append was refused");
    verdict_of(&debate).await;
    audited(&debate).await;
}

/// The starts of calls that are due together are one append, and so one sync of a durable log.
#[tokio::test(start_paused = true)]
async fn calls_that_are_due_together_begin_in_one_append() {
    let (harness, log) = faulty();
    let hub = harness.hub();
    let debate = opened(&hub, three()).await;
    // The start, and the first calls; every later append fails.
    log.fail([WriteFault::None, WriteFault::None].into_iter().chain([WriteFault::Down; 3]));
    debate.start().await.unwrap();
    sleep(SECOND / 2).await;
    assert_eq!(harness.asked_in_all(), 3);
}

/// So are the ends of calls that end together and the starts of the calls that follow.
#[tokio::test(start_paused = true)]
async fn calls_that_end_together_and_their_successors_are_one_append() {
    let (harness, log) = faulty();
    let hub = harness.hub();
    let debate = opened(&hub, three()).await;
    // The start, the openings, and their ends with the blind ballots; every later append fails.
    log.fail([WriteFault::None; 3].into_iter().chain([WriteFault::Down; 3]));
    debate.start().await.unwrap();
    sleep(SECOND * 3 / 2).await;
    assert_eq!(harness.asked_in_all(), 6);
    let kinds = kinds(&log_of(&debate).await).join(" ");
    assert!(
        kinds.ends_with("turn_ended turn_ended turn_ended call_started call_started call_started"),
        "{kinds}"
    );
}
