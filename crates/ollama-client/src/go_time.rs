//! Time in the formats of Go: nanosecond integers, RFC 3339 timestamps and durations as text.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Formats a duration as Go does: `10m0s`, `1h30m0s`, `1.5s`, `250ms`.
pub(crate) fn go_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let nanos = duration.subsec_nanos();
    if seconds == 0 && nanos > 0 {
        return sub_second(nanos);
    }
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = String::new();
    if hours > 0 {
        let _ = write!(text, "{hours}h");
    }
    if seconds >= 60 {
        let _ = write!(text, "{minutes}m");
    }
    let _ = write!(text, "{rest}");
    if nanos > 0 {
        let digits = format!("{nanos:09}");
        let _ = write!(text, ".{}", digits.trim_end_matches('0'));
    }
    text.push('s');
    text
}

fn sub_second(nanos: u32) -> String {
    if nanos.is_multiple_of(1_000_000) {
        format!("{}ms", nanos / 1_000_000)
    } else {
        format!("{nanos}ns")
    }
}

/// Reads a number of nanoseconds. Other values are `None`, among them the negative ones that Go
/// reports after the clock was set back.
pub(crate) fn nanoseconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    let nanos = Value::deserialize(deserializer)?.as_u64();
    Ok(nanos.map(Duration::from_nanos))
}

/// Reads a timestamp; `None` for Go's zero time and for other text.
pub(crate) fn stamp(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok().filter(|at| at.year() > 1)
}

/// A text that is copied only if it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// [`stamp`] as a serde field; `None` for other values.
pub(crate) fn optional_stamp<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<OffsetDateTime>, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_str().and_then(stamp))
}

/// [`stamp`] as a serde field that may have any shape.
pub(crate) fn lenient_stamp<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<OffsetDateTime>, D::Error> {
    let json = <&RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str::<Text<'_>>(json.get()).ok().and_then(|text| stamp(&text.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_formatted_as_in_go() {
        let cases = [
            (Duration::from_secs(600), "10m0s"),
            (Duration::from_secs(5400), "1h30m0s"),
            (Duration::from_secs(3600), "1h0m0s"),
            (Duration::from_millis(1500), "1.5s"),
            (Duration::from_millis(250), "250ms"),
            (Duration::from_nanos(1_000_001), "1000001ns"),
            (Duration::ZERO, "0s"),
        ];
        for (duration, text) in cases {
            assert_eq!(go_duration(duration), text);
        }
    }

    #[test]
    fn timestamps_may_have_any_precision_and_offset() {
        for text in [
            "2026-08-21T18:48:22Z",
            "2026-08-21T18:48:22.1Z",
            "2026-08-21T11:48:22.123456789-07:00",
            "2318-12-01T04:35:21.904Z",
        ] {
            assert!(stamp(text).is_some(), "{text}");
        }
        assert_eq!(stamp("0001-01-01T00:00:00Z"), None);
        assert_eq!(stamp("soon"), None);
    }

    #[test]
    fn escapes_in_timestamps_are_read_and_other_shapes_ignored() {
        #[derive(Deserialize)]
        struct Line {
            #[serde(deserialize_with = "lenient_stamp")]
            at: Option<OffsetDateTime>,
        }
        let read =
            |at: &str| serde_json::from_str::<Line>(&format!(r#"{{"at":{at}}}"#)).unwrap().at;
        // As some encoders of JSON write a plus sign.
        assert_eq!(read(r#""2026-08-21T18:48:22\u002B00:00""#), stamp("2026-08-21T18:48:22Z"));
        for other in ["7", "null", "[]", "{}", "\"soon\""] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
