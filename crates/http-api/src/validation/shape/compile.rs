use regex::Regex;
use serde_json::{Map, Value};

use super::{Field, Float, Integer, List, Record, Shape, Text};

impl Shape {
    /// Compiles a schema as [`request_schema`](crate::validation::request_schema) writes it.
    pub(in crate::validation) fn compile(schema: &Value) -> Self {
        let Value::Object(schema) = schema else { return Self::Any };
        if let Some(Value::Array(alternatives)) = schema.get("anyOf") {
            return Self::nullable(alternatives);
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("string") => Self::Text(Text {
                fewest: count(schema, "minLength").unwrap_or(0),
                most: count(schema, "maxLength").unwrap_or(usize::MAX),
                pattern: pattern(schema),
            }),
            Some("integer") => Self::Integer(Integer {
                least: whole(schema, "minimum").unwrap_or(i64::MIN.into()),
                most: whole(schema, "maximum").unwrap_or(u64::MAX.into()),
            }),
            Some("number") => Self::Float(Float {
                least: schema.get("minimum").and_then(Value::as_f64),
                most: schema.get("maximum").and_then(Value::as_f64),
            }),
            Some("boolean") => Self::Boolean,
            Some("array") => Self::List(List {
                items: Box::new(schema.get("items").map_or(Self::Any, Self::compile)),
                fewest: count(schema, "minItems").unwrap_or(0),
                most: count(schema, "maxItems").unwrap_or(usize::MAX),
            }),
            Some("object") => Self::Record(Record::compile(schema)),
            Some(_) | None => Self::Any,
        }
    }

    fn nullable(alternatives: &[Value]) -> Self {
        let is_null = |schema: &&Value| schema["type"] == "null";
        match alternatives {
            [schema, null] | [null, schema] if is_null(&null) => {
                Self::Nullable(Box::new(Self::compile(schema)))
            }
            _ => Self::Any,
        }
    }
}

impl Record {
    fn compile(schema: &Map<String, Value>) -> Self {
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &String| required.is_some_and(|r| r.iter().any(|n| n == name));
        let properties = schema.get("properties").and_then(Value::as_object);
        let field = |(name, property): (&String, &Value)| Field {
            name: name.clone(),
            required: is_required(name),
            shape: Shape::compile(property),
        };
        let others = match schema.get("additionalProperties") {
            Some(Value::Bool(false)) => None,
            Some(others) => Some(Box::new(Shape::compile(others))),
            None => Some(Box::new(Shape::Any)),
        };
        Self { fields: properties.into_iter().flatten().map(field).collect(), others }
    }
}

fn count(schema: &Map<String, Value>, keyword: &str) -> Option<usize> {
    schema.get(keyword)?.as_u64()?.try_into().ok()
}

fn whole(schema: &Map<String, Value>, keyword: &str) -> Option<i128> {
    schema.get(keyword)?.as_number()?.as_i128()
}

/// The patterns are ours; one that cannot be read is a mistake that the tests find.
fn pattern(schema: &Map<String, Value>) -> Option<Regex> {
    let pattern = schema.get("pattern")?.as_str()?;
    let compiled = Regex::new(pattern);
    debug_assert!(compiled.is_ok(), "{pattern} is no regular expression");
    compiled.ok()
}
