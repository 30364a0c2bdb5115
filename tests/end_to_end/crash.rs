use std::sync::Arc;

use synod_domain::{CallStarted, Event, Purpose, Recorded, VoidCause};
use synod_event_log::{ListQuery, Which};

use crate::test_system::{TestSystem, sound_log};

fn begun(log: &[Arc<Recorded>]) -> impl Iterator<Item = &CallStarted> {
    log.iter().filter_map(|recorded| {
        let Event::CallStarted(call) = &recorded.event else { return None };
        Some(call)
    })
}

fn lost(log: &[Arc<Recorded>]) -> usize {
    let is_lost =
        |event: &Event| matches!(event, Event::CallVoided(v) if v.cause == VoidCause::Lost);
    log.iter().filter(|recorded| is_lost(&recorded.event)).count()
}

#[tokio::test]
async fn another_process_continues_a_lost_debate() {
    let system = TestSystem::new(3).await;
    // Openings and ballots have ended; three arguments are in progress.
    system.ollama.hold_from(6);
    let first = system.process();
    let id = first.begin().await.id();
    system.in_service(3).await;
    while system.ollama.chats().len() < 9 {
        tokio::task::yield_now().await;
    }
    drop(first);
    system.in_service(0).await;
    system.ollama.release();

    let second = system.process();
    let unfinished = system.log.list(&ListQuery::of(Which::Unfinished), 9).await.unwrap();
    assert_eq!(unfinished.debates.len(), 1);
    assert_eq!(second.synod.debates().recover().await.unwrap(), 1);
    let log = sound_log(&second.synod.debates().get(id).await.unwrap()).await;
    let again = begun(&log).filter(|call| call.attempt > 1).map(|call| call.purpose);
    assert_eq!(again.collect::<Vec<_>>(), [Purpose::Argument; 3], "only what was in flight");
    assert_eq!(lost(&log), 3);
}

#[tokio::test]
async fn a_closed_process_releases_its_debates() {
    let system = TestSystem::new(3).await;
    system.ollama.hold_from(0);
    let first = system.process();
    let id = first.begin().await.id();
    system.in_service(3).await;
    first.synod.debates().close().await;
    system.in_service(0).await;
    system.ollama.release();

    let second = system.process();
    assert_eq!(second.synod.debates().recover().await.unwrap(), 1);
    let log = sound_log(&second.synod.debates().get(id).await.unwrap()).await;
    assert_eq!(lost(&log), 0, "an ordinary restart is no crash");
    assert!(begun(&log).all(|call| call.attempt == 1));
}
