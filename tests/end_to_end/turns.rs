//! Debates with one speaker at a time.

use std::sync::Arc;

use synod_domain::{DebateMode, Event, MoveSource, PausePolicy, Purpose, Recorded, VoidCause};

use crate::test_system::{TestSystem, sound_log};

/// The events of one kind in a log, in order.
macro_rules! those {
    ($log:expr, $pattern:pat => $value:expr) => {
        $log.iter()
            .filter_map(|recorded| if let $pattern = &recorded.event { Some($value) } else { None })
    };
}

fn begun(log: &[Arc<Recorded>]) -> Vec<Purpose> {
    those!(log, Event::CallStarted(call) => call.purpose).collect()
}

#[tokio::test]
async fn a_freeform_debate_requests_one_argument_at_a_time() {
    let system = TestSystem::new(3).await;
    let log = sound_log(&system.process().begin_in(DebateMode::Freeform, None).await).await;
    assert_eq!(begun(&log)[6..15], [Purpose::Argument; 9]);
    let mut open = 0_i32;
    for recorded in &log {
        if let Event::CallStarted(call) = &recorded.event {
            open += 1;
            assert!(open == 1 || call.purpose != Purpose::Argument);
        }
        open -= i32::from(recorded.event.ends_call().is_some());
    }
    // The prompt of each argument contains all earlier ones.
    let chats = system.ollama.chats();
    let shown = chats[6..15].iter().map(|chat| chat.prompt.matches("\n[Speaker ").count());
    assert!(shown.eq(3..12));
}

#[tokio::test]
async fn a_moderator_chooses_among_the_moves_in_its_prompt() {
    let system = TestSystem::new(3).await;
    let process = system.process();
    let debate = process.begin_in(DebateMode::Autonomous, Some("moderator")).await;
    let log = sound_log(&debate).await;
    let purposes = begun(&log);
    let chats = system.ollama.chats();
    let moves: Vec<_> = those!(log, Event::MoveChosen(chosen) => chosen.source).collect();
    assert!(moves.len() >= 3);
    assert!(moves.iter().all(|source| *source == MoveSource::Moderator), "by the schema");
    let prompts = chats.iter().zip(&purposes).filter(|(_, purpose)| **purpose == Purpose::Move);
    for (chat, _) in prompts {
        assert!(chat.prompt.contains("\"move\" is one of speak:"), "{}", chat.prompt);
        assert!(!chat.prompt.contains("Analyst"), "{}", chat.prompt);
    }
}

#[tokio::test]
async fn an_aborted_move_is_requested_again() {
    let system = TestSystem::new(3).await;
    system.ollama.hold_from(6);
    let process = system.process();
    let debate = process.begin_in(DebateMode::Autonomous, None).await;
    while system.ollama.chats().len() < 7 {
        tokio::task::yield_now().await;
    }
    system.in_service(1).await;
    debate.pause(PausePolicy::Abort).await.unwrap();
    system.in_service(0).await;
    system.ollama.release();
    debate.resume().await.unwrap();
    let log = sound_log(&debate).await;
    let voided = those!(log, Event::CallVoided(voided) => voided.cause);
    assert!(voided.eq([VoidCause::Aborted]));
    assert_eq!(begun(&log)[6..8], [Purpose::Move; 2]);
}

#[tokio::test]
async fn a_debate_lost_in_a_turn_continues_with_that_turn() {
    for mode in [DebateMode::Freeform, DebateMode::Autonomous] {
        let system = TestSystem::new(3).await;
        system.ollama.hold_from(7);
        let first = system.process();
        let id = first.begin_in(mode, None).await.id();
        while system.ollama.chats().len() < 8 {
            tokio::task::yield_now().await;
        }
        system.in_service(1).await;
        drop(first);
        system.in_service(0).await;
        system.ollama.release();

        let second = system.process();
        assert_eq!(second.synod.debates().recover().await.unwrap(), 1);
        let log = sound_log(&second.synod.debates().get(id).await.unwrap()).await;
        let calls = those!(log, Event::CallStarted(call) => (call.attempt, call.purpose));
        let again: Vec<_> = calls.filter(|(attempt, _)| *attempt > 1).collect();
        assert_eq!(again, [(2, Purpose::Argument)], "{mode:?}");
    }
}
