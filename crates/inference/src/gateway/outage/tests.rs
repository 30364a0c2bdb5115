use tokio::time::{advance, timeout};

use super::*;
use crate::HostName;

fn refused() -> ChatError {
    let host = HostName::new("near").unwrap();
    ChatError::Unreachable { host, source: Arc::new(std::io::Error::other("refused")) }
}

fn loading(retry_after: Option<Duration>) -> ChatError {
    let host = HostName::new("near").unwrap();
    ChatError::Loading { host, detail: "Loading model".into(), retry_after, source: None }
}

fn next_try(outage: &Outage) -> Duration {
    outage.closed(Duration::ZERO).unwrap().next_try.unwrap() - Instant::now()
}

#[tokio::test(start_paused = true)]
async fn outage_pauses_double_and_honour_what_the_host_asks() {
    let outage = Outage::none();
    let mut pauses = Vec::new();
    for _ in 0..6 {
        outage.met(&refused());
        pauses.push(next_try(&outage).as_millis());
        advance(next_try(&outage)).await;
    }
    assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    outage.met(&loading(Some(Duration::from_secs(20))));
    assert_eq!(next_try(&outage).as_secs(), 20);
    advance(Duration::from_secs(20)).await;
    outage.met(&loading(Some(Duration::MAX)));
    assert_eq!(next_try(&outage), LONGEST_ASKED);
}

#[tokio::test(start_paused = true)]
async fn one_call_tries_at_a_time_and_the_others_wait() {
    let outage = Outage::none();
    assert!(
        outage.closed(Duration::ZERO).is_none() && outage.trial().is_none(),
        "there is nothing to try"
    );
    outage.met(&refused());
    assert!(outage.trial().is_none(), "not before the pause is over");
    advance(BACKOFF.first).await;
    let trial = outage.trial().unwrap();
    assert!(outage.trial().is_none());
    assert_eq!(outage.closed(Duration::ZERO).unwrap().next_try, None);
    drop(trial);
    assert!(
        outage.closed(Duration::ZERO).is_none() && outage.trial().is_some(),
        "another may try at once"
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_lets_others_try_first_may_try_later() {
    let outage = Outage::none();
    outage.met(&refused());
    let delay = Duration::from_millis(100);
    advance(BACKOFF.first).await;
    assert!(outage.closed(Duration::ZERO).is_none());
    assert_eq!(outage.closed(delay).unwrap().next_try, Some(Instant::now() + delay));
    advance(delay).await;
    assert!(outage.closed(delay).is_none());
}

#[tokio::test(start_paused = true)]
async fn calls_that_fail_together_count_once() {
    let outage = Outage::none();
    for _ in 0..4 {
        outage.met(&refused());
    }
    assert_eq!(next_try(&outage), BACKOFF.first);
}

#[tokio::test(start_paused = true)]
async fn its_end_wakes_those_who_wait() {
    let outage = Outage::none();
    let begins = timeout(BACKOFF.first, outage.begins());
    assert!(begins.await.is_err());
    outage.met(&refused());
    outage.begins().await;
    let changes = outage.changes();
    outage.over();
    changes.next().await;
    assert!(outage.closed(Duration::ZERO).is_none());
}
