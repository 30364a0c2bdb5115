use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{
    OffsetDateTime, UtcOffset, error::ParseFromDescription, format_description::well_known::Rfc3339,
};

/// An instant of wall time, in whole milliseconds since 1970 UTC. On the wire RFC 3339 with three
/// decimals and `Z`, which can write the years 0 to 9999: earlier and later instants become the first and the last of
/// those.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Timestamp(
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("format" = "date-time")))] i64,
);

/// The first instant of the year 0.
const FIRST_MS: i64 = -62_167_219_200_000;
/// The last millisecond of the year 9999.
const LAST_MS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// The instant that many milliseconds after 1970.
    #[must_use]
    pub const fn from_unix_ms(ms: i64) -> Self {
        if ms < FIRST_MS {
            Self(FIRST_MS)
        } else if ms > LAST_MS {
            Self(LAST_MS)
        } else {
            Self(ms)
        }
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn unix_ms(self) -> i64 {
        self.0
    }

    /// Milliseconds since `earlier`, 0 if that is later.
    #[must_use]
    pub fn ms_since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// The instant that much later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let duration = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_unix_ms(self.0.saturating_add(duration))
    }

    /// The instant that much earlier.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        let duration = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_unix_ms(self.0.saturating_sub(duration))
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(at: OffsetDateTime) -> Self {
        // The years that `OffsetDateTime` spans are far within 64 bits of milliseconds.
        let ms = i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000));
        Self::from_unix_ms(ms.unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .map_err(|_| fmt::Error)?;
        let (date, time) = (at.date(), at.time());
        let year = u16::try_from(date.year()).map_err(|_| fmt::Error)?;
        // Each event has one: a template and its digits take a third of the time of `write!`.
        let mut text = *b"0000-00-00T00:00:00.000Z";
        for (last, value) in [
            (3, year),
            (6, u8::from(date.month()).into()),
            (9, date.day().into()),
            (12, time.hour().into()),
            (15, time.minute().into()),
            (18, time.second().into()),
            (22, time.millisecond()),
        ] {
            write_digits(&mut text[..=last], value);
        }
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// At the end of a text of zeros.
fn write_digits(text: &mut [u8], mut value: u16) {
    for digit in text.iter_mut().rev() {
        if value == 0 {
            return;
        }
        *digit += u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
    }
}

impl FromStr for Timestamp {
    type Err = time::error::Parse;

    /// Refuses what cannot be written again: at an offset, the first and last hours of RFC 3339 are
    /// outside of it in UTC.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let at = OffsetDateTime::parse(text, &Rfc3339)?;
        let year = at.checked_to_offset(UtcOffset::UTC).map(OffsetDateTime::year);
        if year.is_some_and(|year| (0..=9_999).contains(&year)) {
            Ok(at.into())
        } else {
            Err(ParseFromDescription::InvalidComponent("year").into())
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::{datetime, format_description};

    use super::*;

    fn any_time() -> impl Strategy<Value = i64> {
        let ends = [datetime!(0000-01-01 0:00 UTC), datetime!(9999-12-31 23:59:59.999 UTC)];
        let [first, last] = ends.map(|end| Timestamp::from(end).unix_ms());
        first..=last
    }

    #[test]
    fn what_is_read_can_be_written() {
        for text in ["0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
        let first: Timestamp = "0000-01-01T00:01:00+00:01".parse().unwrap();
        assert_eq!(first.to_string(), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn the_bounds_are_those_of_rfc_3339() {
        assert_eq!(Timestamp::from_unix_ms(i64::MIN).to_string(), "0000-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_unix_ms(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
    }

    proptest! {
        #[test]
        fn every_time_can_be_written(ms: i64, later: Duration, earlier: Duration) {
            let at = Timestamp::from_unix_ms(ms);
            for at in [at, at.after(later), at.before(earlier)] {
                prop_assert_eq!(at.to_string().parse::<Timestamp>().unwrap(), at);
            }
        }

        #[test]
        fn a_time_is_written_as_rfc_3339_has_it_and_read_again(ms in any_time()) {
            let at = Timestamp::from_unix_ms(ms);
            let format = format_description!(
                "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
            );
            let written = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
                .unwrap()
                .format(format).unwrap();
            prop_assert_eq!(at.to_string(), written);
            prop_assert_eq!(at.to_string().parse::<Timestamp>().unwrap(), at);
        }
    }
}
