use std::num::NonZeroUsize;

use crate::HostName;

/// How often models were loaded on a host, and how often that was avoided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loads {
    /// The host.
    pub host: HostName,
    /// Models it holds at once: as it says, or as was learnt. `None`: no limit was met.
    pub models_at_once: Option<NonZeroUsize>,
    /// Loads that calls of this gateway made.
    pub made: u64,
    /// Loads that the same calls would have made besides in the order in which they came, had each
    /// pushed out the model that was used least recently.
    pub avoided: u64,
}
