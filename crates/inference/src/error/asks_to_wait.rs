use std::{fmt, time::Duration};

/// Seconds; shorter waits are not mentioned.
const LEAST_SHOWN: u64 = 10;

/// The time that a host asks to be left alone, where it is long enough to matter to people, with what
/// joins it to the sentence before.
pub(super) struct AsksToWait(pub(super) &'static str, pub(super) Option<Duration>);

impl fmt::Display for AsksToWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(joint, asked) = self;
        let seconds = asked.map_or(0, |asked| asked.as_secs());
        // Rounded up, so that the text stays the same while a host counts down.
        match seconds {
            0..LEAST_SHOWN => Ok(()),
            LEAST_SHOWN..=120 => write!(f, "{joint} asks to wait {seconds} s"),
            ..=7_199 if !seconds.div_ceil(60).is_multiple_of(60) => {
                write!(f, "{joint} asks to wait {} min", seconds.div_ceil(60))
            }
            _ => write!(f, "{joint} asks to wait {} h", seconds.div_ceil(3_600)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_waits_are_shown_in_minutes_or_hours() {
        for (seconds, text) in [
            (1, ""),
            (30, "; it asks to wait 30 s"),
            (121, "; it asks to wait 3 min"),
            (3_541, "; it asks to wait 1 h"),
            (3_600, "; it asks to wait 1 h"),
            (5_400, "; it asks to wait 90 min"),
            (86_400, "; it asks to wait 24 h"),
        ] {
            assert_eq!(AsksToWait("; it", Some(Duration::from_secs(seconds))).to_string(), text);
        }
        assert_eq!(AsksToWait("; it", None).to_string(), "");
    }
}
