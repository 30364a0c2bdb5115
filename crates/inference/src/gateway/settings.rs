use std::time::Duration;

use super::{CircuitBreakerSettings, RetrySettings};

/// What a gateway allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewaySettings {
    /// Calls that one model on one host serves at a time, where the host does not say
    /// ([`ModelHost::concurrent_calls`](crate::ModelHost::concurrent_calls)). 1, as Ollama serves
    /// unless told otherwise: what the host would let wait inside is better kept out here, where
    /// the clock of the call does not run.
    pub concurrent_calls: usize,
    /// Calls that may wait for one model on one host (256); more are
    /// [`ChatError::Busy`](crate::ChatError::Busy).
    pub waiting_calls: usize,
    /// Longest wait for admission and until the model may be used (30 minutes); then `Busy`.
    pub queue_limit: Duration,
    /// Longest wait for a model to be loaded, where a host does not say
    /// ([`ModelHost::load_limit`](crate::ModelHost::load_limit)): 10 minutes; then
    /// [`ChatError::Failed`](crate::ChatError::Failed). The load itself goes on. It is also the
    /// longest that a call waits for hosts that say that they are loading; then
    /// [`ChatError::NoHostReady`](crate::ChatError::NoHostReady).
    pub load_limit: Duration,
    /// Longest that a call waits in all for hosts that cannot be reached or have too much to do, where
    /// a host does not say ([`ModelHost::away_limit`](crate::ModelHost::away_limit)): 2 minutes; then
    /// [`ChatError::NoHostReady`](crate::ChatError::NoHostReady). Calls of an
    /// [attended](crate::Flow::attended) flow do not wait for them.
    pub away_limit: Duration,
    /// Longest wait for a host to tell its models (5 s), or whether one is resident.
    pub listing_limit: Duration,
    /// Longest wait for a model to show whether it chats, where its host does not tell (60 s).
    pub trial_limit: Duration,
    /// When and how often a failed call is sent again.
    pub retry: RetrySettings,
    /// When and how long a host that fails is left alone.
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
