use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::abridged;

/// The kind of the last problem of an incomplete list.
const MORE: &str = "too_many_errors";

/// A problem of a request, as Pydantic reports it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldProblem {
    /// Pydantic's type of the problem, such as `missing` or `less_than_equal`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The location: `body`, `query` or `header`, then keys and indices.
    pub loc: Vec<Place>,
    /// The message.
    pub msg: String,
    /// The value that was sent, [`abridged`].
    pub input: Value,
    /// The limits that were exceeded.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub ctx: Map<String, Value>,
}

/// A step of a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A key.
    Key(String),
    /// An index.
    Index(usize),
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Key(key) => serializer.serialize_str(key),
            Self::Index(index) => serializer.serialize_u64(*index as u64),
        }
    }
}

impl From<&str> for Place {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Place {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl FieldProblem {
    /// Returns the problem of a word that is not among `words`: Pydantic's `literal_error`.
    #[must_use]
    pub fn not_among(
        loc: Vec<Place>,
        words: impl Iterator<Item = &'static str>,
        input: impl Into<Value>,
    ) -> Self {
        let mut words: Vec<_> = words.map(|word| format!("'{word}'")).collect();
        let last = words.pop().unwrap_or_default();
        let expected =
            if words.is_empty() { last } else { format!("{} or {last}", words.join(", ")) };
        let msg = format!("Input should be {expected}");
        let ctx = [("expected".to_owned(), expected.into())].into_iter().collect();
        Self { kind: "literal_error", loc, msg, input: abridged(&input.into()), ctx }
    }

    /// Returns the problem of a broken rule: Pydantic's `value_error`.
    #[must_use]
    pub fn value_error(
        loc: Vec<Place>,
        reason: impl Into<String>,
        input: impl Into<Value>,
    ) -> Self {
        let reason = reason.into();
        let mut ctx = Map::new();
        ctx.insert("error".to_owned(), Value::Object(Map::new()));
        let msg = format!("Value error, {reason}");
        Self { kind: "value_error", loc, msg, input: abridged(&input.into()), ctx }
    }

    /// Returns the entry that counts the problems left out of a list.
    pub(crate) fn more(loc: Vec<Place>, count: usize) -> Self {
        let errors = if count == 1 { "error" } else { "errors" };
        let ctx = [("more".to_owned(), count.into())].into_iter().collect();
        let msg = format!("and {count} more {errors}");
        Self { kind: MORE, loc, msg, input: Value::Null, ctx }
    }

    /// Returns the number of problems, including those left out of the list.
    #[must_use]
    pub fn count(problems: &[Self]) -> usize {
        let more = |problem: &Self| problem.ctx.get("more")?.as_u64()?.try_into().ok();
        let each =
            |problem: &Self| if problem.kind == MORE { more(problem).unwrap_or(1) } else { 1 };
        problems.iter().map(each).sum()
    }
}
