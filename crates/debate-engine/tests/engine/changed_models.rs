//! Debates whose models change under their names.

use std::sync::Arc;

use synod_debate_engine::{
    DebateHandle, DebateHub,
    test_util::{ScriptedTurn, fitting, setup},
};
use synod_debate_protocol::Status;
use synod_domain::{Event, ModelChange, PausePolicy, PauseReason, Paused};
use tokio::time::sleep;

use crate::harness::*;

const OLD: &str = "sha256:0011223344556677";
const NEW: &str = "sha256:8899aabbccddeeff";

/// Calls of a second. All three seats have one model with the digest [`OLD`].
fn harness() -> EngineHarness {
    let harness = EngineHarness::of_one_second_calls();
    harness.serve(OLD);
    harness
}

async fn started_with_digests(hub: &DebateHub) -> DebateHandle {
    let mut begun = setup(three());
    for profile in &mut begun.participants {
        let profile = Arc::make_mut(profile);
        (profile.model, profile.digest) = ("model".parse().expect("a name"), Some(OLD.into()));
    }
    let debate = hub.open(begun).await.expect("it opens");
    debate.start().await.expect("it starts");
    debate
}

async fn status(debate: &DebateHandle) -> Status {
    debate.snapshot().await.expect("it is in the log").status()
}

async fn last_pause(debate: &DebateHandle) -> Paused {
    let log = audited(debate).await;
    let last = those!(log, Event::DebatePaused(paused) => (**paused).clone()).last();
    last.expect("it paused")
}

fn change(debate: &[ModelChange]) -> (&str, &str, usize) {
    let [change] = debate else { panic!("{debate:?}") };
    (&change.recorded_digest, &change.served_digest, change.agents.len())
}

#[tokio::test(start_paused = true)]
async fn a_resume_that_meets_another_model_pauses_and_asks_nothing() {
    let harness = harness();
    let hub = harness.hub();
    let debate = started_with_digests(&hub).await;
    sleep(SECOND / 2).await;
    debate.pause(PausePolicy::Abort).await.unwrap();
    harness.serve(NEW);
    for _ in 0..2 {
        debate.resume().await.unwrap();
        sleep(10 * SECOND).await;
        assert_eq!(status(&debate).await, Status::Paused);
        assert_eq!(harness.asked_in_all(), 3);
    }
    let paused = last_pause(&debate).await;
    assert_eq!((paused.policy, paused.reason), (PausePolicy::Drain, PauseReason::ModelChanged));
    assert_eq!(change(&paused.models), (OLD, NEW, 3));
    let detail = paused.detail.unwrap();
    let told = "used by ann, bob and cleo, was 001122334455 and is 8899aabbccdd";
    assert!(detail.ends_with(told), "{detail}");

    harness.serve(OLD);
    debate.resume().await.unwrap();
    verdict_of(&debate).await;
    let log = audited(&debate).await;
    assert!(those!(log, Event::DebateResumed(resumed) => resumed.accepted_models.len()).eq([0; 3]));
}

#[tokio::test(start_paused = true)]
async fn an_accepted_change_is_recorded_and_not_asked_about_again() {
    let harness = harness();
    let hub = harness.hub();
    let debate = started_with_digests(&hub).await;
    sleep(SECOND / 2).await;
    debate.pause(PausePolicy::Drain).await.unwrap();
    harness.serve(NEW);
    // Before the debate has met the change by itself.
    debate.resume_accepting_models().await.unwrap();
    sleep(SECOND).await;
    assert_eq!(status(&debate).await, Status::Running);
    debate.pause(PausePolicy::Drain).await.unwrap();
    debate.resume().await.unwrap();
    // Nor after a restart.
    drop(hub);
    let hub = harness.hub();
    hub.recover().await.unwrap();
    verdict_of(&debate).await;
    let log = audited(&debate).await;
    let resumed = those!(log, Event::DebateResumed(resumed) => resumed);
    let accepted: Vec<_> = resumed.map(|resumed| &*resumed.accepted_models).collect();
    assert_eq!((change(accepted[0]), accepted[1].len()), ((OLD, NEW, 3), 0));
    let pauses = those!(log, Event::DebatePaused(paused) => paused.reason);
    assert!(pauses.eq([PauseReason::Command; 2]));
    let state = debate.snapshot().await.unwrap();
    let mut profiles = state.setup().profiles();
    assert!(profiles.all(|profile| profile.digest.as_deref() == Some(NEW)));
}

