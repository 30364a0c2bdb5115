use parking_lot::{Mutex, MutexGuard};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::outage::Outage;
use crate::{AccessRefusal, ChatError, HostError};

/// When and how long a host that fails is left alone.
///
/// While it rests, calls that may go elsewhere do; those that may not wait for it, or, if they do not
/// wait for hosts, still try. After the rest one
/// call is let through: if it goes well the host is as good as before, else it rests twice as long.
/// Each rest is drawn between its half and its whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CircuitBreakerSettings {
    /// Failures in a row after which a host rests (2). One that cannot be reached, or asks to be
    /// left alone, rests at once.
    pub failure_threshold: u32,
    /// The first rest (1 s).
    pub first_pause: Duration,
    /// The longest rest (60 s), whatever a host asks for.
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

/// How a host is doing, as its calls have shown.
pub(super) struct Health {
    settings: CircuitBreakerSettings,
    state: Mutex<State>,
    /// Woken when a rest begins.
    rests: Notify,
    /// Calls that left the host for another.
    left: AtomicU64,
    /// It cannot be reached.
    outage: Arc<Outage>,
}

#[derive(Default)]
struct State {
    /// In a row.
    failures: u32,
    /// In a row.
    rests: u32,
    /// The end of the last rest, until a call goes well.
    until: Option<Instant>,
    /// It was not reached when the last rest began.
    unreachable: bool,
    /// The one call after the rest is under way.
    probing: bool,
    /// It refuses who asks, until a call is served.
    refuses_access: Option<AccessRefusal>,
}

/// The one call that is let through after a rest. Dropping it, at its first output or when it is
/// left, lets another through, unless the host rests again.
pub(super) struct Probe(Arc<Health>);

/// What an error tells of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blame {
    /// Nothing: the fault is the caller's, or that of a model or a queue.
    None,
    /// It failed, which may be chance.
    Failed,
    /// It answers, and takes no calls yet.
    NotReady,
    /// It is not there, or wants to be left alone.
    Away,
}

impl Health {
    pub(super) fn new(settings: CircuitBreakerSettings) -> Arc<Self> {
        let (state, rests, left) = (Mutex::default(), Notify::new(), AtomicU64::new(0));
        Arc::new(Self { settings, state, rests, left, outage: Outage::none() })
    }

    /// The host is left alone by those who may go elsewhere.
    pub(super) fn is_resting(&self) -> bool {
        self.state().is_resting(Instant::now())
    }

    /// Waits until the host rests.
    pub(super) async fn rests(&self) {
        loop {
            // Created before the look at the state, so that no rest begins between the two.
            let rests = self.rests.notified();
            if self.is_resting() {
                return;
            }
            rests.await;
        }
    }

