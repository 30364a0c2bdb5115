//! The table `[debate]`: the defaults of `synod debate`, and of requests to `synod serve`.

use synod_domain::{AgentId, DebateMode, DecisionRule};

use super::{key::keys, value::ModelNames};
use crate::bounds;

keys! {
    /// The values of `[debate]`. A key has the name of the flag, with `_` for `-`; its alias is the field
    /// over HTTP.
    pub(crate) struct DebateTable(" in [debate]") {
        agents: Vec<AgentId> {
            "the participants",
            alias: "selected_agents",
            samples: &[("", "[\"analyst\", \"critic\", \"pragmatist\"]")],
        }
        models: ModelNames {
            "their models in turn, MODEL or HOST/MODEL",
            alias: "model",
            samples: &[("", "[\"llama3.2:3b\", \"gpu/my-model\"]")],
        }
        moderator: AgentId {
            "the agent that chooses the speakers of an autonomous debate",
            alias: "moderator",
            samples: &[("", "\"moderator\"")],
        }
        judge: AgentId {
            "the agent that breaks ties",
            alias: "judge",
            samples: &[("", "\"skeptic\"")],
        }
        mode: DebateMode {
            "or freeform, autonomous",
            alias: "debate_mode",
            default: "\"structured\"",
        }
        rounds: u64 {
            "debated rounds, after the blind opening",
            alias: "max_rounds",
            default: "3",
            range: Some((1.0, 20.0)),
            takes: bounds::ROUNDS,
        }
        iterations: u64 {
            "turns of each participant per round",
            alias: "max_iterations_per_round",
            default: "1",
            range: Some((1.0, 10.0)),
            takes: bounds::ITERATIONS,
        }
        decision_rule: DecisionRule {
            "what makes a consensus; or majority, more than half of all participants",
            alias: "decision_rule",
            default: "\"plurality\"",
        }
        threshold: f64 {
            "share of all participants that forms a consensus",
            alias: "consensus_threshold",
            default: "0.8",
            range: Some((0.0, 1.0)),
            takes: bounds::THRESHOLD,
        }
        min_rounds: u64 {
            "no consensus before this round",
            alias: "min_rounds",
            default: "1",
            range: Some((0.0, 20.0)),
            takes: bounds::MIN_ROUNDS,
        }
        run_off: bool {
            "whether tied options are voted on again at the end",
            alias: "run_off",
            default: "true",
        }
        time_limit: u64 {
            "seconds of a call",
            alias: "time_limit_per_argument",
            default: "60",
            range: Some((10.0, 300.0)),
            takes: bounds::TIME_LIMIT,
        }
        max_tokens: u64 {
            "tokens of a statement",
            alias: "max_tokens_per_turn",
            default: "400",
            range: Some((32.0, 4_096.0)),
            takes: bounds::MAX_TOKENS,
        }
        budget: u64 {
            "tokens of all calls; no limit if not set",
            alias: "max_total_tokens",
            samples: &[("", "200000")],
            range: Some((1_000.0, 100_000_000.0)),
            takes: bounds::BUDGET,
        }
        deadline: u64 {
            "seconds of the debate; no limit if not set",
            alias: "deadline_seconds",
            samples: &[("", "3600")],
            range: Some((60.0, 86_400.0)),
            takes: bounds::DEADLINE,
        }
    }
}

impl DebateTable {
    /// The defaults of requests to `synod serve`. A request always names its participants and their models.
    pub(crate) fn for_requests(&self) -> synod_http_api::DebateDefaults {
        synod_http_api::DebateDefaults {
            debate_mode: self.mode,
            max_rounds: fitting(self.rounds),
            max_iterations_per_round: fitting(self.iterations),
            decision_rule: self.decision_rule,
            consensus_threshold: self.threshold,
            time_limit_per_argument: fitting(self.time_limit),
            min_rounds: fitting(self.min_rounds),
            moderator: self.moderator.clone(),
            judge: self.judge.clone(),
            run_off: self.run_off,
            max_tokens_per_turn: fitting(self.max_tokens),
            max_total_tokens: self.budget,
            deadline_seconds: fitting(self.deadline),
        }
    }
}

