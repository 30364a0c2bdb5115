//! How soon a call is served: its class, and how it rises while it waits.

use std::{cmp::Reverse, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// A waiting call rises one class each time it has waited this long.
pub(super) const AGEING_INTERVAL: Duration = Duration::from_secs(30);

const HIGHEST: u64 = AdmissionClass::Urgent as u64;

/// How soon a call to a busy model is admitted. Within a class the [`Flow`](crate::Flow)s share the
/// slots, and within a flow calls are served in the order in which they arrived.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum AdmissionClass {
    /// After everything else.
    Low,
    /// Debates and chats.
    #[default]
    Normal,
    /// Before normal calls.
    High,
    /// Before all others.
    Urgent,
}

/// When a call arrived: its number among all calls, and the time.
pub(super) type Arrival = (u64, Instant);

/// How urgent a call is; the greater goes first. Of calls of one class the earliest is the greatest.
pub(super) type Rank = (u64, Reverse<u64>);

pub(super) fn rank(class: AdmissionClass, (number, since): Arrival, now: Instant) -> Rank {
    (aged(class, since, now), Reverse(number))
}

/// When the rank of a call that arrived then changes next; `None`: it cannot rise any more.
pub(super) fn next_rise(class: AdmissionClass, since: Instant, now: Instant) -> Option<Instant> {
    let next = u32::try_from(intervals(since, now)).unwrap_or(u32::MAX).saturating_add(1);
    (aged(class, since, now) < HIGHEST).then(|| since + AGEING_INTERVAL * next)
}

fn aged(class: AdmissionClass, since: Instant, now: Instant) -> u64 {
    (class as u64).saturating_add(intervals(since, now)).min(HIGHEST)
}

fn intervals(since: Instant, now: Instant) -> u64 {
    now.saturating_duration_since(since).as_secs() / AGEING_INTERVAL.as_secs()
}
