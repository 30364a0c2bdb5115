use std::{borrow::Cow, fmt};

use serde_json::{Map, Value};

use crate::{FieldProblem, abridged, path::Path};

/// A problem of one value, in Pydantic's words, without its location.
#[derive(Debug)]
pub(crate) struct ValidationError {
    kind: &'static str,
    msg: Cow<'static, str>,
    ctx: Map<String, Value>,
}

impl ValidationError {
    pub(crate) fn new(kind: &'static str, msg: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, msg: msg.into(), ctx: Map::new() }
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.ctx.insert(name.to_owned(), value.into());
        self
    }

    /// Returns the problem of the value at this path.
    pub(crate) fn at(self, path: &Path<'_>, input: &Value) -> FieldProblem {
        self.quoting(path, abridged(input))
    }

    /// Returns the problem, with an input that is quoted already.
    pub(crate) fn quoting(self, path: &Path<'_>, input: Value) -> FieldProblem {
        let Self { kind, msg, ctx } = self;
        FieldProblem { kind, loc: path.places(), msg: msg.into_owned(), input, ctx }
    }

    pub(crate) fn missing() -> Self {
        Self::new("missing", "Field required")
    }

    pub(crate) fn not_a_model() -> Self {
        let msg = "Input should be a valid dictionary or object to extract fields from";
        Self::new("model_attributes_type", msg)
    }

    pub(crate) fn not_json(error: impl Into<Value>) -> Self {
        Self::new("json_invalid", "JSON decode error").with("error", error)
    }

    /// `hint`: the end of the message, which names the known keys.
    pub(crate) fn forbidden(hint: &str) -> Self {
        Self::new("extra_forbidden", format!("Extra inputs are not permitted{hint}"))
    }

    /// A broken rule of this crate's user.
    pub(crate) fn rule(reason: &str) -> Self {
        Self::new("value_error", format!("Value error, {reason}"))
            .with("error", Value::Object(Map::new()))
    }

    pub(crate) fn over(most: impl fmt::Display + Into<Value>) -> Self {
        let msg = format!("Input should be less than or equal to {most}");
        Self::new("less_than_equal", msg).with("le", most)
    }

    pub(crate) fn under(least: impl fmt::Display + Into<Value>) -> Self {
        let msg = format!("Input should be greater than or equal to {least}");
        Self::new("greater_than_equal", msg).with("ge", least)
    }

    pub(crate) fn text_too_short(fewest: usize) -> Self {
        let msg = format!("String should have at least {}", counted(fewest, "character"));
        Self::new("string_too_short", msg).with("min_length", fewest)
    }

    pub(crate) fn text_too_long(most: usize) -> Self {
        let msg = format!("String should have at most {}", counted(most, "character"));
        Self::new("string_too_long", msg).with("max_length", most)
    }

    pub(crate) fn mismatch(pattern: &str) -> Self {
        let msg = format!("String should match pattern '{pattern}'");
        Self::new("string_pattern_mismatch", msg).with("pattern", pattern)
    }

    pub(crate) fn list_too_short(fewest: usize, actual: usize) -> Self {
        let items = counted(fewest, "item");
        let msg = format!("List should have at least {items} after validation, not {actual}");
        Self::new("too_short", msg)
            .with("field_type", "List")
            .with("min_length", fewest)
            .with("actual_length", actual)
    }

    pub(crate) fn list_too_long(most: usize, actual: usize) -> Self {
        let items = counted(most, "item");
        let msg = format!("List should have at most {items} after validation, not {actual}");
        Self::new("too_long", msg)
            .with("field_type", "List")
            .with("max_length", most)
            .with("actual_length", actual)
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
