//! Whatever is sent, a request is read or refused in the walk; serde is never the one to complain.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::fastapi;
use crate::{
    response::error::FieldProblem,
    router,
    validation::{JsonLimits, Origin, Request, accept, request_schema, shape_of},
};

/// Reads a value into a type; fails if the walk finds nothing wrong and serde does.
pub(crate) type Trial = fn(Origin, Value) -> Result<(), Vec<FieldProblem>>;

pub(crate) fn trial<T: Request>(origin: Origin, value: Value) -> Result<(), Vec<FieldProblem>> {
    let mut walked = value.clone();
    if walked.is_object() && shape_of::<T>().check(&mut walked, origin).is_empty() {
        let read = serde_json::from_value::<T>(walked);
        assert!(read.is_ok(), "{:?}: {value}", read.err());
    }
    accept::<T>(origin, value.clone(), || value).map(|_| ())
}

/// Every type that a request is read into.
fn requests() -> Vec<(Origin, Value, Trial)> {
    let described = router::endpoints().into_iter().filter_map(|endpoint| endpoint.operation);
    let read = described.flat_map(|operation| {
        let body = operation.body.map(|body| (Origin::Body, body));
        body.into_iter().chain(operation.query.map(|query| (Origin::Query, query)))
    });
    let read = read.map(|(origin, read)| (origin, (read.schema)().into(), read.trial));
    let mut all: Vec<_> = read.collect();
    all.push(ours::<crate::wire::TaskRequest>());
    all.push(ours::<crate::wire::OllamaChatRequest>());
    all.push(ours::<crate::wire::DebateConfigurationRequest>());
    all.push(ours::<crate::wire::NewDebateRequest>());
    all.push(ours::<crate::wire::DebateControlRequest>());
    all.push(ours::<fastapi::Probe>());
    all
}

fn ours<T: Request>() -> (Origin, Value, Trial) {
    (Origin::Body, request_schema::<T>().into(), trial::<T>)
}

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-2..400_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0.0..2.0).prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        "[ +-]?[0-9_]{1,6}(\\.0)?".prop_map(Value::from),
        proptest::sample::select(vec![
            "structured",
            "autonomous",
            "plurality",
            "start",
            "drain",
            "high",
            "nan",
            "-inf",
            "1e3",
            "yes",
            "off",
            "critic",
            "analyst",
            "O1",
        ])
        .prop_map(Value::from),
    ]
}

fn json(keys: Vec<String>) -> impl Strategy<Value = Value> {
    let keys = prop_oneof![proptest::sample::select(keys), "\\PC{0,4}"];
    leaf().prop_recursive(3, 48, 8, move |inner| {
        let list = prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from);
        let object = prop::collection::vec((keys.clone(), inner), 0..12);
        let object = object.prop_map(|members| Value::Object(members.into_iter().collect()));
        prop_oneof![list, object]
    })
}

/// The names of all fields, however deep.
fn names(schema: &Value, into: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                into.extend(properties.keys().cloned());
            }
            object.values().for_each(|inner| names(inner, into));
        }
        Value::Array(items) => items.iter().for_each(|inner| names(inner, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The required fields, so that most values get beyond them.
fn filled(value: Value) -> Value {
    let Value::Object(sent) = value else { return value };
    let filler = json!({
        "debate_topic": "t", "problem_statement": "p", "selected_agents": ["a", "b"],
        "operation": "chat", "model": "m", "message": "hi", "action": "start",
    });
    let mut filled: Map<_, _> = filler.as_object().cloned().unwrap_or_default();
    filled.extend(sent);
    filled.into()
}

/// The edges of every kind of number, and values that are not numbers.
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

/// Every value with one field, however deep, put in its place.
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

#[test]
fn no_field_gets_past_the_walk_that_serde_refuses() {
    let (edges, mut count) = (edges(), 0);
    for (origin, schema, trial) in requests() {
        for value in with_one_field(&schema, &filled(json!({})), &edges) {
            let _ = trial(origin, value);
            count += 1;
        }
    }
    assert!(count > 1_000, "{count} values");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_value_gets_past_the_walk_that_serde_refuses(
        (bare, value) in (any::<bool>(), json({
            let mut all = Vec::new();
            requests().iter().for_each(|(_, schema, _)| names(schema, &mut all));
            all
        })),
    ) {
        let value = if bare { value } else { filled(value) };
        for (origin, _, trial) in requests() {
            let told = trial(origin, value.clone());
            prop_assert!(told.err().is_none_or(|problems| !problems.is_empty()));
        }
    }

    #[test]
    fn no_bytes_are_too_strange_to_be_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let refused = crate::extract::body::read::<crate::wire::DebateControlRequest>(&bytes, true, JsonLimits::default());
        prop_assert!(refused.is_err());
    }
}
