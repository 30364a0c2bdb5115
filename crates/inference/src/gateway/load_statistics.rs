use std::num::NonZeroUsize;

use crate::HostName;

/// How often models were loaded on a host, and how often that was avoided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadStatistics {
    /// The host.
    pub host: HostName,
    /// Models that it holds at once, as it says or as was learnt. `None`: no limit was met.
    pub models_at_once: Option<NonZeroUsize>,
    /// Loads that calls of this gateway made.
    pub made: u64,
    /// Loads avoided by grouping calls by model: those that the same calls would have made in addition
    /// in the order of their arrival, each pushing out the least recently used model.
    pub avoided: u64,
}
