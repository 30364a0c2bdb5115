use std::{fmt, sync::Arc};

use synod_domain::DebateId;

/// The right to drive a debate, until its lease runs out and someone else claims it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The debate.
    pub id: DebateId,
    /// The term that began with this claim.
    pub epoch: Epoch,
    /// The last sequence number when it was granted.
    pub last: u64,
}

/// A term of ownership; 0: never owned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The term after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The name of a process that drives debates. It stays over a restart if the process has a store to
/// itself, and then need not wait for its own leases; of several processes, each has another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner(Arc<str>);

impl Owner {
    /// The owner of this name.
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
