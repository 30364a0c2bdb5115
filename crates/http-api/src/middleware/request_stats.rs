use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::wire::ApiMetrics;

/// The number of requests that are averaged.
const RECENT: usize = 1_000;

/// Counts requests, their times, and those in progress.
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

/// A request in progress, dropped when its response is sent.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<RequestStats>);

impl RequestStats {
    pub(crate) fn new() -> Self {
        Self { since: Instant::now(), counts: Mutex::default() }
    }

    /// A request has arrived.
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

    /// Returns the statistics as `/system/status` reports them.
    pub(crate) fn read(&self) -> ApiMetrics {
        let counts = self.counts();
        let recent = u32::try_from(counts.recent.len()).unwrap_or(u32::MAX);
        let mean = counts.sum.checked_div(recent).unwrap_or_default();
        ApiMetrics {
            total_requests: counts.total,
            error_count: counts.errors,
            avg_response_time_ms: u64::try_from(mean.as_millis()).unwrap_or(u64::MAX),
            uptime_seconds: self.uptime().as_secs(),
            current_connections: counts.current,
            peak_concurrent_connections: counts.peak,
        }
    }

    /// Returns the time since the server started.
    pub(crate) fn uptime(&self) -> Duration {
        self.since.elapsed()
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
