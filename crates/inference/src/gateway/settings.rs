use std::time::Duration;

use super::{backoff::RetrySettings, breaker::CircuitBreakerSettings};

/// Limits and pauses of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewaySettings {
    /// Calls that one model on one host serves at a time, if the host does not say
    /// ([`HostLimits::concurrent_calls`](crate::HostLimits::concurrent_calls)). 1, as Ollama's default: a
    /// call that would wait inside the host had better wait here, where its clock does not run.
    pub concurrent_calls: usize,
    /// Calls that may wait for one model on one host (256); more are
    /// [`ChatError::Busy`](crate::ChatError::Busy), except calls of [accepted](crate::Flow::accepted) flows.
    pub waiting_calls: usize,
    /// Longest wait for a grant (30 minutes); then `Busy`, except for calls of
    /// [accepted](crate::Flow::accepted) flows.
    pub queue_limit: Duration,
    /// Longest wait for a model to be loaded, if a host does not say
    /// ([`HostLimits::load_limit`](crate::HostLimits::load_limit)): 10 minutes; then
    /// [`ChatError::Failed`](crate::ChatError::Failed). The load itself continues. It is also the
    /// longest time that a call waits for hosts that report that they are loading; then
    /// [`ChatError::NoHostReady`](crate::ChatError::NoHostReady).
    pub load_limit: Duration,
    /// Longest time that a call waits in all for hosts that cannot be reached or are overloaded, if a
    /// host does not say ([`HostLimits::away_limit`](crate::HostLimits::away_limit)): 2 minutes; then
    /// [`ChatError::NoHostReady`](crate::ChatError::NoHostReady). Calls of an
    /// [attended](crate::Flow::attended) flow do not wait for them.
    pub away_limit: Duration,
    /// Longest wait for a host to list its models (5 s), or to say whether one is in memory.
    pub listing_limit: Duration,
    /// Longest wait for a model to show whether it chats, if its host does not report it (60 s).
    pub trial_limit: Duration,
    /// When and how often a failed call is sent again.
    pub retry: RetrySettings,
    /// When and how long a host that fails is avoided.
    pub circuit_breaker: CircuitBreakerSettings,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            concurrent_calls: 1,
            waiting_calls: 256,
            queue_limit: Duration::from_mins(30),
            load_limit: Duration::from_mins(10),
            away_limit: Duration::from_mins(2),
            listing_limit: Duration::from_secs(5),
            trial_limit: Duration::from_mins(1),
            retry: RetrySettings::default(),
            circuit_breaker: CircuitBreakerSettings::default(),
        }
    }
}
