use std::{collections::BTreeSet, sync::Arc, time::Duration};

use synod_domain::{Event, Outcome, PausePolicy, Purpose, Recorded, VoidCause};

use crate::test_system::{TestSystem, sound_log};

/// The votes by round and voter.
fn ballots(log: &[Arc<Recorded>]) -> BTreeSet<String> {
    let ballots = log.iter().filter_map(|recorded| {
        let Event::BallotRecorded(ballot) = &recorded.event else { return None };
        Some(format!("{} {} {:?}", ballot.round, ballot.agent_id, ballot.option))
    });
    ballots.collect()
}

#[tokio::test]
async fn an_aborting_pause_frees_the_host_and_changes_no_vote() {
    let system = TestSystem::new(3).await;
    let undisturbed = sound_log(&system.process().begin().await).await;

    system.ollama.hold_from(system.ollama.chats().len());
    let process = system.process();
    let debate = process.begin().await;
    system.in_service(3).await;
    debate.pause(PausePolicy::Abort).await.unwrap();
    system.in_service(0).await;
    assert_eq!(system.ollama.stats().cancelled, 3, "the host still works on cancelled calls");
    system.ollama.release();
    debate.resume().await.unwrap();

    let log = sound_log(&debate).await;
    let aborted = log.iter().filter(
        |recorded| matches!(&recorded.event, Event::CallVoided(v) if v.cause == VoidCause::Aborted),
    );
    assert_eq!(aborted.count(), 3);
    assert_eq!(ballots(&log), ballots(&undisturbed));
}

#[tokio::test]
async fn a_draining_pause_finishes_open_calls_and_begins_none() {
    let system = TestSystem::new(3).await;
    system.ollama.hold_from(0);
    let process = system.process();
    let debate = process.begin().await;
    system.in_service(3).await;
    debate.pause(PausePolicy::Drain).await.unwrap();
    system.ollama.release();
    while debate.snapshot().await.unwrap().open_calls().count() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(system.ollama.stats().completed, 3);
    assert_eq!(system.ollama.chats().len(), 3);
    debate.resume().await.unwrap();
    sound_log(&debate).await;
}

#[tokio::test]
async fn an_interjection_is_in_the_prompts_of_later_calls() {
    let system = TestSystem::new(3).await;
    system.ollama.hold_from(0);
    let process = system.process();
    let debate = process.begin().await;
    system.in_service(3).await;
    let words = "The bridge is closed until spring.";
    debate.interject(words.to_owned(), Some("Ms Secret".to_owned())).await.unwrap();
    system.ollama.release();
    sound_log(&debate).await;

    let prompts: Vec<_> = system.ollama.chats().into_iter().map(|chat| chat.prompt).collect();
    let hears = |prompt: &String| prompt.contains(&format!("\n[A person in the room]\n{words}"));
    let heard: Vec<_> = prompts.iter().map(hears).collect();
    // Openings had begun before it, and ballots of round 0 are blind.
    assert_eq!(heard[..3], [false; 3]);
    assert!(heard[6..].iter().all(|heard| *heard), "{heard:?}");
    assert!(!prompts.iter().any(|prompt| prompt.contains("Secret")), "a name is in a prompt");
}

#[tokio::test]
async fn a_called_vote_ends_the_discussion() {
    // One call at a time on the host, and three statements each: most of them are not made.
    let system = TestSystem::new(1).await;
    system.ollama.hold_from(6);
    let process = system.process();
    let debate = process.begin().await;
    while system.ollama.chats().len() < 7 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    debate.call_vote().await.unwrap();
    system.ollama.release();

    let log = sound_log(&debate).await;
    let called = log.iter().position(|recorded| recorded.event == Event::VoteCalled).unwrap();
    let begun = |log: &[Arc<Recorded>]| -> Vec<Purpose> {
        let begun = log.iter().filter_map(|recorded| {
            let Event::CallStarted(call) = &recorded.event else { return None };
            Some(call.purpose)
        });
        begun.collect()
    };
    assert!(begun(&log[..called]).contains(&Purpose::Argument));
    assert_eq!(begun(&log[called..]), [Purpose::Ballot; 3]);
}

/// One call at a time on the host: the others are in the log and wait in the queue.
#[tokio::test]
async fn the_host_gets_no_request_after_a_draining_pause() {
    let system = TestSystem::new(1).await;
    system.ollama.hold_from(0);
    let process = system.process();
    let debate = process.begin().await;
    system.in_service(1).await;
    while debate.snapshot().await.unwrap().open_calls().count() < 3 {
        tokio::task::yield_now().await;
    }
    debate.pause(PausePolicy::Drain).await.unwrap();
    assert_eq!(debate.snapshot().await.unwrap().open_calls().count(), 1);
    system.ollama.release();
    while debate.snapshot().await.unwrap().open_calls().count() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!((system.ollama.stats().completed, system.ollama.chats().len()), (1, 1));
    debate.resume().await.unwrap();
    let log = sound_log(&debate).await;
    let aborted = log.iter().filter(
        |recorded| matches!(&recorded.event, Event::CallVoided(v) if v.cause == VoidCause::Aborted),
    );
    assert_eq!(aborted.count(), 2);
}

/// The host sees its connections closed within 250 ms of the acknowledgement.
#[tokio::test]
async fn a_stop_and_an_aborting_pause_end_the_calls_of_the_host_at_once() {
    for stops in [false, true] {
        let system = TestSystem::new(3).await;
        system.ollama.hold_from(0);
        let process = system.process();
        let debate = process.begin().await;
        system.in_service(3).await;
        if stops {
            let done = debate.stop(None).await.unwrap();
            assert_eq!(done.outcome, Some(Outcome::Stopped));
        } else {
            debate.pause(PausePolicy::Abort).await.unwrap();
        }
        let left = tokio::time::timeout(Duration::from_millis(250), system.in_service(0)).await;
        assert!(left.is_ok(), "the host still works {stops}");
        assert_eq!(system.ollama.stats().cancelled, 3);
    }
}

/// Every call is recorded with the digest of its model, its options and its seed.
#[tokio::test]
async fn calls_are_recorded_with_what_they_were_made_with() {
    let system = TestSystem::new(3).await;
    let log = sound_log(&system.process().begin().await).await;
    let metas: Vec<_> = log.iter().filter_map(|recorded| recorded.event.meta()).collect();
    assert!(!metas.is_empty());
    for meta in metas {
        let options = meta.options.as_deref().expect("recorded");
        assert!(meta.digest.is_some() && options.seed.is_some(), "{meta:?}");
        assert!(options.max_tokens.is_some(), "{options:?}");
    }
}
