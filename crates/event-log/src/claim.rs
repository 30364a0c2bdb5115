use synod_domain::DebateId;

/// The right of a worker to drive a debate, as long as its lease lasts or until the debate is claimed
/// again.
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
