//! Participants that misbehave.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt};
use synod_debate_engine::{
    DebateHub, Participant, Progress, ReplyFuture, Settings, SystemClock,
    test_util::{ScriptedTurn, fitting, setup},
};
use synod_domain::{
    BallotResult, Brief, DebateId, Event, FailureCause, Outcome, ParticipantProfile, Purpose,
    Truncated, TurnEnded, TurnResult, VoidCause,
};
use synod_event_log::MemoryLog;
use tokio::time::Instant;

use crate::harness::*;

fn turns(log: &[Arc<synod_domain::Recorded>], agent: &str) -> Vec<TurnEnded> {
    let turns = those!(log, Event::TurnEnded(ended) => TurnEnded::clone(ended));
    turns.filter(|ended| ended.agent_id.as_str() == agent).collect()
}

#[tokio::test(start_paused = true)]
async fn a_participant_that_panics_has_failed_that_call() {
    let harness = EngineHarness::new(|agent, brief| match (agent, brief.purpose) {
        ("bob", Purpose::Argument | Purpose::Ballot) => ScriptedTurn::panic(),
        _ => ScriptedTurn::say(fitting(brief, "Yes")),
    });
    let hub = harness.hub();
    let mut config = three();
    config.consensus_threshold = 0.6;
    let debate = started(&hub, config).await;
    let verdict = verdict_of(&debate).await;
    assert_eq!((verdict.outcome, verdict.votes), (Outcome::Consensus, 2));
    assert_eq!(verdict.panel.unwrap().failed, 1);
    let log = audited(&debate).await;
    let forfeited = &turns(&log, "bob")[1];
    assert_eq!(forfeited.result, TurnResult::Forfeited);
    assert_eq!(forfeited.cause, Some(FailureCause::ModelError));
}

/// Also a participant that panics before it has a future to give.
#[tokio::test(start_paused = true)]
async fn a_participant_may_panic_at_once() {
    let clock = Arc::new(SystemClock::new());
    let log = Arc::new(MemoryLog::new(clock.clone()));
    let factory = |_: DebateId, _: &Arc<ParticipantProfile>| -> Arc<dyn Participant> {
        Arc::new(|_: Brief, _: Progress| -> ReplyFuture { panic!("at once") })
    };
    let hub = DebateHub::new(log, clock, Arc::new(factory), Settings::default());
    let debate = started(&hub, three()).await;
    assert_eq!(verdict_of(&debate).await.outcome, Outcome::QuorumLost);
    audited(&debate).await;
}

#[tokio::test(start_paused = true)]
async fn a_factory_that_panics_fails_the_debate() {
    let clock = Arc::new(SystemClock::new());
    let log = Arc::new(MemoryLog::new(clock.clone()));
    let factory = |_: DebateId, _: &Arc<ParticipantProfile>| -> Arc<dyn Participant> {
        panic!("no one is there")
    };
    let hub = DebateHub::new(log, clock, Arc::new(factory), Settings::default());
    let debate = started(&hub, three()).await;
    assert_eq!(verdict_of(&debate).await.outcome, Outcome::Failed);
    audited(&debate).await;
}

