use std::num::NonZeroU32;

/// Tokens divided by the weight of the flow that they were served to, in fractions of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct VirtualTokens(u64);

impl VirtualTokens {
    const PARTS: u64 = 1 << 16;

    /// At least one fraction: all service counts.
    pub(super) fn of(tokens: u64, weight: NonZeroU32) -> Self {
        Self((tokens.saturating_mul(Self::PARTS) / u64::from(weight.get())).max(1))
    }

    pub(super) const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub(super) const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    pub(super) fn times(self, factor: usize) -> Self {
        Self(self.0.saturating_mul(u64::try_from(factor).unwrap_or(u64::MAX)))
    }
}
