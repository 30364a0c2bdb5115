//! Debates whose models no host serves at the moment.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use synod_debate_engine::{
    NoService,
    test_util::{ScriptedTurn, fitting, setup},
};
use synod_debate_protocol::Status;
use synod_domain::{
    Brief, DebateMode, Event, FailureCause, HostName, Outcome, PausePolicy, PauseReason, VoidCause,
};
use synod_event_log::conformance::{FaultyLog, WriteFault};
use tokio::time::sleep;

use crate::harness::*;

/// As long as calls wait for hosts.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(120);

/// Everyone answers after a second, unless the hosts of these agents are away.
fn stage_with(away: &'static [&'static str]) -> (EngineHarness, Arc<AtomicBool>) {
    let are_away = Arc::new(AtomicBool::new(true));
    let seen = Arc::clone(&are_away);
    let harness = EngineHarness::new(move |agent: &str, brief: &Brief| {
        if seen.load(Relaxed) && away.contains(&agent) {
            ScriptedTurn::unserved(NoService::Away).after(LIMIT)
        } else {
            ScriptedTurn::say(fitting(brief, choice(agent))).after(SECOND)
        }
    });
    (harness, are_away)
}

const ALL: &[&str] = &["ann", "bob", "cleo"];

#[tokio::test(start_paused = true)]
async fn a_debate_whose_hosts_are_all_away_pauses_and_loses_nothing() {
    for mode in [DebateMode::Structured, DebateMode::Freeform, DebateMode::Autonomous] {
        let (harness, are_away) = stage_with(ALL);
        let hub = harness.hub();
        let debate = started(&hub, three_in(mode)).await;
        sleep(LIMIT + SECOND).await;
        assert_eq!(debate.snapshot().await.unwrap().status(), Status::Paused);
        let log = audited(&debate).await;
        let paused: Vec<_> =
            those!(log, Event::DebatePaused(paused) => (paused.policy, paused.reason)).collect();
        assert_eq!(paused, [(PausePolicy::Abort, PauseReason::HostsAway)]);
        let voided: Vec<_> = those!(log, Event::CallVoided(voided) => voided.cause).collect();
        assert_eq!(voided, [VoidCause::Aborted; 3]);
        assert!(log.iter().all(|recorded| recorded.event.kind() != "turn_ended"));

        are_away.store(false, Relaxed);
        sleep(LIMIT).await;
        assert_eq!(harness.asked_in_all(), 3, "it waits for a resume");
        debate.resume().await.unwrap();
        let verdict = verdict_of(&debate).await;
        assert_ne!(verdict.outcome, Outcome::QuorumLost);
        assert_eq!((verdict.panel.as_ref().unwrap().failed, verdict.calls.voided), (0, 3));
        audited(&debate).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_resumed_debate_pauses_again_while_hosts_stay_away() {
    let (harness, _) = stage_with(ALL);
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    for _ in 0..3 {
        sleep(LIMIT + SECOND).await;
        assert_eq!(debate.snapshot().await.unwrap().status(), Status::Paused);
        debate.resume().await.unwrap();
    }
    debate.stop(None).await.unwrap();
    assert_eq!(verdict_of(&debate).await.outcome, Outcome::Stopped);
    audited(&debate).await;
}

/// Of two hosts, one with two participants.
#[tokio::test(start_paused = true)]
async fn one_unserved_call_fails_alone_if_others_are_served() {
    let (harness, _) = stage_with(&["cleo"]);
    let hub = harness.hub();
    let mut begun = setup(three());
    Arc::make_mut(&mut begun.participants[2]).host = HostName::new("far").unwrap();
    let debate = hub.open(begun).await.unwrap();
    debate.start().await.unwrap();
    let verdict = verdict_of(&debate).await;
    assert_eq!(verdict.panel.as_ref().unwrap().failed, 1);
    let log = audited(&debate).await;
    assert!(log.iter().all(|recorded| recorded.event.kind() != "debate_paused"));
    let causes = those!(log, Event::TurnEnded(ended) => ended.cause);
    assert!(causes.flatten().all(|cause| cause == FailureCause::ModelError));
}

#[tokio::test(start_paused = true)]
async fn clients_may_pause_and_stop_while_hosts_are_away() {
    let harness = EngineHarness::new(|agent: &str, brief: &Brief| {
        if agent == "ann" {
            ScriptedTurn::unserved(NoService::Away)
        } else {
            ScriptedTurn::say(fitting(brief, choice(agent))).after(60 * SECOND)
        }
    });
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(SECOND).await;
    debate.pause(PausePolicy::Abort).await.unwrap();
    debate.resume().await.unwrap();
    sleep(SECOND).await;
    debate.stop(None).await.unwrap();
    assert_eq!(verdict_of(&debate).await.calls.voided, 6);
    audited(&debate).await;
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_the_log_refuses_is_appended_later() {
    let (harness, _) = stage_with(ALL);
    let log = Arc::new(FaultyLog::without_faults(Arc::clone(&harness.log)));
    let harness = harness.on(log.clone());
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    sleep(LIMIT / 2).await;
    log.fail([WriteFault::Down, WriteFault::Down]);
    sleep(LIMIT).await;
    assert_eq!(debate.snapshot().await.unwrap().status(), Status::Paused);
    let log = audited(&debate).await;
    assert_eq!(those!(log, Event::DebatePaused(paused) => paused.reason).count(), 1);
}