#[tokio::test(start_paused = true)]
async fn a_participant_that_hangs_is_given_up() {
    let harness = EngineHarness::new(|agent, brief| match (agent, brief.purpose) {
        ("bob", Purpose::Opening) => ScriptedTurn::hang().in_pieces(["Half a"], SECOND),
        _ => ScriptedTurn::say(fitting(brief, "Yes")).after(SECOND),
    });
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    let began = Instant::now();
    verdict_of(&debate).await;
    let log = audited(&debate).await;
    let given_up = &turns(&log, "bob")[0];
    assert_eq!((given_up.result, &*given_up.text), (TurnResult::Forfeited, "Half a"));
    assert_eq!(given_up.cause, Some(FailureCause::ModelError));
    // Its time limit, the grace, and one second for each of the groups that follow.
    let others = began.elapsed() - Duration::from_secs(60 + 45 * 60);
    assert!(others < 10 * SECOND, "{others:?}");
    assert_eq!(harness.dropped(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_partial_text_of_a_late_turn_counts() {
    let harness = EngineHarness::new(|agent, brief| match (agent, brief.purpose) {
        ("bob", Purpose::Opening) => {
            ScriptedTurn::fail(FailureCause::Deadline).in_pieces(["Answer: No. It"], SECOND)
        }
        _ => ScriptedTurn::say(fitting(brief, choice(agent))),
    });
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    verdict_of(&debate).await;
    let log = audited(&debate).await;
    let late = &turns(&log, "bob")[0];
    assert_eq!((late.result, late.truncated), (TurnResult::Spoke, Some(Truncated::Deadline)));
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_ballot_is_repaired_once() {
    let harness = EngineHarness::new(|agent, brief| match (agent, brief.purpose) {
        ("bob", Purpose::Ballot) => ScriptedTurn::say("{\"choice\": \"Maybe\"}"),
        _ => ScriptedTurn::say(fitting(brief, "Yes")),
    });
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    verdict_of(&debate).await;
    let log = audited(&debate).await;
    let bobs = harness.asked("bob");
    let ballots = bobs.iter().filter(|brief| brief.purpose == Purpose::Ballot);
    let repairs = ballots.map(|brief| brief.repair.is_some()).collect::<Vec<_>>();
    assert_eq!(repairs[..4], [false, true, false, true]);
    let voided = those!(log, Event::CallVoided(voided) => voided.cause);
    assert!(voided.eq(vec![VoidCause::Invalid; repairs.len() / 2]));
    let none = |event: &Event| matches!(event, Event::BallotRecorded(ballot) if ballot.result == BallotResult::None);
    assert_eq!(log.iter().filter(|r| none(&r.event)).count(), repairs.len() / 2);
}

/// A participant may find that it cannot read a reply.
#[tokio::test(start_paused = true)]
async fn a_reply_that_its_participant_cannot_read_is_repaired_once() {
    let harness = EngineHarness::new(|agent, brief| match (agent, brief.purpose, &brief.repair) {
        ("bob", Purpose::Ballot, None) => ScriptedTurn::fail(FailureCause::Invalid),
        _ => ScriptedTurn::say(fitting(brief, "Yes")),
    });
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    let verdict = verdict_of(&debate).await;
    assert_eq!((verdict.outcome, verdict.votes), (Outcome::Consensus, 3));
    let log = audited(&debate).await;
    let voided = those!(log, Event::CallVoided(voided) => voided.cause);
    assert!(voided.eq([VoidCause::Invalid; 2]));
}

/// Ten megabytes of control characters, in every reply.
#[tokio::test(start_paused = true)]
async fn replies_of_any_size_are_handled() {
    let flood = "\u{1}\u{2}\"\\".repeat(2_500_000);
    let harness = EngineHarness::new(move |agent, brief| match agent {
        "bob" => ScriptedTurn::say(flood.clone()),
        _ => ScriptedTurn::say(fitting(brief, "Yes")),
    });
    let hub = harness.hub();
    let mut config = three();
    config.consensus_threshold = 0.6;
    let debate = started(&hub, config).await;
    assert_eq!(verdict_of(&debate).await.outcome, Outcome::Consensus);
    audited(&debate).await;
}

/// Sixteen turns that have said all they may when the debate is stopped: more than one batch holds.
#[tokio::test(start_paused = true)]
async fn a_stop_fits_the_log_after_any_replies() {
    let names = (0..16).map(|i| format!("agent{i}")).collect::<Vec<_>>();
    let names = names.iter().map(String::as_str).collect::<Vec<_>>();
    let config = synod_debate_engine::test_util::closed_question(&names, &["Yes", "No"]);
    let harness =
        EngineHarness::new(|_, _| ScriptedTurn::hang().in_pieces(["long ".repeat(40_000)], SECOND));
    let hub = harness.hub();
    let debate = started(&hub, config).await;
    tokio::time::sleep(10 * SECOND).await;
    debate.stop(None).await.unwrap();
    assert_eq!(log_of(&debate).await.len(), 2 + 16 + 16 + 1);
}

#[tokio::test(start_paused = true)]
async fn late_reports_of_ended_calls_change_nothing() {
    let clock = Arc::new(SystemClock::new());
    let log = Arc::new(MemoryLog::new(clock.clone()));
    let factory = |_: DebateId, profile: &Arc<ParticipantProfile>| -> Arc<dyn Participant> {
        let model = profile.model.clone();
        Arc::new(move |brief: Brief, progress: Progress| -> ReplyFuture {
            tokio::spawn(async move {
                tokio::time::sleep(2 * SECOND).await;
                progress.delta("too late");
            });
            let reply = synod_debate_engine::Reply::free(fitting(&brief, "Yes"), model.clone());
            async move {
                tokio::time::sleep(SECOND).await;
                Ok(reply)
            }
            .boxed()
        })
    };
    let hub = DebateHub::new(log, clock, Arc::new(factory), Settings::default());
    let debate = hub.open(setup(three())).await.unwrap();
    let mut feed = debate.watch(0);
    debate.start().await.unwrap();
    while let Some(item) = feed.next().await {
        assert!(!matches!(item.unwrap(), synod_debate_engine::FeedItem::Delta(_)));
    }
}
