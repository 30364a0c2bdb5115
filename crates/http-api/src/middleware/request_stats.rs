use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Requests whose times make the average.
const RECENT: usize = 1_000;

/// Counts requests, their times and how many are under way.
#[derive(Debug)]
pub(crate) struct RequestStats {
    since: Instant,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    total: u64,
    errors: u64,
    current: u64,
    peak: u64,
    /// Times of the last [`RECENT`] requests, and their sum.
    recent: VecDeque<Duration>,
    sum: Duration,
}

/// What the meter shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Requests answered.
    pub(crate) total_requests: u64,
    /// Responses with a status of 500 or above.
    pub(crate) error_count: u64,
    /// Mean time of the last 1,000.
    pub(crate) avg_response_time: Duration,
    /// Since the meter began.
    pub(crate) uptime: Duration,
    /// Open requests and streams.
    pub(crate) current_connections: u64,
    /// Maximum number of open requests and streams.
    pub(crate) peak_concurrent_connections: u64,
}

/// A request under way; dropped when its answer has left.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<RequestStats>);

impl RequestStats {
    pub(crate) fn new() -> Self {
        Self { since: Instant::now(), counts: Mutex::default() }
    }

    /// A request has come.
    pub(crate) fn begin(self: &Arc<Self>) -> UnderWay {
        let mut counts = self.counts();
        counts.current += 1;
        counts.peak = counts.peak.max(counts.current);
        UnderWay(Arc::clone(self))
    }

    /// A request was answered.
    pub(crate) fn answered(&self, took: Duration, is_error: bool) {
        let mut counts = self.counts();
        counts.total += 1;
        counts.errors += u64::from(is_error);
        counts.sum += took;
        counts.recent.push_back(took);
        if counts.recent.len() > RECENT
            && let Some(oldest) = counts.recent.pop_front()
        {
            counts.sum -= oldest;
        }
    }

    pub(crate) fn read(&self) -> Reading {
        let counts = self.counts();
        let recent = u32::try_from(counts.recent.len()).unwrap_or(u32::MAX);
        Reading {
            total_requests: counts.total,
            error_count: counts.errors,
            avg_response_time: counts.sum.checked_div(recent).unwrap_or_default(),
            uptime: self.since.elapsed(),
            current_connections: counts.current,
            peak_concurrent_connections: counts.peak,
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.counts().current -= 1;
    }
}
