use synod_domain::Recorded;
use thiserror::Error;

/// Errors returned by [`Debate::fold`](crate::Debate::fold) and [`Debate::open`](crate::Debate::open).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FoldError {
    /// The log has no event.
    #[error("the log is empty")]
    Empty,
    /// The first event is not `debate_initialized`.
    #[error("the log does not begin with `debate_initialized`")]
    NotInitialized,
    /// An event is missing or repeated.
    #[error("event {expected} is missing; found event {found} in its place")]
    Gap {
        /// The expected number.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// An event belongs to another debate.
    #[error("event {seq} belongs to another debate")]
    OtherDebate {
        /// Its number.
        seq: u64,
    },
    /// The event has an unknown version of the rules.
    #[error("event {seq} was written by version {v} of the rules; this is version {known}", known = Recorded::VERSION)]
    Version {
        /// Its number.
        seq: u64,
        /// Its version.
        v: u16,
    },
}

impl FoldError {
    pub(crate) const fn check_version(recorded: &Recorded) -> Result<(), Self> {
        if recorded.v == 0 || recorded.v > Recorded::VERSION {
            Err(Self::Version { seq: recorded.seq, v: recorded.v })
        } else {
            Ok(())
        }
    }
}
