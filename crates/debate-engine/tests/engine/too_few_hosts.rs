//! Debates in which hosts of some participants serve no call, so that the others are too few.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use synod_debate_engine::{
    DebateHandle, DebateHub, NoService,
    test_util::{ScriptedTurn, closed_question, fitting, setup},
};
use synod_debate_protocol::Status;
use synod_domain::{
    Brief, DebateConfig, Event, HostName, Outcome, PauseReason, Paused, Purpose, VoidCause,
};
use tokio::time::sleep;

use crate::harness::*;

/// As long as calls wait for hosts.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(120);

/// What the host of an agent does with a call; `None`: it serves it.
type Trouble = fn(&str, &Brief) -> Option<NoService>;

/// Everyone answers after a second, unless its host has trouble.
fn stage_with(trouble: Trouble) -> (EngineHarness, Arc<AtomicBool>) {
    let lasts = Arc::new(AtomicBool::new(true));
    let seen = Arc::clone(&lasts);
    let harness = EngineHarness::new(move |agent: &str, brief: &Brief| {
        match trouble(agent, brief).filter(|_| seen.load(Relaxed)) {
            Some(why) => ScriptedTurn::unserved(why).after(LIMIT),
            None => ScriptedTurn::say(fitting(brief, choice(agent))).after(SECOND),
        }
    });
    (harness, lasts)
}

/// A debate in which each agent has a host of its own name.
async fn started_on_own_hosts(hub: &DebateHub, config: DebateConfig) -> DebateHandle {
    let mut begun = setup(config);
    for seat in &mut begun.participants {
        let host = HostName::new(format!("host-{}", seat.agent_id)).expect("a name");
        Arc::make_mut(seat).host = host;
    }
    let debate = hub.open(begun).await.expect("it opens");
    debate.start().await.expect("it starts");
    debate
}

async fn pauses(debate: &DebateHandle) -> Vec<Arc<Paused>> {
    let log = audited(debate).await;
    those!(log, Event::DebatePaused(paused) => Arc::clone(paused)).collect()
}

fn hosts(paused: &Paused) -> Vec<&str> {
    paused.hosts.iter().map(HostName::as_str).collect()
}

/// At the openings: with one opening of three there is no quorum.
#[tokio::test(start_paused = true)]
async fn two_of_three_hosts_are_away_at_the_openings() {
    let (harness, lasts) = stage_with(|agent, _| (agent != "ann").then_some(NoService::Away));
    let hub = harness.hub();
    let debate = started_on_own_hosts(&hub, three()).await;
    for is_away_again in [true, false] {
        sleep(LIMIT + 5 * SECOND).await;
        assert_eq!(debate.snapshot().await.unwrap().status(), Status::Paused);
        lasts.store(is_away_again, Relaxed);
        debate.resume().await.unwrap();
    }
    let verdict = verdict_of(&debate).await;
    assert_eq!(verdict.panel.as_ref().unwrap().failed, 0);
    let pauses = pauses(&debate).await;
    assert!(pauses.len() == 2 && pauses.iter().all(|p| p.reason == PauseReason::HostsAway));
    assert_eq!(hosts(&pauses[0]), ["host-bob", "host-cleo"]);
    let log = audited(&debate).await;
    let openings = those!(log, Event::CallStarted(call) => call)
        .filter(|call| call.purpose == Purpose::Opening && call.agent_id.as_str() == "ann");
    assert_eq!(openings.count(), 1, "what was said stays said");
    let voided: Vec<_> = those!(log, Event::CallVoided(voided) => voided.cause).collect();
    assert!(voided.iter().all(|cause| *cause == VoidCause::Aborted), "{voided:?}");
}

