//! What FastAPI itself answered, case by case; `tests/fastapi/cases.py` asked it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    extract::{body, query},
    validation::{JsonLimits, Origin, Request, request_schema, shape::Shape},
    wire::{DebateControlRequest, OllamaChatRequest, TaskRequest},
};

/// One field of every kind.
#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
#[serde(default)]
#[garde(allow_unvalidated)]
pub(super) struct Probe {
    #[garde(range(min = 1, max = 20))]
    whole: u8,
    #[garde(range(min = 0.0, max = 1.0))]
    share: f64,
    flag: bool,
    #[garde(length(chars, min = 2, max = 5))]
    word: String,
    choice: Choice,
    #[garde(length(min = 2, max = 4))]
    names: Vec<String>,
    numbers: Vec<i64>,
    any: Map<String, Value>,
    #[garde(range(max = 3_600))]
    maybe_whole: Option<u16>,
    #[garde(range(min = 0.0, max = 2.0))]
    maybe_share: Option<f64>,
    maybe_flag: Option<bool>,
    maybe_word: Option<String>,
    maybe_choice: Option<Choice>,
    maybe_list: Option<Vec<Map<String, Value>>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Choice {
    Low,
    High,
}

impl Default for Probe {
    fn default() -> Self {
        Self {
            whole: 3,
            share: 0.5,
            flag: false,
            word: "abc".into(),
            choice: Choice::Low,
            names: vec!["a".into(), "b".into()],
            numbers: Vec::new(),
            any: Map::new(),
            maybe_whole: None,
            maybe_share: None,
            maybe_flag: None,
            maybe_word: None,
            maybe_choice: None,
            maybe_list: None,
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
#[serde(default)]
#[garde(allow_unvalidated)]
struct ProbeQuery {
    #[garde(range(min = 1, max = 500))]
    limit: u16,
    status: Option<Status>,
    deltas: bool,
    after: Option<u64>,
    share: Option<f64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Queued,
    Running,
}

impl Default for ProbeQuery {
    fn default() -> Self {
        Self { limit: 50, status: None, deltas: true, after: None, share: None }
    }
}

/// The seed's own rules, before those of the domain: ids that are only texts, any debate rules.
#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
#[garde(allow_unvalidated)]
#[expect(dead_code, reason = "what is read is compared before it gets here")]
struct DebateConfigurationRequest {
    #[garde(length(chars, min = 1, max = 4_096))]
    debate_topic: String,
    #[garde(length(chars, max = 65_536))]
    problem_statement: String,
    #[serde(default)]
    debate_mode: synod_domain::DebateMode,
    #[serde(default = "one")]
    #[garde(range(min = 1, max = 20))]
    max_rounds: u8,
    #[serde(default = "one")]
    #[garde(range(min = 1, max = 10))]
    max_iterations_per_round: u8,
    #[serde(default)]
    #[garde(range(min = 0.0, max = 1.0))]
    consensus_threshold: f64,
    #[serde(default = "ten")]
    #[garde(range(min = 10, max = 300))]
    time_limit_per_argument: u16,
    #[garde(length(min = 2, max = 16))]
    selected_agents: Vec<String>,
    #[serde(default)]
    debate_rules: Map<String, Value>,
}

const fn one() -> u8 {
    1
}

const fn ten() -> u16 {
    10
}

#[derive(Deserialize)]
struct Case {
    model: String,
    r#in: String,
    sent: String,
    #[serde(default = "json")]
    content_type: Option<String>,
    detail: Option<Value>,
    read: Option<Value>,
}

fn json() -> Option<String> {
    Some("application/json".to_owned())
}

impl Case {
    fn answer<T: Request>(&self) -> Option<Value> {
        let problems = match self.r#in.as_str() {
            "query" => query::read::<T>(&self.sent).err(),
            _ => {
                let stated = self.content_type.as_deref().unwrap_or_default();
                let is_json = crate::extract::body::is_json(stated);
                body::read::<T>(self.sent.as_bytes(), is_json, JsonLimits::default()).err()
            }
        };
        problems.map(|problems| json!(problems))
    }

    /// What the walk makes of the values, as far as they were sent.
    fn coerced<T: Request>(&self) -> Value {
        let mut value = match self.r#in.as_str() {
            "query" => query::parameters(&self.sent),
            _ => super::super::parse(self.sent.as_bytes(), JsonLimits::default())
                .expect("it is JSON"),
        };
        let shape = Shape::compile(request_schema::<T>().as_value());
        assert_eq!(shape.check(&mut value, Origin::Body), []);
        value
    }

    fn hold<T: Request>(&self) {
        let sent = (&self.sent, &self.content_type);
        let mut ours = self.answer::<T>().and_then(|problems| without_our_rules(&problems));
        let mut theirs = self.detail.clone();
        // Where JSON breaks off, and in which words, is the parser's business.
        for problems in [&mut ours, &mut theirs].into_iter().flatten() {
            if problems[0]["type"] == "json_invalid" {
                problems[0]["loc"] = json!(["body"]);
                problems[0]["ctx"] = Value::Null;
            }
        }
        assert_eq!(ours.map(plain), theirs.map(plain), "{sent:?}");
        if let Some(Value::Object(read)) = &self.read {
            for (name, value) in self.coerced::<T>().as_object().into_iter().flatten() {
                let Some(read) = read.get(name) else { continue };
                assert_eq!(plain(value.clone()), plain(read.clone()), "{sent:?}");
            }
        }
    }
}

/// The design's model takes any object for a message of the history; ours has `role` and `content`.
fn without_our_rules(problems: &Value) -> Option<Value> {
    let is_ours = |problem: &Value| {
        problem["loc"][1] == "conversation_history" && problem["loc"][3].is_string()
    };
    let theirs: Vec<_> = problems.as_array()?.iter().filter(|p| !is_ours(p)).cloned().collect();
    (!theirs.is_empty()).then(|| theirs.into())
}

/// Numbers too large for 64 bits are the nearest double here, and exact there; 7.0 is 7.
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

#[test]
fn every_case_is_answered_as_fastapi_answers_it() {
    let cases = include_str!("../../../tests/fastapi/cases.jsonl");
    let mut count = 0;
    for line in cases.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        match case.model.as_str() {
            "Probe" => case.hold::<Probe>(),
            "ProbeQuery" => case.hold::<ProbeQuery>(),
            "TaskRequest" => case.hold::<TaskRequest>(),
            "OllamaChatRequest" => case.hold::<OllamaChatRequest>(),
            "DebateControlRequest" => case.hold::<DebateControlRequest>(),
            "DebateConfigurationRequest" => case.hold::<DebateConfigurationRequest>(),
            other => panic!("no such model: {other}"),
        }
        count += 1;
    }
    assert!(count > 600, "{count} cases");
}
