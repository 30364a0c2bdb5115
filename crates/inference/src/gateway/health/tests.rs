use std::{sync::Arc, time::Duration};

use proptest::prelude::*;
use tokio::time::advance;

use super::*;
use crate::{HostName, ModelName, Usage};

fn host() -> HostName {
    HostName::new("near").unwrap()
}

fn failed(retry_after: Option<Duration>) -> ChatError {
    ChatError::Failed { host: host(), detail: "gone".into(), retry_after, source: None }
}

fn unreachable() -> ChatError {
    ChatError::Unreachable { host: host(), source: Arc::new(std::io::Error::other("refused")) }
}

fn health() -> Arc<Health> {
    Health::new(CircuitBreakerSettings::default())
}

fn longer_than_any_first_rest() -> Duration {
    Duration::from_millis(1_001)
}

/// One error of every kind, and after how many in a row a host is avoided; `None`: never.
fn every_kind() -> Vec<(ChatError, Option<u32>)> {
    let (host, detail) = (host(), String::from("no"));
    let model = ModelName::new("a").unwrap();
    let limit = Duration::from_secs(1);
    let all = vec![
        ChatError::Deadline { limit },
        ChatError::ContextOverflow { model: model.clone(), prompt_tokens: None, window: None },
        ChatError::Busy { host: host.clone(), model: model.clone(), waiting: 3 },
        ChatError::ModelNotFound { host: host.clone(), model },
        unreachable(),
        ChatError::Refused { host: host.clone(), detail: detail.clone(), source: None },
        ChatError::AllThought {
            host: host.clone(),
            model: ModelName::new("m").unwrap(),
            usage: Usage::default(),
        },
        ChatError::Overloaded {
            host: host.clone(),
            detail: detail.clone(),
            retry_after: None,
            source: None,
        },
        ChatError::Loading {
            host: host.clone(),
            detail: detail.clone(),
            retry_after: None,
            source: None,
        },
        ChatError::SharedContextFull {
            host: host.clone(),
            model: ModelName::new("a").unwrap(),
            detail: detail.clone(),
            begun: false,
            source: None,
        },
        ChatError::Crashed {
            evidence: CrashEvidence::Reported,
            host: host.clone(),
            model: ModelName::new("a").unwrap(),
            detail: detail.clone(),
            suspect: crate::CrashSuspect::Unknown,
            source: None,
        },
        ChatError::Filtered {
            host: host.clone(),
            model: ModelName::new("a").unwrap(),
            detail: detail.clone(),
        },
        ChatError::Declined {
            host: host.clone(),
            model: ModelName::new("a").unwrap(),
            said: detail.clone(),
        },
        ChatError::OutputLimit {
            host: host.clone(),
            model: ModelName::new("a").unwrap(),
            most: 9,
            needed: 16,
        },
        ChatError::NoHostReady { waited: limit, failures: vec![unreachable()] },
        failed(None),
        ChatError::NoReply { host: host.clone(), detail: detail.clone() },
        ChatError::Interrupted { host, detail, source: None },
        ChatError::AllHostsFailed { failures: vec![unreachable()] },
    ];
    let expected = |error: &ChatError| match error {
        ChatError::Unreachable { .. } | ChatError::Loading { .. } => Some(1),
        ChatError::Overloaded { .. }
        | ChatError::Failed { .. }
        | ChatError::Crashed { .. }
        | ChatError::Interrupted { .. } => Some(2),
        ChatError::Deadline { .. }
        | ChatError::ContextOverflow { .. }
        | ChatError::OutputLimit { .. }
        | ChatError::Filtered { .. }
        | ChatError::Declined { .. }
        | ChatError::Busy { .. }
        | ChatError::ModelNotFound { .. }
        | ChatError::Refused { .. }
        | ChatError::NoReply { .. }
        | ChatError::AllThought { .. }
        | ChatError::SharedContextFull { .. }
        | ChatError::NoHostReady { .. }
        | ChatError::AllHostsFailed { .. } => None,
    };
    let expected: Vec<_> = all.iter().map(expected).collect();
    all.into_iter().zip(expected).collect()
}

