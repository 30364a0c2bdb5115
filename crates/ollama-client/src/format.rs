use serde::{Serialize, Serializer};

use crate::RawJson;

/// What the answer's text must be.
///
/// Servers before 0.31.2 drop it for some thinking models when thinking is off, and a schema's
/// number bounds are not enforced: always check with [`crate::ChatReply::structured`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// Any JSON. Say so in the prompt too, or the model may write white space without end.
    Json,
    /// JSON of this JSON Schema, an object (since 0.5.0).
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
