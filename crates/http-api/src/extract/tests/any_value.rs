//! Any value is accepted or refused by the walk of the validation; serde never finds a further problem.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use synod_request_validation::{
    JsonLimits, Origin, RequestModel, read_body, request_schema,
    test_util::{Trial, edge_values, trial},
};

use crate::{router, wire};

/// Every type that a request is read into.
fn requests() -> Vec<(Origin, Value, Trial)> {
    let described = router::endpoints().into_iter().filter_map(|endpoint| endpoint.operation);
    let read = described.flat_map(|operation| {
        let body = operation.body.map(|body| (Origin::Body, body));
        body.into_iter().chain(operation.query.map(|query| (Origin::Query, query)))
    });
    let read = read.map(|(origin, read)| (origin, (read.schema)().into(), read.trial));
    let mut all: Vec<_> = read.collect();
    all.push(ours::<wire::TaskRequest>());
    all.push(ours::<wire::OllamaChatRequest>());
    all.push(ours::<wire::DebateConfigurationRequest>());
    all.push(ours::<wire::NewDebateRequest>());
    all.push(ours::<wire::DebateControlRequest>());
    all
}

fn ours<T: RequestModel>() -> (Origin, Value, Trial) {
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

#[test]
fn no_field_passes_the_walk_that_serde_refuses() {
    let mut count = 0;
    for (origin, schema, trial) in requests() {
        for value in edge_values(&schema, &filled(json!({}))) {
            let _ = trial(origin, value);
            count += 1;
        }
    }
    assert!(count > 1_000, "{count} values");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_value_passes_the_walk_that_serde_refuses(
        (bare, value) in (any::<bool>(), json({
            let mut all = Vec::new();
            requests().iter().for_each(|(_, schema, _)| names(schema, &mut all));
            all
        })),
    ) {
        let value = if bare { value } else { filled(value) };
        for (origin, _, trial) in requests() {
            let outcome = trial(origin, value.clone());
            prop_assert!(outcome.err().is_none_or(|problems| !problems.is_empty()));
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let refused = read_body::<wire::DebateControlRequest>(&bytes, true, JsonLimits::default());
        prop_assert!(refused.is_err());
    }
}
