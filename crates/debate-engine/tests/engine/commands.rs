use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use futures_util::future::join_all;
use synod_debate_engine::{
    DebateHub, EngineError, ParticipantFactory, Settings, SystemClock,
    test_util::{ScriptedTurn, fitting},
};
use synod_debate_protocol::{Command, Rejection, Status};
use synod_domain::{
    Clock, Event, Outcome, PausePolicy, Purpose, Timestamp, TranscriptEntry, VoidCause,
};
use synod_event_log::LogError;
use tokio::time::{Instant, sleep};

use crate::harness::*;

#[tokio::test(start_paused = true)]
async fn a_stop_cancels_the_calls_and_keeps_their_text() {
    let harness =
        EngineHarness::new(|_, _| ScriptedTurn::hang().in_pieces(["Well", ", then"], SECOND));
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(SECOND / 2).await;
    let began = Instant::now();
    let done = debate.stop(Some("enough".into())).await.unwrap();
    assert_eq!((done.status, done.outcome), (Status::Closed, Some(Outcome::Stopped)));
    assert!(done.recorded);
    let verdict = verdict_of(&debate).await;
    assert_eq!(verdict.reason.as_deref(), Some("enough"));
    while harness.dropped() < 3 {
        tokio::task::yield_now().await;
    }
    assert!(began.elapsed().is_zero());

    let log = log_of(&debate).await;
    let voided = those!(log, Event::CallVoided(voided) => (voided.cause, &*voided.text));
    assert!(voided.eq([(VoidCause::Closed, "Well"); 3]));
    assert_eq!(log.last().unwrap().seq, done.seq);

    // Nothing follows, however late.
    sleep(100 * SECOND).await;
    assert_eq!(log_of(&debate).await.len(), log.len());
    assert!(!debate.stop(None).await.unwrap().recorded);
}