/// A number of the table as a smaller type. Its range was checked when it was set.
fn fitting<T: TryFrom<u64>>(number: Option<u64>) -> Option<T> {
    number.and_then(|number| T::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use synod_domain::{DebateConfig, DebateRules};
    use toml::Value;

    use super::*;
    use crate::config::{Source, Table, key::Key};

    fn in_file(line: usize) -> Source {
        Source::line_of(Path::new("synod.toml"), line)
    }

    fn set(name: &str, value: impl Into<Value>) -> Result<DebateTable, String> {
        let mut table = DebateTable::default();
        table.set(name, &value.into(), in_file(1)).map_err(|error| error.to_string())?;
        Ok(table)
    }

    #[test]
    fn a_key_has_the_name_of_the_flag_or_of_the_field_over_http() {
        for name in ["rounds", "max_rounds"] {
            assert_eq!(set(name, 4).unwrap().rounds, Some(4));
        }
        assert_eq!(set("debate_rules.max_total_tokens", 5_000).unwrap().budget, Some(5_000));
        let error = set("round", 4).unwrap_err();
        assert_eq!(error, "unknown key `round` in [debate]; did you mean `rounds`?");
        // Every field over HTTP that does not belong to one question has a key.
        let own = ["debate_topic", "problem_statement", "debate_rules", "options", "seed"];
        for field in DebateConfig::FIELDS.iter().chain(&DebateRules::KEYS) {
            assert!(own.contains(field) || DebateTable::key(field).is_ok(), "{field}");
        }
    }

    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "the bounds are small numbers")]
    fn bounds_are_those_of_the_rules() {
        for key in DebateTable::KEYS {
            let Key { range: Some((least, most)), takes, .. } = *key else { continue };
            for number in [least - 1.0, most + 1.0] {
                let error = set(key.name, number as i64).unwrap_err();
                assert_eq!(error, format!("`{}` must be {takes}", key.name));
            }
            set(key.name, most as i64).expect(key.name);
        }
        assert!(set("rounds", "three").is_err() && set("threshold", 0.66).is_ok());
        assert_eq!(
            set("mode", "fast").unwrap_err(),
            "`mode` must be structured, freeform or autonomous"
        );
        let error = set("decision_rule", "unanimity").unwrap_err();
        assert_eq!(error, "`decision_rule` must be plurality or majority");
    }

    #[test]
    fn a_text_or_a_fraction_is_refused_where_a_whole_number_is_expected() {
        let error = set("rounds", "2").unwrap_err();
        assert_eq!(error, "`rounds` must be a number: 1 to 20");
        let error = set("max_rounds", 2.5).unwrap_err();
        assert_eq!(error, "`max_rounds` must be a whole number: 1 to 20");
    }

    #[test]
    fn a_key_and_its_alias_exclude_each_other_in_one_source() {
        let mut table = DebateTable::default();
        table.set("rounds", &2.into(), in_file(2)).expect("the first");
        let error = table.set("max_rounds", &2.into(), in_file(3)).unwrap_err().to_string();
        assert_eq!(error, "`rounds` and `max_rounds` are the same setting; remove one");
        let variable = || Source::Variable("SYNOD__DEBATE__MAX_ROUNDS".to_owned());
        table.set("max_rounds", &4.into(), variable()).expect("a variable overrides the file");
        assert_eq!(table.rounds, Some(4));
        assert!(table.set("rounds", &5.into(), variable()).is_err());
    }

    #[test]
    fn a_variable_is_read_as_the_type_of_its_key() {
        let mut table = DebateTable::default();
        let mut set = |name: &str, text: &str| {
            table.set_text(name, text, Source::Variable("V".to_owned())).expect(name);
        };
        set("agents", "ada, bo");
        set("threshold", "1");
        set("run_off", "false");
        assert_eq!(table.agents.map(|agents| agents.len()), Some(2));
        assert_eq!((table.threshold, table.run_off), (Some(1.0), Some(false)));
    }
}
