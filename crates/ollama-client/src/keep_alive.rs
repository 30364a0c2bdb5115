use std::str::FromStr;
use std::time::Duration;

use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::go_time::go_duration;

/// How long the model stays loaded after the call. The last value that any client sent applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeepAlive {
    /// Until the server stops.
    Forever,
    /// Not at all: the model is unloaded when idle.
    Unload,
    /// A duration.
    For(Duration),
    /// A Go duration such as `1h30m`, sent unchanged. The server refuses a text without a unit.
    Text(String),
}

impl Serialize for KeepAlive {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // A negative text needs a unit; a negative number does not.
            Self::Forever => serializer.serialize_i64(-1),
            Self::Unload => serializer.serialize_i64(0),
            Self::For(duration) => serializer.serialize_str(&go_duration(*duration)),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// The text is not a valid `keep_alive`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "is a time such as `10m`, `1h30m` or `300` (seconds), `0` to unload at once, `-1` for ever"
)]
pub struct InvalidKeepAlive;

/// Parses a value of `OLLAMA_KEEP_ALIVE`: a number of seconds or a Go duration. Negative values mean
/// forever.
impl FromStr for KeepAlive {
    type Err = InvalidKeepAlive;

    fn from_str(text: &str) -> Result<Self, InvalidKeepAlive> {
        let text = text.trim();
        let (is_negative, size) = match text.strip_prefix('-') {
            Some(size) => (true, size),
            None => (false, text),
        };
        let time = match size.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => duration(size).ok_or(InvalidKeepAlive)?,
        };
        Ok(match (is_negative, time) {
            (_, Duration::ZERO) => Self::Unload,
            (true, _) => Self::Forever,
            (false, time) => Self::For(time),
        })
    }
}

/// Reads a Go duration without a sign: numbers, each with its unit.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut time = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        rest = &rest[letters..];
        time = time.checked_add(Duration::try_from_secs_f64(number * unit).ok()?)?;
    }
    (!text.is_empty()).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_the_variable_is_parsed() {
        let seconds = |seconds| Ok(KeepAlive::For(Duration::from_secs(seconds)));
        for (text, read) in [
            ("300", seconds(300)),
            ("10m", seconds(600)),
            ("1h30m", seconds(5_400)),
            ("1.5m", seconds(90)),
            (" 24h ", seconds(86_400)),
            ("250ms", Ok(KeepAlive::For(Duration::from_millis(250)))),
            ("0", Ok(KeepAlive::Unload)),
            ("0s", Ok(KeepAlive::Unload)),
            ("-1", Ok(KeepAlive::Forever)),
            ("-1s", Ok(KeepAlive::Forever)),
            ("", Err(InvalidKeepAlive)),
            ("10 minutes", Err(InvalidKeepAlive)),
            ("m", Err(InvalidKeepAlive)),
            ("5d", Err(InvalidKeepAlive)),
            ("--1", Err(InvalidKeepAlive)),
            ("1e3s", Err(InvalidKeepAlive)),
            ("99999999999999999999h", Err(InvalidKeepAlive)),
        ] {
            assert_eq!(text.parse(), read, "{text}");
        }
    }
}
