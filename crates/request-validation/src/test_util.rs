//! What tests of request types share: FastAPI's recorded answers, and values at the edges of every field.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    FieldProblem, JsonLimits, Origin, RequestModel, parse, query_value, read::shape_of, read_body,
    read_query, read_value,
};

/// Reads a value into a type and returns the problems.
pub type Trial = fn(Origin, Value) -> Result<(), Vec<FieldProblem>>;

/// Reads a value into `T`.
///
/// # Errors
/// The problems of the value.
///
/// # Panics
/// If the walk finds no problem and serde finds one: then a response would not name the field.
pub fn trial<T: RequestModel>(origin: Origin, value: Value) -> Result<(), Vec<FieldProblem>> {
    let mut walked = value.clone();
    if walked.is_object() && shape_of::<T>().check(&mut walked, origin).is_empty() {
        let read = serde_json::from_value::<T>(walked);
        assert!(read.is_ok(), "{:?}: {value}", read.err());
    }
    read_value::<T>(origin, value.clone(), || value).map(|_| ())
}

/// Returns `base` with each field of the schema, however deep, replaced by each of many values: the
/// limits of every kind of number, and values that are not numbers.
#[must_use]
pub fn edge_values(schema: &Value, base: &Value) -> Vec<Value> {
    with_one_field(schema, base, &edges())
}

fn edges() -> Vec<Value> {
    let mut edges = vec![json!(null), json!(true), json!({}), json!([]), json!("x"), json!("1e3")];
    edges.extend([json!(0.5), json!(1e300), json!(-1e300), json!("-1"), json!("nan")]);
    for bits in [7, 8, 15, 16, 31, 32, 63] {
        let edge = 1_u64 << bits;
        edges.extend([json!(edge), json!(edge - 1), json!(edge.to_string()), json!(edge as f64)]);
    }
    edges.extend([json!(u64::MAX), json!(i64::MIN), json!(-1), json!(0), json!(1)]);
    let lists: Vec<_> = edges.iter().map(|edge| json!([edge, edge])).collect();
    edges.extend(lists);
    edges
}

fn with_one_field(schema: &Value, base: &Value, edges: &[Value]) -> Vec<Value> {
    let mut all = Vec::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let inner = base.get(name).cloned().filter(Value::is_object).unwrap_or_else(|| json!({}));
        let deeper = with_one_field(property, &inner, edges);
        for value in edges.iter().chain(&deeper) {
            let mut with = base.clone();
            with[name] = value.clone();
            all.push(with);
        }
    }
    all
}

/// A request and FastAPI's answer to it, recorded by `tests/fastapi/cases.py`.
#[derive(Debug, Deserialize)]
pub struct FastApiCase {
    /// The name of the type that the request is read into.
    pub model: String,
    r#in: String,
    sent: String,
    #[serde(default = "json_type")]
    content_type: Option<String>,
    detail: Option<Value>,
    read: Option<Value>,
}

fn json_type() -> Option<String> {
    Some("application/json".to_owned())
}

impl FastApiCase {
    /// Returns the recorded cases.
    ///
    /// # Panics
    /// If the recording is damaged.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let lines = include_str!("../tests/fastapi/cases.jsonl").lines();
        lines.map(|line| serde_json::from_str(line).expect("a recorded case is JSON")).collect()
    }

    /// Reads the request into `T` and compares the problems and the coerced values with FastAPI's.
    /// Problems for which `is_ours` is true are left out: rules that the recorded model lacks.
    ///
    /// # Panics
    /// If they differ.
    pub fn check<T: RequestModel>(&self, is_ours: fn(&Value) -> bool) {
        let sent = (&self.sent, &self.content_type);
        let ours = self.problems::<T>().map(|problems| json!(problems));
        let mut ours = ours.and_then(|problems| {
            let all = problems.as_array()?.iter();
            let theirs: Vec<_> = all.filter(|problem| !is_ours(problem)).cloned().collect();
            (!theirs.is_empty()).then(|| Value::from(theirs))
        });
        let mut theirs = self.detail.clone();
        // Where broken JSON ends, and the message about it, depend on the parser.
        for problems in [&mut ours, &mut theirs].into_iter().flatten() {
            if problems[0]["type"] == "json_invalid" {
                problems[0]["loc"] = json!(["body"]);
                problems[0]["ctx"] = Value::Null;
            }
        }
        assert_eq!(ours.map(plain), theirs.map(plain), "{sent:?}");
        if let Some(Value::Object(read)) = &self.read {
            for (name, value) in self.coerced::<T>() {
                let Some(read) = read.get(&name) else { continue };
                assert_eq!(plain(value), plain(read.clone()), "{sent:?}");
            }
        }
    }

    fn is_query(&self) -> bool {
        self.r#in == "query"
    }

    fn problems<T: RequestModel>(&self) -> Option<Vec<FieldProblem>> {
        if self.is_query() {
            return read_query::<T>(&self.sent).err();
        }
        let stated = self.content_type.as_deref().unwrap_or_default();
        let stated = stated.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let subtype = stated.strip_prefix("application/").unwrap_or_default();
        let is_json = subtype == "json" || subtype.ends_with("+json");
        read_body::<T>(self.sent.as_bytes(), is_json, JsonLimits::default()).err()
    }

    /// The values that were sent, as the walk coerces them.
    fn coerced<T: RequestModel>(&self) -> Map<String, Value> {
        let mut value = if self.is_query() {
            query_value(&self.sent)
        } else {
            parse(self.sent.as_bytes(), JsonLimits::default()).unwrap_or_default()
        };
        assert_eq!(shape_of::<T>().check(&mut value, Origin::Body), [], "{}", self.sent);
        value.as_object().cloned().unwrap_or_default()
    }
}

/// Numbers of more than 64 bits are the nearest double here, and exact in Python; 7.0 is 7.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(object) => {
            object.into_iter().map(|(key, value)| (key, plain(value))).collect()
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value,
    }
}
