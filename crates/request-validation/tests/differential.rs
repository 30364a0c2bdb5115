//! Requests are read as FastAPI read them, one field of every kind.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use synod_request_validation::{
    Origin, request_schema,
    test_util::{FastApiCase, edge_values, trial},
};

/// One field of every kind.
#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
#[serde(default)]
#[garde(allow_unvalidated)]
struct Probe {
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

/// The rules of the FastAPI design, which are weaker than those of the domain: ids are any texts, and
/// debate rules any object.
#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
#[garde(allow_unvalidated)]
#[expect(dead_code, reason = "the values are compared before they are read into the type")]
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

#[test]
fn every_case_is_answered_as_fastapi_answered_it() {
    let (cases, mut count) = (FastApiCase::all(), 0);
    for case in &cases {
        let check = match case.model.as_str() {
            "Probe" => FastApiCase::check::<Probe>,
            "ProbeQuery" => FastApiCase::check::<ProbeQuery>,
            "DebateConfigurationRequest" => FastApiCase::check::<DebateConfigurationRequest>,
            // The other types are tested where they are declared.
            _ => continue,
        };
        check(case, |_| false);
        count += 1;
    }
    assert!(count > 500 && cases.len() > 600, "{count} of {} cases", cases.len());
}

#[test]
fn no_field_passes_the_walk_that_serde_refuses() {
    let values = edge_values(request_schema::<Probe>().as_value(), &json!({}));
    let refused = values.iter().filter(|value| {
        let problems = trial::<Probe>(Origin::Body, (*value).clone());
        problems.is_err_and(|problems| !problems.is_empty())
    });
    let (refused, all) = (refused.count(), values.len());
    assert!(refused > 100 && refused < all, "{refused} of {all}");
}
