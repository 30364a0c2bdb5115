use std::{fmt, sync::Arc};

use synod_domain::DebateId;

/// The right to drive a debate, until its lease expires and another owner claims it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The debate.
    pub id: DebateId,
    /// The epoch that began with this claim.
    pub epoch: Epoch,
    /// The last sequence number when the claim was granted.
    pub last: u64,
}

/// A term of ownership: raised by every claim, 0 before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The next epoch.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The name of a process that drives debates, unique among the processes on one store.
///
/// A process that keeps its name over a restart need not wait for its own leases to expire.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner(Arc<str>);

impl Owner {
    /// An owner with this name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