/// Results and a stop at the same instant, over and over: whatever comes first, the log keeps the
/// rules, and ends with the stop.
#[tokio::test(start_paused = true)]
async fn a_stop_concurrent_with_results_is_serialized() {
    for tenths in 1..=40 {
        let harness = EngineHarness::of_one_second_calls();
        let hub = harness.hub();
        let debate = started(&hub, three()).await;
        sleep(SECOND * tenths / 5).await;
        let done = debate.stop(None).await.unwrap();
        sleep(20 * SECOND).await;
        let log = log_of(&debate).await;
        assert_eq!(log.last().unwrap().seq, done.seq);
        let begun = log.iter().filter(|r| r.event.kind() == "call_started").count();
        assert_eq!(begun, harness.asked_in_all());
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_drains_lets_calls_end_and_begins_none() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(SECOND / 2).await;
    debate.pause(PausePolicy::Drain).await.unwrap();
    sleep(60 * SECOND).await;
    let log = audited(&debate).await;
    let ended = log.iter().filter(|r| r.event.kind() == "turn_ended").count();
    assert_eq!((ended, harness.asked_in_all(), harness.dropped()), (3, 3, 0));

    debate.resume().await.unwrap();
    let verdict = verdict_of(&debate).await;
    assert_eq!((verdict.calls.begun, verdict.calls.voided), (24, 0));
    // The pause does not count; what drained in it does not either.
    assert_eq!(verdict.running_ms, 8_000 - 500);
    audited(&debate).await;
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_aborts_drops_calls_and_makes_them_again() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(SECOND / 2).await;
    debate.pause(PausePolicy::Abort).await.unwrap();
    sleep(60 * SECOND).await;
    assert_eq!((harness.asked_in_all(), harness.dropped()), (3, 3));

    debate.resume().await.unwrap();
    let verdict = verdict_of(&debate).await;
    assert_eq!(verdict.calls.voided, 3);
    let openings = harness.asked("ann").into_iter().filter(|b| b.purpose == Purpose::Opening);
    let turns = openings.map(|brief| brief.turn.unwrap().0).collect::<Vec<_>>();
    assert_eq!(turns, [1, 1], "the same turn again");
    audited(&debate).await;
}

#[tokio::test(start_paused = true)]
async fn eight_concurrent_clients_all_get_a_response() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    for round in 0..10_u32 {
        let debate = opened(&hub, three()).await;
        let clients = (0..8).map(|client| {
            let debate = debate.clone();
            tokio::spawn(async move {
                let command = match (client + round) % 4 {
                    0 => Command::Start,
                    1 => Command::Interject { text: format!("{client}"), author: None },
                    2 => Command::Resume,
                    _ => Command::CallVote,
                };
                for _ in 0..3 {
                    match debate.command(command.clone()).await {
                        Ok(_) | Err(EngineError::Rejected(Rejection::NotAllowed { .. })) => {}
                        Err(other) => panic!("{other}"),
                    }
                    sleep(SECOND / 4).await;
                }
            })
        });
        for client in join_all(clients).await {
            client.unwrap();
        }
        verdict_of(&debate).await;
        let log = audited(&debate).await;
        let said = log.iter().filter(|r| r.event.kind() == "interjected").count();
        let started = log.iter().filter(|r| r.event.kind() == "debate_started").count();
        assert_eq!((said, started), (6, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_begin_later_see_an_interjection() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(SECOND / 2).await;
    let done = debate.interject("Mind the cost.", Some("eve".into())).await.unwrap();
    verdict_of(&debate).await;
    let log = audited(&debate).await;
    assert_eq!(log[usize::try_from(done.seq).unwrap() - 1].event.kind(), "interjected");
    for brief in ["ann", "bob", "cleo"].map(|agent| harness.asked(agent)).concat() {
        let hears = brief.transcript.iter().any(
            |entry| matches!(entry, TranscriptEntry::Interjection { text, .. } if &**text == "Mind the cost."),
        );
        assert_eq!(hears, brief.call.0 > 3, "call {}", brief.call.0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_called_vote_ends_the_discussion() {
    let harness = EngineHarness::new(|agent, brief| {
        let wait = if brief.purpose == Purpose::Argument { 5 * SECOND } else { SECOND };
        ScriptedTurn::say(fitting(brief, choice(agent))).after(wait)
    });
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(3 * SECOND).await;
    assert!(debate.call_vote().await.unwrap().recorded);
    assert!(!debate.call_vote().await.unwrap().recorded, "the vote was already called");
    verdict_of(&debate).await;
    let log = audited(&debate).await;
    let passes = those!(log, Event::CallStarted(started) => (started.round, started.pass));
    let round = passes.filter(|(round, pass)| *round == 1 && pass.is_some());
    assert!(round.eq([(1, Some(1)); 3]), "its second pass does not begin");
}

#[tokio::test(start_paused = true)]
async fn disallowed_commands_are_refused_without_effect() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let debate = opened(&hub, three()).await;
    let refused = debate.pause(PausePolicy::Drain).await;
    assert!(matches!(
        refused,
        Err(EngineError::Rejected(Rejection::NotAllowed {
            command: "pause",
            status: Status::Initialized,
            ..
        }))
    ));
    let refused = debate.command(Command::Recover).await;
    assert!(matches!(refused, Err(EngineError::NotForClients("recover"))));
    assert_eq!(kinds(&audited(&debate).await), ["debate_initialized"]);

    let started = debate.start().await.unwrap();
    assert_eq!((started.seq, started.status, started.recorded), (2, Status::Running, true));
    let again = debate.start().await.unwrap();
    assert_eq!((again.status, again.recorded), (Status::Running, false));

    let unknown = hub.get("01939b3e-0000-7000-8000-000000000000".parse().unwrap()).await;
    assert!(matches!(unknown, Err(EngineError::Log(LogError::UnknownDebate(_)))));
}

/// The running time of a debate, not the time on the wall.
#[tokio::test(start_paused = true)]
async fn the_deadline_closes_a_debate() {
    let harness = EngineHarness::new(|_, _| ScriptedTurn::hang());
    let hub = harness.hub();
    let mut config = three();
    config.debate_rules.deadline_seconds = Some(60);
    let debate = started(&hub, config).await;
    let began = Instant::now();
    sleep(20 * SECOND).await;
    debate.pause(PausePolicy::Drain).await.unwrap();
    sleep(100 * SECOND).await;
    debate.resume().await.unwrap();
    let verdict = verdict_of(&debate).await;
    assert_eq!(verdict.outcome, Outcome::Deadline);
    assert_eq!(verdict.running_ms, 60_000);
    assert_eq!(began.elapsed(), 160 * SECOND);
    log_of(&debate).await;
}

#[tokio::test(start_paused = true)]
async fn a_jump_of_the_clock_is_no_running_time() {
    for jump_ms in [3_600_000, -3_600_000] {
        let clock = Arc::new(JumpingClock::default());
        let harness = EngineHarness::new(|_, _| ScriptedTurn::hang());
        let factory: Arc<dyn ParticipantFactory> = Arc::new(harness.clone());
        let log = Arc::clone(&harness.log);
        let hub = DebateHub::new(log, clock.clone(), factory, Settings::default());
        let mut config = three();
        config.debate_rules.deadline_seconds = Some(60);
        let debate = started(&hub, config).await;
        let began = Instant::now();
        sleep(20 * SECOND).await;
        clock.ahead_ms.store(jump_ms, Ordering::Relaxed);
        debate.interject("Mind the time.", None).await.unwrap();
        sleep(20 * SECOND).await;
        // A pause ends at the new hour, and does not count either.
        debate.pause(PausePolicy::Drain).await.unwrap();
        debate.resume().await.unwrap();
        let verdict = verdict_of(&debate).await;
        assert_eq!((verdict.outcome, verdict.running_ms), (Outcome::Deadline, 60_000));
        assert_eq!(began.elapsed(), 60 * SECOND);
        log_of(&debate).await;
    }
}

/// A clock that is set while it runs.
#[derive(Default)]
struct JumpingClock {
    clock: SystemClock,
    ahead_ms: AtomicI64,
}

impl Clock for JumpingClock {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        Timestamp::from_unix_ms(self.clock.now().unix_ms() + ahead)
    }
}

#[tokio::test(start_paused = true)]
async fn a_spent_budget_closes_the_debate_when_a_call_is_due() {
    let harness = EngineHarness::new(|agent, brief| {
        ScriptedTurn::say(fitting(brief, choice(agent))).after(SECOND).costing(400)
    });
    let hub = harness.hub();
    let mut config = three();
    config.debate_rules.max_total_tokens = Some(1_000);
    let debate = started(&hub, config).await;
    let verdict = verdict_of(&debate).await;
    assert_eq!((verdict.outcome, verdict.calls.begun), (Outcome::Budget, 3));
    audited(&debate).await;
}
