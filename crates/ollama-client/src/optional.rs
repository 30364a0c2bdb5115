//! Reads fields leniently, so that an invalid field does not lose the text beside it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Reads a field as `None` unless it has the shape of `T`: a count may be null, negative, a fraction
/// or a text.
pub(crate) fn optional<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let json = <&RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(json.get()).ok())
}

/// Reads a text: a string, or a list of parts, whose texts are joined.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    fn add(value: &Value, text: &mut String) {
        match value {
            Value::String(piece) => text.push_str(piece),
            Value::Array(parts) => parts.iter().for_each(|part| add(part, text)),
            Value::Object(part) => {
                if let Some(Value::String(piece)) = part.get("text") {
                    text.push_str(piece);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let value = Value::deserialize(deserializer)?;
    if let Value::String(text) = value {
        return Ok(Some(text));
    }
    let mut text = String::new();
    add(&value, &mut text);
    Ok((!text.is_empty()).then_some(text))
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
        #[serde(default, deserialize_with = "text")]
        content: Option<String>,
    }

    #[test]
    fn invalid_counts_are_ignored_and_parts_are_joined() {
        for (count, read) in
            [("7", Some(7)), ("null", None), ("-7", None), ("7.5", None), ("\"7\"", None)]
        {
            let line: Line = serde_json::from_str(&format!(r#"{{"count":{count}}}"#)).unwrap();
            assert_eq!(line, Line { count: read, content: None }, "{count}");
        }
        for (content, read) in [
            ("\"a b\"", Some("a b")),
            ("\"\"", Some("")),
            (r#"[{"type":"text","text":"a "},"b",{"type":"image"}]"#, Some("a b")),
            ("null", None),
            ("7", None),
        ] {
            let line: Line = serde_json::from_str(&format!(r#"{{"content":{content}}}"#)).unwrap();
            assert_eq!(line.content.as_deref(), read, "{content}");
        }
    }
}
