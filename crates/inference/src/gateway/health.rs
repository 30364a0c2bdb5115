use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;

use super::{
    breaker::{Blame, CircuitBreaker, CircuitBreakerSettings, Probe},
    outage::{Outage, Sign},
};
use crate::{AccessRefusal, ChatError, CrashEvidence, HostError, host_error::HostCondition};

/// How a host is doing, as its calls have shown.
pub(super) struct Health {
    breaker: Arc<CircuitBreaker>,
    /// The time in which it cannot be reached.
    outage: Arc<Outage>,
    /// Why it refuses all calls of this program, until one is served.
    access_refusal: Mutex<Option<AccessRefusal>>,
    /// Calls that left the host for another.
    moved_away: AtomicU64,
}

impl Health {
    pub(super) fn new(settings: CircuitBreakerSettings) -> Arc<Self> {
        Arc::new(Self {
            breaker: CircuitBreaker::new(settings),
            outage: Outage::none(),
            access_refusal: Mutex::default(),
            moved_away: AtomicU64::new(0),
        })
    }

    /// Whether calls that may go elsewhere avoid the host.
    pub(super) fn is_avoided(&self) -> bool {
        self.breaker.is_open()
    }

    /// How much longer the host is avoided; `None`: it is not, or its probe is under way.
    pub(super) fn rests_for(&self) -> Option<Duration> {
        self.breaker.rests_for()
    }

    /// Waits until the host is avoided.
    pub(super) async fn avoided(&self) {
        self.breaker.opens().await;
    }

    /// A call begins. The first one after the host was avoided is the probe.
    pub(super) fn enter(&self) -> Option<Probe> {
        self.breaker.enter()
    }

    /// The time in which the host cannot be reached.
    pub(super) const fn outage(&self) -> &Arc<Outage> {
        &self.outage
    }

    /// A call has brought output, or a load has succeeded.
    pub(super) fn answers(&self) {
        self.outage.over();
        *self.access_refusal.lock() = None;
    }

    /// A call has succeeded to its end.
    pub(super) fn succeeded(&self) {
        self.answers();
        self.breaker.succeeded();
    }

    /// Why it refuses all calls of this program, if it did when last asked.
    pub(super) fn access_refusal(&self) -> Option<AccessRefusal> {
        self.access_refusal.lock().clone()
    }

    /// A call or a load failed.
    pub(super) fn failed(&self, error: &ChatError) {
        match Sign::of(error) {
            Sign::HostAway => self.outage.met(error),
            Sign::ModelNotReady | Sign::Ready => self.outage.over(),
            Sign::None => {}
        }
        if let Some(refusal) = AccessRefusal::of(error)
            && !error.is_access_to_model()
        {
            *self.access_refusal.lock() = Some(refusal);
        }
        self.breaker.failed(blame(error), error.retry_after());
    }

    /// The host refused a call that another served.
    pub(super) fn refused_what_others_serve(&self) {
        self.breaker.failed(Blame::Failed, None);
    }

    /// The host has listed its models.
    pub(super) fn listed(&self) {
        self.outage.over();
        if self.breaker.reached() {
            *self.access_refusal.lock() = None;
        }
    }

    /// The host did not list its models.
    pub(super) fn did_not_list(&self, error: &HostError) {
        let blame = match error.condition() {
            HostCondition::Away => Blame::Away,
            HostCondition::Loading => Blame::NotReady,
            HostCondition::Failing => Blame::Failed,
            HostCondition::Refusing => Blame::None,
        };
        self.breaker.failed(blame, None);
    }

    /// A call left the host for another.
    pub(super) fn count_moved_away(&self) {
        self.moved_away.fetch_add(1, Ordering::Relaxed);
    }

    /// The number of calls that left the host for another.
    pub(super) fn moved_away(&self) -> u64 {
        self.moved_away.load(Ordering::Relaxed)
    }
}

const fn blame(error: &ChatError) -> Blame {
    match error {
        ChatError::Unreachable { .. } => Blame::Away,
        ChatError::Loading { .. } => Blame::NotReady,
        ChatError::Overloaded { .. }
        | ChatError::Failed { .. }
        | ChatError::Crashed { evidence: CrashEvidence::Reported, .. }
        | ChatError::Interrupted { .. } => Blame::Failed,
        ChatError::Crashed { evidence: CrashEvidence::OnlyCallsFail, .. }
        | ChatError::Deadline { .. }
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
