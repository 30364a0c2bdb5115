//! Rules of requests beyond the recorded cases of FastAPI.

use serde_json::{Value, json};
use synod_domain::DebateMode;
use synod_request_validation::{FieldProblem, JsonLimits, RequestModel, read_body};

use crate::{
    DebateDefaults,
    wire::{DebateConfigurationRequest, DebateControlRequest, TaskRequest},
};

fn debate(change: impl Fn(&mut Value)) -> Value {
    let mut body = json!({
        "debate_topic": "Should the town ban cars?",
        "problem_statement": "",
        "selected_agents": ["analyst", "critic"],
    });
    change(&mut body);
    body
}

fn problems<T: RequestModel>(body: &Value) -> Vec<(String, Value)> {
    let problems = read_body::<T>(body.to_string().as_bytes(), true, JsonLimits::default())
        .err()
        .unwrap_or_default();
    problems.iter().map(|problem| (problem.kind.to_owned(), json!(problem.loc))).collect()
}

fn debate_problems(change: impl Fn(&mut Value)) -> Vec<(String, Value)> {
    problems::<DebateConfigurationRequest>(&debate(change))
}

fn one(kind: &str, loc: Value) -> Vec<(String, Value)> {
    vec![(kind.to_owned(), loc)]
}

#[test]
fn a_debate_is_read_with_the_defaults_of_the_domain() {
    let body = debate(|body| {
        body["max_rounds"] = "7".into();
        body["debate_rules"] = json!({ "run_off": "no", "seed": 7.0, "options": ["Yes", "No"] });
    });
    let read = read_body::<DebateConfigurationRequest>(
        body.to_string().as_bytes(),
        true,
        JsonLimits::default(),
    );
    let config = read.expect("it is right").with(&DebateDefaults::default());
    assert_eq!((config.max_rounds, config.debate_mode), (7, DebateMode::Autonomous));
    assert_eq!((config.debate_rules.run_off, config.debate_rules.seed), (false, Some(7)));
    assert_eq!(config.debate_rules.max_tokens_per_turn, 400);
}

#[test]
fn agents_are_two_to_sixteen_distinct_ids() {
    let agents = |agents: Value| debate_problems(|body| body["selected_agents"] = agents.clone());
    let place = json!(["body", "selected_agents"]);
    assert_eq!(agents(json!(["a"])), one("too_short", place.clone()));
    let many: Vec<_> = (0..17).map(|i| format!("a{i}")).collect();
    assert_eq!(agents(json!(many)), one("too_long", place.clone()));
    assert_eq!(agents(json!(["a", "b", "a"])), one("value_error", place));
    let second = json!(["body", "selected_agents", 1]);
    assert_eq!(agents(json!(["a", "b c"])), one("string_pattern_mismatch", second.clone()));
    assert_eq!(agents(json!(["a", ""])), one("string_too_short", second.clone()));
    assert_eq!(agents(json!(["a", "x".repeat(129)])), one("string_too_long", second));
}

#[test]
fn rules_are_known_and_within_their_ranges() {
    let rules = |rules: Value| debate_problems(|body| body["debate_rules"] = rules.clone());
    let at = |rule: &str| json!(["body", "debate_rules", rule]);
    assert_eq!(
        rules(json!({ "max_tokens_per_turn": 31 })),
        one("greater_than_equal", at("max_tokens_per_turn"))
    );
    assert_eq!(rules(json!({ "min_rounds": -1 })), one("greater_than_equal", at("min_rounds")));
    assert_eq!(rules(json!({ "min_rounds": 256 })), one("less_than_equal", at("min_rounds")));
    assert_eq!(rules(json!({ "seed": 1_u64 << 31 })), one("less_than_equal", at("seed")));
    assert_eq!(rules(json!({ "options": ["Yes"] })), one("too_short", at("options")));
    let second = json!(["body", "debate_rules", "options", 1]);
    let long = json!({ "options": ["Yes", "é".repeat(161)] });
    assert_eq!(rules(long), one("string_too_long", second));
    assert_eq!(
        rules(json!({ "decision_rule": "lottery" })),
        one("string_pattern_mismatch", at("decision_rule"))
    );
    assert_eq!(rules(json!({ "judge": "a b" })), one("string_pattern_mismatch", at("judge")));
    assert_eq!(rules(json!({ "min_round": 1 })), one("extra_forbidden", at("min_round")));
    assert_eq!(rules(Value::Null), one("dict_type", json!(["body", "debate_rules"])));

    let body = debate(|body| body["debate_rules"] = json!({ "min_round": 1 })).to_string();
    let problems =
        read_body::<DebateConfigurationRequest>(body.as_bytes(), true, JsonLimits::default())
            .expect_err("unknown");
    assert!(problems[0].msg.ends_with("did you mean `min_rounds`?"), "{}", problems[0].msg);

    let body = debate(|body| body["debate_rules"] = json!({ "weights": [1, 2] })).to_string();
    let problems =
        read_body::<DebateConfigurationRequest>(body.as_bytes(), true, JsonLimits::default())
            .expect_err("unknown");
    let said = &problems[0].msg;
    let listed = "Extra inputs are not permitted; there are `options`, ";
    assert!(
        said.starts_with(listed) && said.contains("`seed`"),
        "far words are not suggested: {said}"
    );
}

