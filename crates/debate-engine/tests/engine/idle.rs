//! A process that drives no debate writes nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use synod_debate_engine::test_util::ScriptedTurn;
use synod_domain::{Event, Outcome};
use synod_event_log::{
    EventLog, LogError, LogObserver, LogWrite, Observed, conformance::FaultyLog,
};
use tokio::time::{Instant, sleep};

use crate::harness::*;

/// Counts writes.
#[derive(Default)]
struct Writes(AtomicUsize);

impl LogObserver for Writes {
    fn before(&self, _: LogWrite<'_>) -> Result<(), LogError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

type CountedLog = Observed<dyn EventLog, Writes>;

fn counted() -> (EngineHarness, Arc<CountedLog>) {
    let harness = EngineHarness::of_one_second_calls();
    let log = Arc::new(CountedLog::new(Arc::clone(&harness.log), Writes::default()));
    (harness.on(log.clone()), log)
}

/// The writes in ten minutes.
async fn written(log: &CountedLog) -> usize {
    let writes = || log.observer().0.load(Ordering::Relaxed);
    let before = writes();
    sleep(Duration::from_mins(10)).await;
    writes() - before
}

#[tokio::test(start_paused = true)]
async fn an_idle_process_writes_nothing() {
    let (harness, log) = counted();
    let hub = harness.hub();
    hub.recover().await.unwrap();
    assert_eq!(written(&log).await, 0, "from its start on");
    let debate = started(&hub, three()).await;
    assert_eq!(verdict_of(&debate).await.outcome, Outcome::Deadlock);
    let _unstarted = opened(&hub, three()).await;
    assert_eq!(written(&log).await, 0, "after a debate");
}

#[tokio::test(start_paused = true)]
async fn a_debate_after_an_idle_hour_is_held_and_taken_over_as_ever() {
    let harness = EngineHarness::new(|_, _| ScriptedTurn::hang());
    let (first, second) = (harness.hub_of("first"), harness.hub_of("second"));
    started(&first, three()).await.stop(None).await.unwrap();
    sleep(Duration::from_hours(1)).await;
    let debate = started(&first, three()).await;
    sleep(Duration::from_mins(10)).await;
    assert_eq!((second.recover().await.unwrap(), harness.dropped()), (0, 0));
    drop(first);
    let began = Instant::now();
    while audited(&debate).await.iter().all(|r| r.event != Event::DebateRecovered) {
        sleep(SECOND).await;
    }
    assert!(began.elapsed() <= Duration::from_secs(17), "{:?}", began.elapsed());
}

/// What the log still holds for the process is driven again, also when the process has begun another debate
/// before the lease ended.
#[tokio::test(start_paused = true)]
async fn debates_that_were_given_up_are_taken_back() {
    let harness = EngineHarness::new(|_, _| ScriptedTurn::hang());
    let log = Arc::new(FaultyLog::without_faults(Arc::clone(&harness.log)));
    let harness = harness.on(log.clone());
    let hub = harness.hub();
    let debate = started(&hub, three()).await;
    log.fail_renewals(true);
    while harness.dropped() < 3 {
        sleep(SECOND / 10).await;
    }
    log.fail_renewals(false);
    let other = started(&hub, three()).await;
    sleep(2 * SECOND).await;
    assert_eq!(harness.asked_in_all(), 9, "three of each, and three again");
    assert!(kinds(&audited(&debate).await).contains(&"debate_recovered"));
    sleep(Duration::from_mins(1)).await;
    assert_eq!((harness.asked_in_all(), harness.dropped()), (9, 3));
    assert!(!kinds(&audited(&other).await).contains(&"debate_recovered"));
}
