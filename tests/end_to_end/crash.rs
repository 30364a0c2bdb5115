use std::sync::Arc;

use synod_domain::{CallStarted, Event, Purpose, Recorded, VoidCause};
use synod_event_log::Which;

use crate::house::{House, sound_log};

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
async fn a_debate_that_its_process_lost_goes_on_in_another() {
    let house = House::new(3).await;
    // Openings and ballots are through; three arguments are being made.
    house.ollama.hold_from(6);
    let first = house.process();
    let id = first.begin().await.id();
    house.in_service(3).await;
    while house.ollama.chats().len() < 9 {
        tokio::task::yield_now().await;
    }
    drop(first);
    house.in_service(0).await;
    house.ollama.release();

    let second = house.process();
    assert_eq!(house.log.list(Which::Unfinished, None, 9).await.unwrap().len(), 1);
    assert_eq!(second.hub.recover().await.unwrap(), 1);
    let log = sound_log(&second.hub.get(id).await.unwrap()).await;
    let again = begun(&log).filter(|call| call.attempt > 1).map(|call| call.purpose);
    assert_eq!(again.collect::<Vec<_>>(), [Purpose::Argument; 3], "only what was in flight");
    assert_eq!(lost(&log), 3);
}

#[tokio::test]
async fn a_process_that_closes_gives_its_debates_back() {
    let house = House::new(3).await;
    house.ollama.hold_from(0);
    let first = house.process();
    let id = first.begin().await.id();
    house.in_service(3).await;
    first.hub.close().await;
    house.in_service(0).await;
    house.ollama.release();

    let second = house.process();
    assert_eq!(second.hub.recover().await.unwrap(), 1);
    let log = sound_log(&second.hub.get(id).await.unwrap()).await;
    assert_eq!(lost(&log), 0, "an ordinary restart is no crash");
    assert!(begun(&log).all(|call| call.attempt == 1));
}
