use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// A part of the time of a call, in milliseconds: at most 2³² − 2, which is 49 days.
// One more than the number, so that an optional one has four bytes. Each call in a log has four of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline, with = "u32"))]
#[serde(from = "u32", into = "u32")]
pub struct Millis(NonZeroU32);

impl Millis {
    /// These milliseconds, or the most if there are more.
    #[must_use]
    pub fn new(ms: u64) -> Self {
        let more = u32::try_from(ms.saturating_add(1)).ok().and_then(NonZeroU32::new);
        Self(more.unwrap_or(NonZeroU32::MAX))
    }

    /// The number of milliseconds.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get() - 1
    }
}

impl From<u32> for Millis {
    fn from(ms: u32) -> Self {
        Self::new(ms.into())
    }
}

impl From<Millis> for u32 {
    fn from(ms: Millis) -> Self {
        ms.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_up_to_the_most() {
        for ms in [0, 1, 3_600_000, u32::MAX - 1] {
            assert_eq!(Millis::from(ms).get(), ms);
        }
        assert_eq!(Millis::new(u64::MAX), Millis::from(u32::MAX - 1));
        assert_eq!(Millis::from(u32::MAX).get(), u32::MAX - 1);
    }

    #[test]
    fn they_are_written_as_numbers() {
        let times = [Some(Millis::from(0)), None];
        assert_eq!(serde_json::to_string(&times).unwrap(), "[0,null]");
        assert_eq!(serde_json::from_str::<[Option<Millis>; 2]>("[0,null]").unwrap(), times);
        assert_eq!(size_of::<Option<Millis>>(), 4);
    }
}
