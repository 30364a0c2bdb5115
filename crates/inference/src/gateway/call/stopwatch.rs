use std::time::Duration;

use tokio::time::Instant;

use crate::Timings;

/// Measures where the time of a call goes, lap by lap.
pub(super) struct Stopwatch {
    /// The end of the last lap.
    lap: Instant,
    queued: Duration,
    /// What failed attempts took of the clock.
    spent: Duration,
    /// From the start of the clock.
    first_output: Option<Duration>,
    /// Boxed, since most calls wait for neither a load nor a host.
    rare: Option<Box<RareLaps>>,
}

/// Times that most calls do not have.
#[derive(Default)]
struct RareLaps {
    load: Option<Duration>,
    /// For hosts that cannot be reached or have too much to do, which is part of `queued`.
    away: Duration,
    /// For hosts that reported that they load, which is part of `load`.
    host_load: Duration,
}

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self {
            lap: Instant::now(),
            queued: Duration::ZERO,
            spent: Duration::ZERO,
            first_output: None,
            rare: None,
        }
    }

    /// A wait is over.
    pub(super) fn queued(&mut self) {
        let lap = self.next_lap();
        self.queued += lap;
    }

    /// An attempt met with a host that takes no calls, or a wait for one is over. Returns how long the
    /// call has waited in all for hosts that are away, and for hosts that load.
    pub(super) fn waited_for_host(&mut self, is_loading: bool) -> (Duration, Duration) {
        let lap = self.next_lap();
        let rare = self.rare.get_or_insert_default();
        if is_loading {
            *rare.load.get_or_insert_default() += lap;
            rare.host_load += lap;
        } else {
            self.queued += lap;
            rare.away += lap;
        }
        (rare.away, rare.host_load)
    }

    /// The model is resident, or a load failed.
    pub(super) fn loaded(&mut self) {
        let lap = self.next_lap();
        *self.rare.get_or_insert_default().load.get_or_insert_default() += lap;
    }

    /// An attempt failed without output.
    pub(super) fn failed(&mut self) {
        let lap = self.next_lap();
        self.spent += lap;
    }

    pub(super) fn first_output(&mut self) {
        self.first_output = Some(self.clock());
    }

    pub(super) fn has_output(&self) -> bool {
        self.first_output.is_some()
    }

    /// The clock of the call when the first output came.
    pub(super) fn until_output(&self) -> Option<Duration> {
        self.first_output
    }

    /// What failed attempts took of the clock.
    pub(super) fn spent(&self) -> Duration {
        self.spent
    }

    /// The call is over.
    pub(super) fn timings(&self) -> Timings {
        let clock = self.clock();
        let first = self.first_output.unwrap_or(clock);
        Timings {
            queued_ms: Some(millis(self.queued)),
            load_ms: self.rare.as_ref().and_then(|rare| rare.load).map(millis),
            first_token_ms: Some(millis(first)),
            generation_ms: self.generation().map(millis),
        }
    }

    /// From the first output until now.
    pub(super) fn generation(&self) -> Option<Duration> {
        self.first_output.map(|first| self.clock().saturating_sub(first))
    }

    /// The clock of the call, while an attempt runs.
    pub(super) fn clock(&self) -> Duration {
        self.spent + self.lap.elapsed()
    }

    /// Since the last lap ended.
    pub(super) fn this_lap(&self) -> Duration {
        self.lap.elapsed()
    }

    fn next_lap(&mut self) -> Duration {
        let lap = self.lap.elapsed();
        self.lap += lap;
        lap
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
