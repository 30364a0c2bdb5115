use std::{str::FromStr, time::Duration};

use synod_domain::{DebateId, Timestamp};
use thiserror::Error;
use uuid::Uuid;

/// A time as a user writes it: an age such as `90d`, a date in UTC, or a time of RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// This long ago, such as `90d`.
    Ago(Duration),
    /// At this time.
    At(Timestamp),
}

/// Errors returned by parsing a [`Moment`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "write an age such as 30m, 2h, 7d or 4w, a date such as 2026-11-30 (UTC), or a time such as \
     2026-11-30T12:00:00Z"
)]
pub struct NoMoment;

impl Moment {
    /// Resolves the time relative to `now`.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(age) => {
                let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
                Timestamp::from_unix_ms(now.unix_ms().saturating_sub(age))
            }
            Self::At(at) => at,
        }
    }

    /// The first id that a debate begun at this time can have: the first 48 bits of an id are its time.
    #[must_use]
    pub fn first_id(self, now: Timestamp) -> DebateId {
        const MOST: u64 = (1 << 48) - 1;
        let ms = u64::try_from(self.at(now).unix_ms()).unwrap_or(0).min(MOST);
        DebateId::from_uuid(Uuid::from_u128(u128::from(ms) << 80))
    }
}

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        if let Some(at) = text.strip_suffix(char::is_alphabetic)
            && let Some(age) = age(at, &text[at.len()..])
        {
            return Ok(Self::Ago(age));
        }
        let midnight = || format!("{text}T00:00:00Z").parse();
        text.parse().or_else(|_| midnight()).map(Self::At).map_err(|_| NoMoment)
    }
}

fn age(number: &str, unit: &str) -> Option<Duration> {
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    let number: u64 = number.parse().ok()?;
    number.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_a_date_and_a_time_are_times() {
        let now: Timestamp = "2026-11-30T12:00:00.000Z".parse().unwrap();
        for (text, at) in [
            ("90d", "2026-09-01T12:00:00.000Z"),
            ("30m", "2026-11-30T11:30:00.000Z"),
            ("0s", "2026-11-30T12:00:00.000Z"),
            ("4w", "2026-11-02T12:00:00.000Z"),
            ("2026-11-01", "2026-11-01T00:00:00.000Z"),
            ("2026-11-01T10:00:00+02:00", "2026-11-01T08:00:00.000Z"),
        ] {
            assert_eq!(text.parse::<Moment>().unwrap().at(now).to_string(), at, "{text}");
        }
        for text in
            ["", "d", "-1d", "1.5h", "5", "1y", "yesterday", "2026-13-01", "99999999999999999999d"]
        {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
        let ancient = "9999999999w".parse::<Moment>().unwrap();
        assert_eq!(ancient.first_id(now).as_uuid().as_u128(), 0);
    }

    #[test]
    fn the_first_id_of_a_time_is_below_all_ids_of_debates_begun_then() {
        let at = "2026-11-30T12:00:00.000Z".parse::<Moment>().unwrap();
        let first = at.first_id(Timestamp::default()).as_uuid().simple().to_string();
        assert_eq!(&first[12..], &"0".repeat(20));
        let ms = u64::from_str_radix(&first[..12], 16).unwrap();
        assert_eq!(
            Timestamp::from_unix_ms(i64::try_from(ms).unwrap()),
            at.at(Timestamp::default())
        );
    }
}
