//! Debates of models that think before they reply, with the limits that a debate has by default.

use std::sync::Arc;

use synod_domain::{
    BallotResult, DebateLimits, DebateMode, Event, FailureCause, Recorded, TurnResult, Verdict,
};
use synod_tests::Settings as Pace;

use crate::test_system::{Process, TestSystem, sound_log};

/// A host whose models think so many words, unless they are asked not to and can do without.
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

/// What the debate was told that it costs at most holds, thought included.
fn hold_limits(log: &[Arc<Recorded>]) {
    let Event::DebateInitialized(setup) = &log[0].event else { panic!("no first event") };
    let DebateLimits { most_output_tokens, most_thinking_tokens, .. } = setup.limits;
    assert!(verdict(log).tokens.output <= most_output_tokens + most_thinking_tokens);
}

/// All speak, and the ballots of all come.
async fn all_are_heard(process: &Process, mode: DebateMode) {
    let log = sound_log(&process.begin_in(mode, None).await).await;
    assert!(results(&log).iter().all(|result| *result == TurnResult::Spoke), "{mode:?}");
    assert!(ballots(&log).iter().all(|result| *result != BallotResult::None), "{mode:?}");
    assert_eq!(verdict(&log).silent, Some(Vec::new()));
    hold_limits(&log);
}

#[tokio::test]
async fn models_that_think_for_longer_than_they_speak_are_all_heard() {
    for think in [30, 600, 1_500] {
        let system = thinking(think, false).await;
        all_are_heard(&system.process(), DebateMode::Structured).await;
        all_are_heard(&system.openai_process(), DebateMode::Structured).await;
    }
}

/// The clerk, the moderator and the judge are models too.
#[tokio::test]
async fn a_moderator_that_thinks_chooses_moves() {
    let system = thinking(900, true).await;
    for process in [system.process(), system.openai_process()] {
        all_are_heard(&process, DebateMode::Autonomous).await;
    }
}

#[tokio::test]
async fn thought_beyond_its_allowance_is_given_up_for_a_reply_without() {
    let system = thinking(5_000, false).await;
    let process = system.process();
    all_are_heard(&process, DebateMode::Structured).await;
    let asked = system.ollama.chats().len();
    // Eighteen calls, of which the first three statements, at once, were asked for twice.
    assert_eq!(asked, 18 + 3);
    all_are_heard(&system.openai_process(), DebateMode::Structured).await;
}

#[tokio::test]
async fn models_that_think_without_end_are_named_with_the_cause() {
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
