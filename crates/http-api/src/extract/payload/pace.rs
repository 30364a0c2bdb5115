use std::time::Duration;

use tokio::time::Instant;

use crate::peer::LEAST_RATE;

/// The rate of arriving bytes, measured over spans of the same length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    span: Duration,
    since: Instant,
    /// Bytes that arrived in this span.
    came: u64,
}

impl Pace {
    pub(super) fn begin(span: Duration) -> Self {
        Self { span, since: Instant::now(), came: 0 }
    }

    /// Counts bytes that have arrived.
    pub(super) fn came(&mut self, bytes: usize) {
        self.came += bytes as u64;
    }

    /// The end of the span.
    pub(super) fn judged_at(&self) -> Instant {
        self.since + self.span
    }

    /// Whether the span is over and too few bytes arrived. If enough did, another span begins.
    pub(super) fn is_too_slow(&mut self) -> bool {
        if Instant::now() < self.judged_at() {
            return false;
        }
        let least = u64::from(LEAST_RATE) * self.span.as_secs().max(1);
        let is_too_slow = self.came < least;
        *self = Self::begin(self.span);
        is_too_slow
    }
}