#[tokio::test(start_paused = true)]
async fn a_recovered_debate_meets_a_change_before_its_first_call() {
    let harness = harness();
    let hub = harness.hub();
    let debate = started_with_digests(&hub).await;
    sleep(SECOND / 2).await;
    drop(hub);
    harness.serve(NEW);
    let hub = harness.hub();
    hub.recover().await.unwrap();
    sleep(SECOND).await;
    assert_eq!(status(&debate).await, Status::Paused);
    assert_eq!(last_pause(&debate).await.reason, PauseReason::ModelChanged);
    assert_eq!(harness.asked_in_all(), 3);
    // A process that cannot ask the host accepts what the pause names.
    drop(hub);
    assert!(debate.resume_accepting_models().await.unwrap().recorded);
    let hub = harness.hub();
    hub.recover().await.unwrap();
    verdict_of(&debate).await;
    audited(&debate).await;
}

/// The host's list is read again for another reason, and shows the change.
#[tokio::test(start_paused = true)]
async fn a_change_in_mid_debate_is_met_before_the_next_call() {
    let harness = harness();
    let hub = harness.hub();
    let debate = started_with_digests(&hub).await;
    sleep(SECOND / 2).await;
    harness.serve(NEW);
    harness.list();
    sleep(10 * SECOND).await;
    assert_eq!(status(&debate).await, Status::Paused);
    let log = audited(&debate).await;
    assert_eq!(those!(log, Event::TurnEnded(ended) => ended.turn).count(), 3);
    assert_eq!(last_pause(&debate).await.reason, PauseReason::ModelChanged);
    debate.resume_accepting_models().await.unwrap();
    verdict_of(&debate).await;
}

/// A host that is away, or that reports no digests, holds nothing up.
#[tokio::test(start_paused = true)]
async fn models_of_unknown_digest_are_not_compared() {
    let harness = harness();
    let hub = harness.hub();
    let debate = started_with_digests(&hub).await;
    sleep(SECOND / 2).await;
    harness.serve_unknown();
    for _ in 0..3 {
        debate.pause(PausePolicy::Drain).await.unwrap();
        debate.resume().await.unwrap();
        sleep(SECOND).await;
    }
    verdict_of(&debate).await;
    let log = audited(&debate).await;
    assert!(
        those!(log, Event::DebatePaused(paused) => paused.reason).eq([PauseReason::Command; 3])
    );
}

/// The hosts take a while to answer; clients need not wait for it.
#[tokio::test(start_paused = true)]
async fn commands_take_effect_while_hosts_are_asked() {
    let harness = EngineHarness::new(|agent, brief| {
        ScriptedTurn::say(fitting(brief, choice(agent))).after(SECOND)
    });
    harness.serve(OLD);
    let hub = harness.hub();
    let debate = started_with_digests(&hub).await;
    sleep(SECOND / 2).await;
    debate.pause(PausePolicy::Abort).await.unwrap();
    harness.take_to_list(5 * SECOND);
    debate.resume().await.unwrap();
    sleep(SECOND).await;
    assert_eq!(harness.asked_in_all(), 3, "no call begins before the answer");
    debate.pause(PausePolicy::Drain).await.unwrap();
    sleep(10 * SECOND).await;
    assert_eq!(harness.asked_in_all(), 3);
    debate.resume().await.unwrap();
    sleep(6 * SECOND).await;
    assert_eq!(harness.asked_in_all(), 6);
    debate.stop(None).await.unwrap();
    audited(&debate).await;
}
