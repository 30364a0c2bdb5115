use serde::{Serialize, Serializer};

use crate::raw_json::RawJson;

/// The format of the reply's text.
///
/// Servers before 0.31.2 ignore the format for some thinking models when thinking is off, and no
/// server enforces the bounds of numbers in a schema: always validate the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Any JSON. Ask for JSON in the prompt too, or the model may write endless white space.
    Json,
    /// JSON that matches a JSON Schema (since 0.5.0).
    Schema(RawJson),
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json => serializer.serialize_str("json"),
            Self::Schema(schema) => schema.serialize(serializer),
        }
    }
}