    /// A call begins. The first after a rest is the probe.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Probe> {
        let mut state = self.state();
        if state.until.is_none() || state.is_resting(Instant::now()) {
            return None;
        }
        state.probing = true;
        Some(Probe(Arc::clone(self)))
    }

    /// The time in which the host cannot be reached, if it is one.
    pub(super) const fn outage(&self) -> &Arc<Outage> {
        &self.outage
    }

    /// A call has brought output, or a load has ended well.
    pub(super) fn answers(&self) {
        self.outage.over();
        self.state().refuses_access = None;
    }

    /// A call went well to its end.
    pub(super) fn well(&self) {
        self.outage.over();
        let mut state = self.state();
        state.refuses_access = None;
        if state.failures > 0 || state.until.is_some() {
            *state = State::default();
        }
    }

    /// Why it refuses all chats of this caller, if it did when last asked.
    pub(super) fn access_refusal(&self) -> Option<AccessRefusal> {
        self.state().refuses_access.clone()
    }

    /// A call or a load failed.
    pub(super) fn failed(&self, error: &ChatError) {
        match error {
            ChatError::Unreachable { .. } => self.outage.met(error),
            ChatError::Overloaded { .. }
            | ChatError::Loading { .. }
            | ChatError::SharedContextFull { .. }
            | ChatError::Failed { .. }
            | ChatError::NoReply { .. }
            | ChatError::AllThought { .. }
            | ChatError::Interrupted { .. }
            | ChatError::ContextOverflow { .. }
            | ChatError::OutputLimit { .. }
            | ChatError::Crashed { .. }
            | ChatError::Filtered { .. }
            | ChatError::Declined { .. }
            | ChatError::ModelNotFound { .. }
            | ChatError::Refused { .. } => self.outage.over(),
            ChatError::Deadline { .. }
            | ChatError::Busy { .. }
            | ChatError::NoHostReady { .. }
            | ChatError::AllHostsFailed { .. } => {}
        }
        if let Some(refusal) = AccessRefusal::of(error) {
            self.state().refuses_access = Some(refusal);
        }
        self.blame(blame(error), error.retry_after());
    }

    /// It refused what another host served.
    pub(super) fn refused_what_others_serve(&self) {
        self.blame(Blame::Failed, None);
    }

    /// It told its models.
    pub(super) fn told(&self) {
        self.outage.over();
        let mut state = self.state();
        if state.unreachable {
            *state = State::default();
        }
    }

    /// It did not tell its models.
    pub(super) fn did_not_tell(&self, error: &HostError) {
        let blamed = match error {
            HostError::Unreachable { .. } => Blame::Away,
            // A proxy whose server is away, or has been taken out of service.
            HostError::Unavailable { status: Some(502..=504 | 520..=524 | 530), .. } => Blame::Away,
            HostError::Loading { .. } => Blame::NotReady,
            HostError::TimedOut { .. } | HostError::Unavailable { .. } => Blame::Failed,
            HostError::Untrusted { .. }
            | HostError::WithoutTls { .. }
            | HostError::Unauthorized { .. }
            | HostError::Forbidden { .. }
            | HostError::NotFound { .. }
            | HostError::WrongKind { .. }
            | HostError::Unreadable { .. } => Blame::None,
        };
        self.blame(blamed, None);
    }

    /// A call went to another host.
    pub(super) fn leave(&self) {
        self.left.fetch_add(1, Ordering::Relaxed);
    }

    /// Calls that went to another host.
    pub(super) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    fn blame(&self, blame: Blame, asked: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.state();
        // Those who failed together tell one thing.
        if blame == Blame::None || state.until.is_some_and(|until| now < until) {
            return;
        }
        state.failures += 1;
        let is_chance = blame == Blame::Failed && asked.is_none() && state.rests == 0;
        if is_chance && state.failures < self.settings.failure_threshold {
            return;
        }
        state.rests += 1;
        state.unreachable = blame == Blame::Away;
        let rest = self.settings.pause(state.rests, asked, fastrand::f64());
        state.until = now.checked_add(rest);
        drop(state);
        self.rests.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl State {
    fn is_resting(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until || self.probing)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.0.state().probing = false;
    }
}

impl CircuitBreakerSettings {
    /// The `nth` rest in a row (1, 2, …). `draw` is uniform in 0..1.
    fn pause(&self, nth: u32, asked: Option<Duration>, draw: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(nth.saturating_sub(1));
        let whole = self.first_pause.saturating_mul(doubled).min(self.longest_pause);
        let asked = asked.unwrap_or_default().min(self.longest_pause);
        whole.mul_f64(0.5 + draw / 2.0).max(asked)
    }
}

const fn blame(error: &ChatError) -> Blame {
    match error {
        ChatError::Unreachable { .. } => Blame::Away,
        ChatError::Loading { .. } => Blame::NotReady,
        ChatError::Overloaded { .. }
        | ChatError::Failed { .. }
        | ChatError::Crashed { .. }
        | ChatError::Interrupted { .. } => Blame::Failed,
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
        | ChatError::AllHostsFailed { .. } => Blame::None,
    }
}

#[cfg(test)]
mod tests;
