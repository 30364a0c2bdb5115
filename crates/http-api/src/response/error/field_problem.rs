use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::abridged;

/// The kind of the last problem of a list that is not complete.
const MORE: &str = "too_many_errors";

/// One thing that is wrong with a request, as Pydantic words it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct FieldProblem {
    /// Pydantic's word for the kind of mistake, as `missing` or `less_than_equal`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// Where: `body`, `query` or `path`, then keys and indices.
    pub(crate) loc: Vec<Place>,
    /// In a sentence.
    pub(crate) msg: String,
    /// What was sent, or as much of it as an answer quotes.
    pub(crate) input: Value,
    /// The limits that were not kept.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(crate) ctx: Map<String, Value>,
}

/// A step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
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
    /// A word outside of these: Pydantic's `literal_error`.
    pub(crate) fn not_among(
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

    /// A rule that no single value breaks alone: Pydantic's `value_error`.
    pub(crate) fn value_error(
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

    /// The entry that stands for errors left out of the list.
    pub(crate) fn more(loc: Vec<Place>, count: usize) -> Self {
        let errors = if count == 1 { "error" } else { "errors" };
        let ctx = [("more".to_owned(), count.into())].into_iter().collect();
        let msg = format!("and {count} more {errors}");
        Self { kind: MORE, loc, msg, input: Value::Null, ctx }
    }

    /// How many there are.
    pub(crate) fn count(problems: &[Self]) -> usize {
        let more = |problem: &Self| problem.ctx.get("more")?.as_u64()?.try_into().ok();
        let each =
            |problem: &Self| if problem.kind == MORE { more(problem).unwrap_or(1) } else { 1 };
        problems.iter().map(each).sum()
    }
}
