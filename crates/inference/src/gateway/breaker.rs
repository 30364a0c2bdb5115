use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{sync::Notify, time::Instant};

use super::backoff::Backoff;

/// When and how long a host that fails is avoided.
///
/// While its circuit breaker is open, calls that may go elsewhere do; the others still try. After that
/// time one call is let through: if it succeeds the host is as good as before, else it is avoided for
/// twice as long. Each time is drawn between its half and its whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitBreakerSettings {
    /// Failures in a row after which a host is avoided (2). A host that cannot be reached, or asks for
    /// a pause, is avoided at once.
    pub failure_threshold: u32,
    /// The first pause (1 s).
    pub first_pause: Duration,
    /// The longest pause (60 s), whatever a host asks for.
    pub longest_pause: Duration,
}

impl Default for CircuitBreakerSettings {
    fn default() -> Self {
        Self {
            failure_threshold: 2,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_mins(1),
        }
    }
}

impl CircuitBreakerSettings {
    /// The `nth` pause in a row (1, 2, …). `draw` is uniform in 0..1.
    pub(super) fn pause(&self, nth: u32, asked: Option<Duration>, draw: f64) -> Duration {
        let backoff = Backoff { first: self.first_pause, longest: self.longest_pause };
        let asked = asked.unwrap_or_default().min(self.longest_pause);
        backoff.jittered(nth, draw).max(asked)
    }
}

/// The circuit breaker of one host.
pub(super) struct CircuitBreaker {
    settings: CircuitBreakerSettings,
    state: Mutex<State>,
    /// Woken when it opens.
    opened: Notify,
}

#[derive(Default)]
struct State {
    /// In a row.
    failures: u32,
    /// Pauses in a row.
    pauses: u32,
    /// The end of the last pause, until a call succeeds.
    until: Option<Instant>,
    /// The host was not reached when the last pause began.
    is_unreachable: bool,
    /// The one call after the pause is under way.
    is_probing: bool,
}

/// The one call that is let through after a pause. Dropping it, at its first output or when it leaves,
/// lets another through, unless the breaker has opened again.
pub(super) struct Probe(Arc<CircuitBreaker>);

/// What an error shows about a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// Nothing: the fault is the caller's, or that of a model or a queue.
    None,
    /// It failed, which may be chance.
    Failed,
    /// It answers, and takes no calls yet.
    NotReady,
    /// It is not there, or wants to be left alone.
    Away,
}

impl CircuitBreaker {
    pub(super) fn new(settings: CircuitBreakerSettings) -> Arc<Self> {
        Arc::new(Self { settings, state: Mutex::default(), opened: Notify::new() })
    }

    /// Whether calls that may go elsewhere avoid the host.
    pub(super) fn is_open(&self) -> bool {
        self.state.lock().is_open(Instant::now())
    }

    /// The rest of the pause, if there is one.
    pub(super) fn rests_for(&self) -> Option<Duration> {
        let until = self.state.lock().until?;
        until.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero())
    }

    /// Waits until the breaker is open.
    pub(super) async fn opens(&self) {
        loop {
            // Created before the look at the state, so that it cannot open between the two.
            let opened = self.opened.notified();
            if self.is_open() {
                return;
            }
            opened.await;
        }
    }

    /// A call begins. The first one after a pause is the probe.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Probe> {
        let mut state = self.state.lock();
        if state.until.is_none() || state.is_open(Instant::now()) {
            return None;
        }
        state.is_probing = true;
        Some(Probe(Arc::clone(self)))
    }

    /// A call has succeeded.
    pub(super) fn succeeded(&self) {
        let mut state = self.state.lock();
        if state.failures > 0 || state.until.is_some() {
            *state = State::default();
        }
    }

    /// The host could be reached, for something other than a call. Returns whether it was away before.
    pub(super) fn reached(&self) -> bool {
        let mut state = self.state.lock();
        let was_away = state.is_unreachable;
        if was_away {
            *state = State::default();
        }
        was_away
    }

    /// Something failed. `asked`: how long the host asks to be left alone.
    pub(super) fn failed(&self, blame: Blame, asked: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.state.lock();
        // Calls that failed together show one thing.
        if blame == Blame::None || state.until.is_some_and(|until| now < until) {
            return;
        }
        state.failures += 1;
        let is_chance = blame == Blame::Failed && asked.is_none() && state.pauses == 0;
        if is_chance && state.failures < self.settings.failure_threshold {
            return;
        }
        state.pauses += 1;
        state.is_unreachable = blame == Blame::Away;
        let pause = self.settings.pause(state.pauses, asked, fastrand::f64());
        state.until = now.checked_add(pause);
        drop(state);
        self.opened.notify_waiters();
    }
}

impl State {
    fn is_open(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until || self.is_probing)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.0.state.lock().is_probing = false;
    }
}
