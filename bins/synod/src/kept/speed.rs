use std::{str::FromStr, time::Duration};

use thiserror::Error;

/// How fast a debate is replayed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Speed {
    /// This many times as fast as the debate was.
    Times(f64),
    /// Without waiting.
    Max,
}

/// A word that is no speed.
#[derive(Debug, Error)]
#[error("write a number from 0.1 to 1000, or max")]
pub(crate) struct NoSpeed;

/// Maximum wait between two events of a replay.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

impl Speed {
    /// How long a replay waits for a time of the debate.
    pub(crate) fn wait(self, of_debate: Duration) -> Duration {
        match self {
            Self::Times(times) => of_debate.div_f64(times).min(LONGEST_WAIT),
            Self::Max => Duration::ZERO,
        }
    }
}

impl FromStr for Speed {
    type Err = NoSpeed;

    fn from_str(text: &str) -> Result<Self, NoSpeed> {
        if text.eq_ignore_ascii_case("max") {
            return Ok(Self::Max);
        }
        let times: f64 = text.trim_end_matches(['x', 'X', '×']).parse().map_err(|_| NoSpeed)?;
        if (0.1..=1_000.0).contains(&times) { Ok(Self::Times(times)) } else { Err(NoSpeed) }
    }
}
