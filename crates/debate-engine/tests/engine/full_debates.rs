//! Debates from the start to the verdict, and the events in their logs.

use std::collections::BTreeSet;

use synod_debate_engine::test_util::{ScriptedTurn, fitting, open_question};
use synod_domain::{Event, OptionsSource, Outcome, Purpose};
use tokio::time::Instant;

use crate::harness::*;

/// Three participants, two rounds of two passes, a closed question: 24 calls in 54 events.
#[tokio::test(start_paused = true)]
async fn a_closed_question_runs_to_its_verdict() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let mut config = three();
    config.debate_rules.run_off = false;
    let debate = opened(&hub, config).await;
    let began = Instant::now();
    debate.start().await.unwrap();
    let verdict = verdict_of(&debate).await;

    // Openings, ballots, then twice two passes and ballots: eight groups of calls of one second.
    assert_eq!(began.elapsed(), 8 * SECOND);
    assert_eq!((verdict.outcome, verdict.votes, verdict.of), (Outcome::Deadlock, 2, 3));
    assert_eq!((verdict.calls.begun, verdict.calls.voided), (24, 0));
    assert_eq!(verdict.running_ms, 8_000);
    let log = audited(&debate).await;
    assert_eq!(log.len(), 54);
    assert_eq!(
        kinds(&log)[..9],
        [
            "debate_initialized",
            "debate_started",
            "call_started",
            "call_started",
            "call_started",
            "turn_ended",
            "turn_ended",
            "turn_ended",
            "call_started"
        ]
    );
    assert_eq!(harness.asked_in_all(), 24);
    assert_eq!(harness.dropped(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_open_question_asks_the_clerk_for_options() {
    let harness =
        EngineHarness::new(|_, brief| ScriptedTurn::say(fitting(brief, "Yes")).after(SECOND));
    let hub = harness.hub();
    let debate = started(&hub, open_question(&["ann", "bob"])).await;
    let verdict = verdict_of(&debate).await;

    assert_eq!(verdict.outcome, Outcome::Consensus);
    assert_eq!(&*verdict.answer.as_ref().unwrap().text, "Yes");
    let log = audited(&debate).await;
    let sources = those!(log, Event::OptionsSet(set) => set.source);
    assert!(sources.eq([OptionsSource::Clerk]));
    let asked = harness.asked("ann").into_iter().map(|brief| brief.purpose);
    let clerk = asked.filter(|purpose| *purpose == Purpose::Options).count();
    assert_eq!(clerk, 1, "participant 0's model is the clerk's");
}

#[tokio::test(start_paused = true)]
async fn each_call_is_asked_once_with_the_brief_of_its_number() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    verdict_of(&debate).await;
    let asked = ["ann", "bob", "cleo"].map(|agent| harness.asked(agent)).concat();
    let calls = asked.iter().map(|brief| brief.call.0).collect::<BTreeSet<_>>();
    assert_eq!(calls.len(), asked.len());
    let begun = audited(&debate).await.iter().filter(|r| r.event.kind() == "call_started").count();
    assert!(calls.into_iter().eq(1..=u32::try_from(begun).unwrap()));
}

#[tokio::test(start_paused = true)]
async fn many_debates_run_at_once() {
    let harness = EngineHarness::of_one_second_calls();
    let hub = harness.hub();
    let mut debates = Vec::new();
    for _ in 0..100 {
        debates.push(opened(&hub, three()).await);
    }
    let began = Instant::now();
    for debate in &debates {
        debate.start().await.unwrap();
    }
    for debate in &debates {
        assert_eq!(verdict_of(debate).await.outcome, Outcome::Deadlock);
    }
    assert!(began.elapsed() < 10 * SECOND, "{:?}", began.elapsed());
}

#[test]
fn a_debate_outlives_the_runtime_in_which_it_was_opened() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (home, passing) = (runtime(), runtime());
    let harness =
        EngineHarness::new(|agent, brief| ScriptedTurn::say(fitting(brief, choice(agent))));
    let hub = home.block_on(async { harness.hub() });
    let debate = passing.block_on(opened(&hub, three()));
    drop(passing);
    let verdict = home.block_on(async {
        debate.start().await.unwrap();
        verdict_of(&debate).await
    });
    assert_eq!(verdict.calls.voided, 0);
}