#[tokio::test(start_paused = true)]
async fn a_host_rests_for_what_is_its_own_fault() {
    for (error, after) in every_kind() {
        let health = health();
        let times = (1..=5).find(|_| {
            health.failed(&error);
            health.is_avoided()
        });
        assert_eq!(times, after, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn failures_between_which_calls_go_well_are_chance() {
    let health = health();
    for _ in 0..10 {
        health.failed(&failed(None));
        health.succeeded();
    }
    assert!(!health.is_avoided());
}

#[tokio::test(start_paused = true)]
async fn a_host_that_asks_to_be_left_alone_is_at_once() {
    let health = health();
    health.failed(&failed(Some(Duration::from_secs(9))));
    advance(Duration::from_millis(8_999)).await;
    assert!(health.is_avoided());
    advance(Duration::from_millis(1)).await;
    assert!(!health.is_avoided());
    health.failed(&failed(Some(Duration::from_hours(1))));
    advance(Duration::from_mins(1)).await;
    assert!(!health.is_avoided(), "no longer than the longest pause");
}

#[tokio::test(start_paused = true)]
async fn those_who_failed_together_tell_one_thing() {
    let health = health();
    for _ in 0..20 {
        health.failed(&unreachable());
    }
    advance(longer_than_any_first_rest()).await;
    assert!(!health.is_avoided());
}

#[tokio::test(start_paused = true)]
async fn one_call_is_let_through_after_the_rest() {
    let health = health();
    assert!(health.enter().is_none(), "a host that is well needs no probe");
    health.failed(&unreachable());
    assert!(health.enter().is_none(), "calls meanwhile are not probes");
    advance(longer_than_any_first_rest()).await;

    let probe = health.enter();
    assert!(probe.is_some() && health.is_avoided(), "the others go elsewhere");
    assert!(health.enter().is_none());
    drop(probe);
    assert!(!health.is_avoided(), "it was cancelled: another may be let through");

    let probe = health.enter();
    health.succeeded();
    drop(probe);
    assert!(!health.is_avoided() && health.enter().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_host_that_fails_its_probe_rests_longer() {
    let health = health();
    health.failed(&unreachable());
    advance(longer_than_any_first_rest()).await;
    let probe = health.enter();
    health.failed(&failed(None));
    drop(probe);
    advance(Duration::from_millis(999)).await;
    assert!(health.is_avoided(), "a second at the least");
    advance(longer_than_any_first_rest()).await;
    assert!(!health.is_avoided(), "two at the most");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_was_not_there_is_back_when_it_tells_its_models() {
    let health = health();
    health.did_not_list(&HostError::Unreachable {
        address: "http://near".into(),
        source: Arc::new(std::io::Error::other("refused")),
    });
    assert!(health.is_avoided());
    health.listed();
    assert!(!health.is_avoided());

    health.failed(&failed(None));
    health.failed(&failed(None));
    health.listed();
    assert!(health.is_avoided(), "what fails to answer may well list");
}

#[tokio::test(start_paused = true)]
async fn waiters_learn_when_the_breaker_opens() {
    let health = health();
    let waiting = {
        let health = Arc::clone(&health);
        tokio::spawn(async move { health.avoided().await })
    };
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    health.failed(&unreachable());
    waiting.await.unwrap();
}

proptest! {
    #[test]
    fn rests_double_within_their_bounds(nth in 1_u32..200, draw in 0.0..1.0_f64) {
        let settings = CircuitBreakerSettings::default();
        let whole = Duration::from_secs(1 << (nth - 1).min(20)).min(settings.longest_pause);
        let rest = settings.pause(nth, None, draw);
        prop_assert!(rest >= whole / 2 && rest <= whole);
    }
}
