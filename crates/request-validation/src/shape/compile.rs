use regex::Regex;
use serde_json::{Map, Value};

use super::{Field, Float, Integer, Kind, List, Object, RequestShape, Text};

impl RequestShape {
    /// Compiles a schema that [`request_schema`](crate::request_schema) has written.
    pub(crate) fn compile(schema: &Value) -> Self {
        let Value::Object(schema) = schema else { return Self(Kind::Any) };
        if let Some(Value::Array(alternatives)) = schema.get("anyOf") {
            return Self(nullable(alternatives));
        }
        Self(match schema.get("type").and_then(Value::as_str) {
            Some("string") => Kind::Text(Text {
                fewest: count(schema, "minLength").unwrap_or(0),
                most: count(schema, "maxLength").unwrap_or(usize::MAX),
                blank_is_empty: false,
                pattern: pattern(schema),
                rule: None,
            }),
            Some("integer") => Kind::Integer(Integer {
                least: integer(schema, "minimum").unwrap_or(i64::MIN.into()),
                most: integer(schema, "maximum").unwrap_or(u64::MAX.into()),
                is_strict: false,
            }),
            Some("number") => Kind::Float(Float {
                least: schema.get("minimum").and_then(Value::as_f64),
                most: schema.get("maximum").and_then(Value::as_f64),
                is_strict: false,
            }),
            Some("boolean") => Kind::Boolean,
            Some("array") => Kind::List(List {
                items: Box::new(schema.get("items").map_or(Self(Kind::Any), Self::compile)),
                fewest: count(schema, "minItems").unwrap_or(0),
                most: count(schema, "maxItems").unwrap_or(usize::MAX),
            }),
            Some("object") => Kind::Object(object(schema)),
            Some(_) | None => Kind::Any,
        })
    }
}

fn nullable(alternatives: &[Value]) -> Kind {
    let is_null = |schema: &Value| schema["type"] == "null";
    match alternatives {
        [schema, null] | [null, schema] if is_null(null) => {
            Kind::Nullable(Box::new(RequestShape::compile(schema)))
        }
        _ => Kind::Any,
    }
}

fn object(schema: &Map<String, Value>) -> Object {
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &String| required.is_some_and(|r| r.iter().any(|n| n == name));
    let properties = schema.get("properties").and_then(Value::as_object);
    let field = |(name, property): (&String, &Value)| Field {
        name: name.clone(),
        aliases: &[],
        required: is_required(name),
        shape: RequestShape::compile(property),
    };
    let others = match schema.get("additionalProperties") {
        Some(Value::Bool(false)) => None,
        Some(others) => Some(Box::new(RequestShape::compile(others))),
        None => Some(Box::new(RequestShape(Kind::Any))),
    };
    Object { fields: properties.into_iter().flatten().map(field).collect(), others }
}

fn count(schema: &Map<String, Value>, keyword: &str) -> Option<usize> {
    schema.get(keyword)?.as_u64()?.try_into().ok()
}

fn integer(schema: &Map<String, Value>, keyword: &str) -> Option<i128> {
    schema.get(keyword)?.as_number()?.as_i128()
}

/// The patterns come from types of the program; the tests find one that does not compile.
fn pattern(schema: &Map<String, Value>) -> Option<Regex> {
    let pattern = schema.get("pattern")?.as_str()?;
    let compiled = Regex::new(pattern);
    debug_assert!(compiled.is_ok(), "{pattern} is no regular expression");
    compiled.ok()
}