#[test]
fn rules_across_fields_are_value_errors_at_their_field() {
    let body = debate(|body| {
        body["debate_rules"] =
            json!({ "judge": "critic", "min_rounds": "9", "options": ["Yes", "abstain"] });
        body["debate_topic"] = " ".into();
        body["max_rounds"] = 5.into();
    });
    let problems = read_body::<DebateConfigurationRequest>(
        body.to_string().as_bytes(),
        true,
        JsonLimits::default(),
    );
    let problems = json!(problems.expect_err("four rules are broken"));
    let at = |field: &str| json!(["body", "debate_rules", field]);
    let locs: Vec<_> = problems.as_array().unwrap().iter().map(|p| p["loc"].clone()).collect();
    let option = json!(["body", "debate_rules", "options", 1]);
    assert_eq!(locs, [json!(["body", "debate_topic"]), option, at("min_rounds"), at("judge")]);
    assert_eq!(
        problems[2],
        json!({
            "type": "value_error",
            "loc": ["body", "debate_rules", "min_rounds"],
            "msg": "Value error, must not exceed max_rounds, which is 5",
            "input": "9",
            "ctx": { "error": {} },
        })
    );
}

#[test]
fn lengths_in_bytes_are_checked_beside_those_in_characters() {
    let topic = |text: &str| debate_problems(|body| body["debate_topic"] = text.into());
    let place = json!(["body", "debate_topic"]);
    assert_eq!(topic(&"é".repeat(2_048)), []);
    assert_eq!(topic(&"é".repeat(2_049)), one("value_error", place.clone()));
    assert_eq!(topic(&"é".repeat(4_097)), one("string_too_long", place.clone()));
    assert_eq!(topic(""), one("string_too_short", place));
}

#[test]
fn a_pause_may_have_a_policy() {
    let reported = |body: &Value| problems::<DebateControlRequest>(body);
    assert_eq!(reported(&json!({ "action": "pause", "policy": "abort" })), []);
    assert_eq!(reported(&json!({ "action": "pause", "policy": null })), []);
    let policy = json!(["body", "policy"]);
    assert_eq!(
        reported(&json!({ "action": "pause", "policy": "now" })),
        one("string_pattern_mismatch", policy)
    );
}

#[test]
fn bytes_that_are_not_json_are_refused() {
    let refused = |bytes: &[u8]| {
        let problems = read_body::<TaskRequest>(bytes, true, JsonLimits::default())
            .expect_err("it is no request");
        (problems.len(), problems[0].kind)
    };
    for bytes in [
        &b"{\"operation\":\"\xFF\"}"[..],
        b"{\"operation\":\"\\ud800\"}",
        b"{\"operation\":\"chat\",\"timeout_seconds\":NaN}",
        b"{\"operation\":\"chat\",\"timeout_seconds\":1e999}",
        b"{\"operation\":\"chat\"",
        b"\xFE\xFF\x00{",
        "[".repeat(100_000).as_bytes(),
        format!("{{\"parameters\":{}1{}}}", "{\"a\":".repeat(64), "}".repeat(64)).as_bytes(),
    ] {
        assert_eq!(refused(bytes), (1, "json_invalid"), "{:?}", String::from_utf8_lossy(bytes));
    }
    let deep = format!(
        "{{\"operation\":\"chat\",\"parameters\":{}1{}}}",
        "{\"[a{\":".repeat(63),
        "}".repeat(63)
    );
    assert!(
        read_body::<TaskRequest>(deep.as_bytes(), true, JsonLimits::default()).is_ok(),
        "64 deep is not too deep"
    );
}

#[test]
fn at_most_128_problems_are_listed() {
    let rules: Vec<_> = (0..10_000).map(|i| format!("\"x{i}\":1")).collect();
    let body = debate(|_| {}).to_string();
    let body = body.replacen('{', &format!("{{\"debate_rules\":{{{}}},", rules.join(",")), 1);
    let problems =
        read_body::<DebateConfigurationRequest>(body.as_bytes(), true, JsonLimits::default())
            .expect_err("unknown");
    assert_eq!(problems.len(), 129);
    let last = serde_json::to_value(problems.last().unwrap()).unwrap();
    assert_eq!(
        last,
        json!({
            "type": "too_many_errors",
            "loc": ["body"],
            "msg": "and 9872 more errors",
            "input": null,
            "ctx": { "more": 9872 },
        })
    );
    assert_eq!(FieldProblem::count(&problems), 10_000);
}

#[test]
fn a_body_with_too_many_values_is_refused_by_their_count() {
    let body = |ones: usize| format!("{{\"selected_agents\":[{}]}}", vec!["1"; ones].join(","));
    let refused = |body: String| {
        let read =
            read_body::<DebateConfigurationRequest>(body.as_bytes(), true, JsonLimits::default());
        let problems = serde_json::to_value(read.expect_err("it is no request")).unwrap();
        assert!(problems.to_string().len() < 32 << 10, "the answer is as long as the request");
        problems[0].clone()
    };
    let wide = refused(body(500_000));
    assert_eq!(
        (&wide["type"], &wide["ctx"]["error"]),
        (&json!("json_invalid"), &json!("more than 16384 values"))
    );
    let legal = refused(body(10_000));
    assert_eq!(legal["type"], "missing", "{legal}");
}

#[test]
fn a_long_value_is_quoted_in_part() {
    let body = debate(|body| body["debate_mode"] = "x".repeat(1 << 20).into());
    let problems = read_body::<DebateConfigurationRequest>(
        body.to_string().as_bytes(),
        true,
        JsonLimits::default(),
    );
    let problems = serde_json::to_string(&problems.expect_err("no mode")).unwrap();
    assert!(problems.len() < 16 << 10 && problems.contains('…'), "{}", problems.len());
}
