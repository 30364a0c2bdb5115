//! Debates in which one speaks at a time.

use synod_debate_engine::test_util::{ScriptedTurn, fitting};
use synod_domain::{AgentId, DebateMode, Event, MoveSource, Outcome, Purpose, VoidCause};
use tokio::time::{Instant, sleep};

use crate::harness::*;

/// Three participants, two rounds of six turns, a closed question: 24 calls in 54 events, the arguments
/// one after another.
#[tokio::test(start_paused = true)]
async fn a_freeform_debate_runs_to_its_verdict() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let began = Instant::now();
    let debate = started(&hub, three_in(DebateMode::Freeform)).await;
    let verdict = verdict_of(&debate).await;
    // Openings and ballots, then twice six turns and ballots.
    assert_eq!(began.elapsed(), 16 * SECOND);
    assert_eq!((verdict.outcome, verdict.calls.begun), (Outcome::Deadlock, 24));
    assert_eq!(audited(&debate).await.len(), 54);
    // Bob is alone with his answer.
    let log = audited(&debate).await;
    let mut speakers = those!(log, Event::TurnEnded(turn) => (turn.round, turn.agent_id.as_str()));
    assert_eq!(speakers.find(|(round, _)| *round == 1), Some((1, "bob")));
}

/// And 36 calls in 78 events, with a move before each turn.
#[tokio::test(start_paused = true)]
async fn an_autonomous_debate_is_led_by_its_moderator() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let mut config = three_in(DebateMode::Autonomous);
    config.debate_rules.moderator = Some(AgentId::new("mod").unwrap());
    let began = Instant::now();
    let debate = started(&hub, config).await;
    let verdict = verdict_of(&debate).await;
    assert_eq!(began.elapsed(), 28 * SECOND);
    assert_eq!((verdict.outcome, verdict.calls.begun), (Outcome::Deadlock, 36));
    let log = audited(&debate).await;
    assert_eq!(log.len(), 78);
    let asked = harness.asked("mod");
    assert_eq!(asked.len(), 12);
    assert!(asked.iter().all(|brief| brief.purpose == Purpose::Move && brief.label.is_none()));
    let sources = those!(log, Event::MoveChosen(chosen) => chosen.source);
    assert!(sources.eq([MoveSource::Moderator; 12]));
}

#[tokio::test(start_paused = true)]
async fn participant_0s_model_moderates_by_default() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let debate = started(&hub, three_in(DebateMode::Autonomous)).await;
    verdict_of(&debate).await;
    let moves = |agent: &str| {
        let asked = harness.asked(agent);
        asked.into_iter().filter(|brief| brief.purpose == Purpose::Move).count()
    };
    assert_eq!(["ann", "bob", "cleo"].map(moves), [12, 0, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_or_failing_moderator_delays_no_one() {
    let harness = EngineHarness::new(|agent, brief| {
        if brief.purpose == Purpose::Move {
            ScriptedTurn::hang()
        } else {
            ScriptedTurn::say(fitting(brief, choice(agent))).after(SECOND)
        }
    });
    let hub = harness.hub();
    let debate = started(&hub, three_in(DebateMode::Autonomous)).await;
    let verdict = verdict_of(&debate).await;
    let log = audited(&debate).await;
    let sources = those!(log, Event::MoveChosen(chosen) => chosen.source);
    assert!(sources.eq([MoveSource::Scheduler; 2]), "then it is asked no more");
    assert_eq!(verdict.calls.begun, 24 + 2);
}

#[tokio::test(start_paused = true)]
async fn a_vote_that_is_called_during_a_move_follows_it() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let debate = started(&hub, three_in(DebateMode::Autonomous)).await;
    sleep(SECOND * 5 / 2).await;
    assert!(debate.call_vote().await.unwrap().recorded);
    verdict_of(&debate).await;
    let log = audited(&debate).await;
    let round = those!(log, Event::CallStarted(call) => (call.round, call.purpose));
    let round: Vec<_> =
        round.filter(|(round, _)| *round == 1).map(|(_, purpose)| purpose).collect();
    let ballot = Purpose::Ballot;
    assert_eq!(round, [Purpose::Move, ballot, ballot, ballot]);
}

/// A crash at every half second of a debate.
#[tokio::test(start_paused = true)]
async fn after_a_crash_only_the_call_in_flight_is_made_again() {
    for (mode, seconds, calls) in [(DebateMode::Freeform, 16, 24), (DebateMode::Autonomous, 28, 36)]
    {
        for halves in 1..2 * seconds {
            let harness = EngineHarness::of_one_second_calls();
            let hub = harness.hub();
            let debate = started(&hub, three_in(mode)).await;
            sleep(SECOND * halves / 2).await;
            drop(hub);
            let crashed = audited(&debate).await;
            let hub = harness.hub();
            assert_eq!(hub.recover().await.unwrap(), 1);
            let verdict = verdict_of(&debate).await;
            let log = audited(&debate).await;
            assert_eq!(log[..crashed.len()], crashed[..]);
            let begun = those!(crashed, Event::CallStarted(started) => started.call).count();
            let ended = crashed.iter().filter(|r| r.event.ends_call().is_some()).count();
            let voided = those!(log, Event::CallVoided(voided) => voided.cause);
            assert!(voided.eq(vec![VoidCause::Lost; begun - ended]));
            assert_eq!(usize::try_from(verdict.calls.begun).unwrap(), calls + begun - ended);
        }
    }
}
