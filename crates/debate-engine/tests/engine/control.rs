//! What control commands do to the calls of a debate.

use std::time::Duration;

use synod_debate_engine::{
    CallPhase, DebateHandle, Participant, Progress, Reply,
    test_util::{ScriptedTurn, fitting, setup},
};
use synod_debate_protocol::Status;
use synod_domain::{Brief, DebateMode, Event, Outcome, PausePolicy, Purpose, VoidCause};
use tokio::time::{Instant, sleep};

use crate::harness::*;

/// The call of `ann` is served at once, those of others wait behind it.
fn behind_ann() -> EngineHarness {
    EngineHarness::new(|agent, brief| {
        let said = ScriptedTurn::say(fitting(brief, choice(agent))).after(SECOND);
        if agent == "ann" { said } else { said.behind_others(10 * SECOND) }
    })
}

/// The index of an event in the log.
fn index(seq: u64) -> usize {
    usize::try_from(seq - 1).expect("a short log")
}

async fn status(debate: &DebateHandle) -> Status {
    debate.snapshot().await.expect("it is in the log").status()
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_drains_withdraws_the_calls_in_the_queue() {
    let harness = behind_ann();
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(SECOND / 2).await;
    let done = debate.pause(PausePolicy::Drain).await.unwrap();
    sleep(100 * SECOND).await;
    let log = audited(&debate).await;
    let voided = those!(log, Event::CallVoided(voided) => (voided.call.0, voided.cause));
    assert!(voided.eq([(2, VoidCause::Aborted), (3, VoidCause::Aborted)]));
    assert_eq!(log[index(done.seq)].event.kind(), "debate_paused");
    assert_eq!(kinds(&log)[index(done.seq) + 1..], ["call_voided", "call_voided", "turn_ended"]);
    assert_eq!(harness.dropped(), 2);

    debate.resume().await.unwrap();
    let verdict = verdict_of(&debate).await;
    assert_eq!((verdict.calls.begun, verdict.calls.voided), (26, 2));
    let openings = harness.asked("bob").into_iter().filter(|b| b.purpose == Purpose::Opening);
    assert!(openings.map(|brief| brief.turn.unwrap().0).eq([2, 2]), "the same turn again");
    audited(&debate).await;
}

/// Its host is lost in the middle of the reply, and it waits for another.
#[tokio::test(start_paused = true)]
async fn a_drained_call_that_waits_again_is_withdrawn() {
    let harness = EngineHarness::new(|_, _| ScriptedTurn::hang());
    let factory = |_: synod_domain::DebateId, _: &_| -> std::sync::Arc<dyn Participant> {
        std::sync::Arc::new(|_: Brief, progress: Progress| -> synod_debate_engine::ReplyFuture {
            Box::pin(async move {
                progress.phase(CallPhase::Prompting);
                sleep(SECOND).await;
                let (waited, next_try) = (Duration::ZERO, SECOND);
                progress.phase(CallPhase::Away { waited, next_try });
                sleep(SECOND).await;
                Ok(Reply::free("sent again", "m".parse().unwrap()))
            })
        })
    };
    let hub = synod_debate_engine::DebateHub::new(
        harness.log.clone(),
        harness.clock.clone(),
        std::sync::Arc::new(factory),
        synod_debate_engine::Settings::default(),
    );
    let debate = hub.open(setup(three())).await.unwrap();
    debate.start().await.unwrap();
    sleep(SECOND / 2).await;
    debate.pause(PausePolicy::Drain).await.unwrap();
    assert_eq!(debate.snapshot().await.unwrap().open_calls().count(), 3);
    sleep(SECOND).await;
    let log = audited(&debate).await;
    assert!(those!(log, Event::CallVoided(voided) => voided.cause).eq([VoidCause::Aborted; 3]));
    sleep(100 * SECOND).await;
    assert_eq!(log_of(&debate).await.len(), log.len());
}

/// The calls in flight at the pause keep their place; those in the queue begin again.
#[tokio::test(start_paused = true)]
async fn a_debate_can_be_resumed_right_after_each_pause() {
    for policy in [PausePolicy::Drain, PausePolicy::Abort] {
        for mode in [DebateMode::Structured, DebateMode::Freeform, DebateMode::Autonomous] {
            let harness = behind_ann();
            let hub = harness.hub();
            let debate = started(&hub, three_in(mode)).await;
            for _ in 0..12 {
                sleep(SECOND / 2).await;
                debate.pause(policy).await.unwrap();
                assert!(!debate.pause(PausePolicy::Drain).await.unwrap().recorded);
                debate.resume().await.unwrap();
                assert!(!debate.resume().await.unwrap().recorded);
            }
            let verdict = verdict_of(&debate).await;
            assert_eq!(verdict.panel.as_ref().unwrap().failed, 0, "{policy:?} {mode:?}");
            audited(&debate).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_debate_at_any_moment_within_a_second() {
    for halves in 0..24 {
        for policy in [None, Some(PausePolicy::Drain), Some(PausePolicy::Abort)] {
            let harness = behind_ann();
            let hub = harness.hub();
            let debate = started(&hub, three()).await;
            sleep(SECOND * halves / 2).await;
            if let Some(policy) = policy {
                debate.pause(policy).await.unwrap();
                sleep(SECOND / 4).await;
            }
            let began = Instant::now();
            debate.stop(None).await.unwrap();
            assert_eq!(verdict_of(&debate).await.outcome, Outcome::Stopped);
            assert!(began.elapsed().is_zero());
            let asked = harness.asked_in_all();
            sleep(100 * SECOND).await;
            assert_eq!(harness.asked_in_all(), asked);
            audited(&debate).await;
        }
    }
}

/// Commands of a process that does not drive the debate.
#[tokio::test(start_paused = true)]
async fn another_process_ends_the_calls_at_once() {
    let harness = behind_ann();
    let (hub, other) = (harness.hub_of("one"), harness.hub_of("other"));
    let debate = started(&hub, three()).await;
    let elsewhere = other.get(debate.id()).await.unwrap();
    sleep(SECOND / 2).await;
    elsewhere.pause(PausePolicy::Drain).await.unwrap();
    settle(|| harness.dropped() == 2).await;
    elsewhere.pause(PausePolicy::Abort).await.unwrap();
    settle(|| harness.dropped() == 3).await;
    assert_eq!(status(&debate).await, Status::Paused);
    elsewhere.resume().await.unwrap();
    settle(|| harness.asked_in_all() == 6).await;
    elsewhere.stop(None).await.unwrap();
    settle(|| harness.dropped() == 6).await;
    assert_eq!(status(&debate).await, Status::Closed);
    audited(&debate).await;
}

/// Everyone writes three words, one a second, and never ends.
fn of_endless_calls() -> EngineHarness {
    let words = ["one ", "two ", "three "];
    EngineHarness::new(move |_, _| ScriptedTurn::hang().in_pieces(words, SECOND))
}

/// The text of the process that drives the debate, when another ends its calls.
#[tokio::test(start_paused = true)]
async fn another_process_keeps_the_text_so_far() {
    for policy in [None, Some(PausePolicy::Abort)] {
        let harness = of_endless_calls();
        let (hub, other) = (harness.hub_of("one"), harness.hub_of("other"));
        let debate = started(&hub, three()).await;
        let elsewhere = other.get(debate.id()).await.unwrap();
        sleep(SECOND * 5 / 2).await;
        match policy {
            None => elsewhere.stop(None).await.unwrap(),
            Some(policy) => elsewhere.pause(policy).await.unwrap(),
        };
        let log = audited(&debate).await;
        let texts = those!(log, Event::CallVoided(voided) => &*voided.text);
        assert!(texts.eq(["one two three"; 3]));
        sleep(SECOND).await;
        assert!(harness.log.partials(debate.id()).await.unwrap().is_empty(), "no text is left");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_after_a_crash_keeps_the_text_so_far() {
    let harness = of_endless_calls();
    let hub = harness.hub_of("one");
    let debate = started(&hub, three()).await;
    sleep(SECOND * 3 / 2).await;
    drop(hub);
    harness.hub_of("other").get(debate.id()).await.unwrap().stop(None).await.unwrap();
    let log = audited(&debate).await;
    assert!(those!(log, Event::CallVoided(voided) => &*voided.text).eq(["one two"; 3]));
    assert!(harness.log.partials(debate.id()).await.unwrap().is_empty());
}

/// Lets all tasks go on until this holds, without time passing.
async fn settle(holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        tokio::task::yield_now().await;
        assert!(began.elapsed().is_zero());
    }
}