/// At the ballots: the vote that came is kept, and the others are asked again.
#[tokio::test(start_paused = true)]
async fn two_of_three_hosts_go_away_before_the_ballots() {
    let (harness, lasts) = stage_with(|agent, brief| {
        (agent != "ann" && brief.purpose == Purpose::Ballot).then_some(NoService::Away)
    });
    let hub = harness.hub();
    let debate = started_on_own_hosts(&hub, three()).await;
    sleep(LIMIT + 5 * SECOND).await;
    let state = debate.snapshot().await.unwrap();
    assert_eq!(state.status(), Status::Paused);
    let pause = state.pause().expect("it is paused");
    assert_eq!((pause.paused.reason, pause.since > pause.since), (PauseReason::HostsAway, false));
    lasts.store(false, Relaxed);
    debate.resume().await.unwrap();
    assert_eq!(debate.snapshot().await.unwrap().pause(), None);
    let verdict = verdict_of(&debate).await;
    assert_eq!(verdict.panel.as_ref().unwrap().failed, 0);
    let log = audited(&debate).await;
    let first_ballots = those!(log, Event::CallStarted(call) => call)
        .filter(|call| call.purpose == Purpose::Ballot && call.round == 0)
        .filter(|call| call.agent_id.as_str() == "ann");
    assert_eq!(first_ballots.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_of_two_hosts_is_away() {
    let (harness, lasts) = stage_with(|agent, _| (agent == "bob").then_some(NoService::Away));
    let hub = harness.hub();
    let debate = started_on_own_hosts(&hub, closed_question(&["ann", "bob"], &["Yes", "No"])).await;
    sleep(LIMIT + 5 * SECOND).await;
    assert_eq!(hosts(&pauses(&debate).await[0]), ["host-bob"]);
    lasts.store(false, Relaxed);
    debate.resume().await.unwrap();
    assert_ne!(verdict_of(&debate).await.outcome, Outcome::QuorumLost);
    audited(&debate).await;
}

/// Away, busy and refusing hosts together serve no participant.
#[tokio::test(start_paused = true)]
async fn no_participant_is_served_for_different_reasons() {
    let (harness, lasts) = stage_with(|agent, brief| {
        let why = match agent {
            "ann" => NoService::Away,
            _ => NoService::Busy,
        };
        (brief.round > 0 && brief.purpose == Purpose::Argument).then_some(why)
    });
    let hub = harness.hub();
    let debate = started_on_own_hosts(&hub, three()).await;
    sleep(LIMIT + 5 * SECOND).await;
    let paused = pauses(&debate).await;
    assert_eq!(paused[0].reason, PauseReason::HostsAway);
    assert_eq!(hosts(&paused[0]), ["host-ann", "host-bob", "host-cleo"]);
    lasts.store(false, Relaxed);
    debate.resume().await.unwrap();
    verdict_of(&debate).await;
    let log = audited(&debate).await;
    assert!(those!(log, Event::TurnEnded(ended) => ended.cause).all(|cause| cause.is_none()));
}

#[tokio::test(start_paused = true)]
async fn refusing_hosts_pause_the_debate_with_their_reason() {
    let (harness, lasts) = stage_with(|agent, brief| {
        (brief.round > 0).then_some(if agent == "ann" {
            NoService::Away
        } else {
            NoService::Refuses
        })
    });
    let hub = harness.hub();
    let debate = started_on_own_hosts(&hub, three()).await;
    sleep(LIMIT + 5 * SECOND).await;
    assert_eq!(pauses(&debate).await[0].reason, PauseReason::HostsRefuse);
    lasts.store(false, Relaxed);
    debate.resume().await.unwrap();
    assert_eq!(verdict_of(&debate).await.panel.as_ref().unwrap().failed, 0);
    audited(&debate).await;
}

/// A busy host that serves the others costs one voice, as a host does that is away.
#[tokio::test(start_paused = true)]
async fn a_quorum_holds_without_one_host() {
    for why in
        [NoService::Away, NoService::NotReady, NoService::Busy, NoService::Lost, NoService::Refuses]
    {
        let trouble: Trouble = match why {
            NoService::Away => |agent, _| (agent == "cleo").then_some(NoService::Away),
            NoService::NotReady => |agent, _| (agent == "cleo").then_some(NoService::NotReady),
            NoService::Busy => |agent, _| (agent == "cleo").then_some(NoService::Busy),
            NoService::Lost => |agent, _| (agent == "cleo").then_some(NoService::Lost),
            NoService::Refuses => |agent, _| (agent == "cleo").then_some(NoService::Refuses),
        };
        let (harness, _) = stage_with(trouble);
        let hub = harness.hub();
        let debate = started_on_own_hosts(&hub, three()).await;
        let verdict = verdict_of(&debate).await;
        assert_eq!(verdict.panel.as_ref().unwrap().failed, 1, "{why:?}");
        assert_eq!(pauses(&debate).await, [], "{why:?}");
    }
}

/// Two of four votes are no consensus on any option: the debate does not end on them.
#[tokio::test(start_paused = true)]
async fn a_debate_ends_with_half_of_its_hosts_away() {
    let (harness, lasts) =
        stage_with(|agent, _| matches!(agent, "cleo" | "dora").then_some(NoService::Away));
    let mut config = closed_question(&["ann", "bob", "cleo", "dora"], &["Yes", "No"]);
    (config.max_rounds, config.max_iterations_per_round) = (1, 1);
    let hub = harness.hub();
    let debate = started_on_own_hosts(&hub, config).await;
    sleep(10 * LIMIT).await;
    let state = debate.snapshot().await.unwrap();
    assert_eq!((state.status(), state.round()), (Status::Paused, 1));
    lasts.store(false, Relaxed);
    debate.resume().await.unwrap();
    let verdict = verdict_of(&debate).await;
    assert_eq!(verdict.outcome, Outcome::MaxRounds);
    assert_eq!(verdict.panel.as_ref().unwrap().failed, 0);
    audited(&debate).await;
}

/// What failed by itself cannot be had by waiting: with one host away there is no quorum anyway.
#[tokio::test(start_paused = true)]
async fn a_quorum_that_no_host_could_save_is_lost() {
    let harness = EngineHarness::new(|agent: &str, brief: &Brief| match agent {
        "ann" => ScriptedTurn::say("").after(SECOND),
        "bob" => ScriptedTurn::unserved(NoService::Away).after(LIMIT),
        _ => ScriptedTurn::say(fitting(brief, choice(agent))),
    });
    let hub = harness.hub();
    let debate = started_on_own_hosts(&hub, closed_question(&["ann", "bob"], &["Yes", "No"])).await;
    assert_eq!(verdict_of(&debate).await.outcome, Outcome::QuorumLost);
    audited(&debate).await;
}

/// The repair of a ballot that could not be read may find no host as well: both are asked again.
#[tokio::test(start_paused = true)]
async fn a_repair_counts_before_a_missing_ballot_is_given_up() {
    let harness = EngineHarness::new(|agent: &str, brief: &Brief| match (agent, brief.purpose) {
        ("bob", Purpose::Ballot) => ScriptedTurn::unserved(NoService::Away).after(SECOND),
        ("ann", Purpose::Ballot) if brief.repair.is_some() => {
            ScriptedTurn::unserved(NoService::Away).after(SECOND)
        }
        // It ends after bob's call: the repair is due when nothing else is under way.
        ("ann", Purpose::Ballot) => ScriptedTurn::say("?").after(5 * SECOND),
        _ => ScriptedTurn::say(fitting(brief, choice(agent))),
    });
    let hub = harness.hub();
    let debate = started_on_own_hosts(&hub, closed_question(&["ann", "bob"], &["Yes", "No"])).await;
    sleep(LIMIT).await;
    assert_eq!(debate.snapshot().await.unwrap().status(), Status::Paused);
    let log = audited(&debate).await;
    assert_eq!(those!(log, Event::BallotRecorded(ballot) => ballot).count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_debate_paused_for_its_hosts_is_resumed_by_another_process() {
    let (harness, lasts) = stage_with(|agent, _| (agent != "ann").then_some(NoService::Away));
    let hub = harness.hub();
    let debate = started_on_own_hosts(&hub, three()).await;
    sleep(LIMIT + 5 * SECOND).await;
    let paused = pauses(&debate).await;
    lasts.store(false, Relaxed);
    hub.close().await;
    let other = harness.hub_of("other");
    other.recover().await.unwrap();
    sleep(LIMIT).await;
    let debate = other.get(debate.id()).await.unwrap();
    assert_eq!(
        debate.snapshot().await.unwrap().pause().map(|p| p.paused.clone()),
        Some(paused[0].clone())
    );
    debate.resume().await.unwrap();
    assert_eq!(verdict_of(&debate).await.panel.as_ref().unwrap().failed, 0);
    audited(&debate).await;
}

/// The connection of one call says nothing of the next, though all seats are on one host.
#[tokio::test(start_paused = true)]
async fn a_lost_connection_fails_no_other_call_of_its_host() {
    let (harness, _) = stage_with(|agent, _| (agent == "cleo").then_some(NoService::Lost));
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    assert_eq!(verdict_of(&debate).await.panel.as_ref().unwrap().failed, 1);
    assert_eq!(pauses(&debate).await, []);
}
