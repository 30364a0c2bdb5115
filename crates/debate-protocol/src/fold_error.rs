use synod_domain::Recorded;
use thiserror::Error;

/// Why a log cannot be folded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FoldError {
    /// There is no event.
    #[error("the log is empty")]
    Empty,
    /// The first event is another than `debate_initialized`.
    #[error("the log does not begin with `debate_initialized`")]
    NotInitialized,
    /// An event is missing, or stands twice.
    #[error("event {expected} is missing; event {found} stands in its place")]
    Gap {
        /// The number that is due.
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
    /// A newer version wrote it, or none: its rules are not known here.
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
