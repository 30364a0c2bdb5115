use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::raw_json::RawJson;

/// A tool call by the model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Wire")]
pub struct ToolCall {
    /// The id of the call, to be repeated in its result (since 0.12.10).
    pub id: Option<String>,
    /// The index of the call within the reply.
    pub index: u32,
    /// The name of the tool.
    pub name: String,
    /// The arguments: an object whose keys are in the order of the model.
    pub arguments: RawJson,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    id: Option<String>,
    function: Function<String, RawJson>,
}

#[derive(Serialize, Deserialize)]
struct Function<S, A> {
    #[serde(default)]
    index: u32,
    name: S,
    arguments: A,
}

impl From<Wire> for ToolCall {
    fn from(Wire { id, function: Function { index, name, arguments } }: Wire) -> Self {
        Self { id, index, name, arguments }
    }
}

impl Serialize for ToolCall {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let function = Function { index: self.index, name: &self.name, arguments: &self.arguments };
        let mut call = serializer.serialize_struct("ToolCall", 2)?;
        match &self.id {
            Some(id) => call.serialize_field("id", id)?,
            None => call.skip_field("id")?,
        }
        call.serialize_field("function", &function)?;
        call.end()
    }
}
