//! Reads fields leniently, so that an invalid field does not lose the text beside it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Reads a field as `None` unless it has the shape of `T`: a count may be null, negative, a fraction
/// or a text.
pub(crate) fn optional<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let json = <&RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(json.get()).ok())
}

/// Returns the field `error` unless it is empty: some servers send an empty one with every line.
pub(crate) fn report(error: Option<&RawValue>) -> Option<&RawValue> {
    error.filter(|error| !matches!(error.get(), "\"\"" | "{}" | "false" | "[]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Line {
        #[serde(default, deserialize_with = "optional")]
        count: Option<u64>,
    }

    #[test]
    fn invalid_counts_are_ignored() {
        for (count, read) in
            [("7", Some(7)), ("null", None), ("-7", None), ("7.5", None), ("\"7\"", None)]
        {
            let line: Line = serde_json::from_str(&format!(r#"{{"count":{count}}}"#)).unwrap();
            assert_eq!(line, Line { count: read }, "{count}");
        }
    }
}
