//! Debates of thinking models with the default limits.

use std::sync::Arc;

use synod_domain::{
    BallotResult, DebateLimits, DebateMode, Event, FailureCause, Recorded, TurnResult, Verdict,
};
use synod_tests::Settings as Pace;

use crate::test_system::{Process, TestSystem, sound_log};

/// A host whose models think a number of words, unless the request disables thinking and they can.
async fn thinking(think: usize, think_always: bool) -> TestSystem {
    TestSystem::with(3, Pace { think, think_always, num_ctx: 16_384, ..Pace::default() }).await
}

fn results(log: &[Arc<Recorded>]) -> Vec<TurnResult> {
    let turns = log.iter().filter_map(|recorded| {
        let Event::TurnEnded(turn) = &recorded.event else { return None };
        Some(turn.result)
    });
    turns.collect()
}

fn ballots(log: &[Arc<Recorded>]) -> Vec<BallotResult> {
    let ballots = log.iter().filter_map(|recorded| {
        let Event::BallotRecorded(ballot) = &recorded.event else { return None };
        Some(ballot.result)
    });
    ballots.collect()
}

fn verdict(log: &[Arc<Recorded>]) -> &Verdict {
    let Event::DebateClosed(verdict) = &log[log.len() - 1].event else { panic!("no verdict") };
    verdict
}

/// Asserts the stated limits of a debate, including thought.
fn hold_limits(log: &[Arc<Recorded>]) {
    let Event::DebateInitialized(setup) = &log[0].event else { panic!("no first event") };
    let DebateLimits { most_output_tokens, most_thinking_tokens, .. } = setup.limits;
    assert!(verdict(log).tokens.output <= most_output_tokens + most_thinking_tokens);
}

/// Asserts that all participants speak and vote.
async fn all_are_heard(process: &Process, mode: DebateMode) {
    let log = sound_log(&process.begin_in(mode, None).await).await;
    assert!(results(&log).iter().all(|result| *result == TurnResult::Spoke), "{mode:?}");
    assert!(ballots(&log).iter().all(|result| *result != BallotResult::None), "{mode:?}");
    assert_eq!(verdict(&log).silent, Some(Vec::new()));
    hold_limits(&log);
}

#[tokio::test]
async fn thought_longer_than_statements_costs_no_statement() {
    for think in [30, 600, 1_500] {
        let system = thinking(think, false).await;
        all_are_heard(&system.process(), DebateMode::Structured).await;
        all_are_heard(&system.openai_process(), DebateMode::Structured).await;
    }
}

/// The clerk, the moderator and the judge are models too.
#[tokio::test]
async fn a_thinking_moderator_chooses_moves() {
    let system = thinking(900, true).await;
    for process in [system.process(), system.openai_process()] {
        all_are_heard(&process, DebateMode::Autonomous).await;
    }
}

#[tokio::test]
async fn thought_beyond_its_limit_is_followed_by_a_reply_without() {
    let system = thinking(5_000, false).await;
    let process = system.process();
    all_are_heard(&process, DebateMode::Structured).await;
    let asked = system.ollama.chats().len();
    // Eighteen calls; the first three statements were parallel and requested twice.
    assert_eq!(asked, 18 + 3);
    all_are_heard(&system.openai_process(), DebateMode::Structured).await;
}

#[tokio::test]
async fn endless_thought_is_listed_under_silent() {
    let system = thinking(100_000, true).await;
    for process in [system.process(), system.openai_process()] {
        let log = sound_log(&process.begin().await).await;
        let silent = verdict(&log).silent.clone().unwrap();
        assert_eq!(silent.len(), 3);
        for voice in silent {
            assert!(voice.never_spoke && !voice.never_voted, "the quorum is lost before ballots");
            assert_eq!(voice.cause, Some(FailureCause::AllThought));
        }
        hold_limits(&log);
    }
}
