//! The table `[debate]`: what `synod debate` takes where no flag says otherwise, and a request to
//! `synod serve` where it leaves a field out.

use std::collections::BTreeMap;

use serde::Deserialize;
use synod_domain::{AgentId, DebateMode, instead_of};
use toml::{Table, Value};

use super::server::Source;
use crate::{CliError, bounds};

/// A key of `[debate]`.
#[derive(Debug)]
pub(crate) struct DebateKey {
    /// The name of the flag, with `_` for `-`.
    pub(crate) name: &'static str,
    /// The name of the field over HTTP, which is understood too.
    field: &'static str,
    holds: Holds,
}

/// What a key holds.
#[derive(Clone, Copy, Debug)]
enum Holds {
    Texts(&'static str),
    Text(&'static str),
    Switch,
    /// A number from the first to the second, and how messages say that.
    Number(f64, f64, &'static str),
}

const fn key(name: &'static str, field: &'static str, holds: Holds) -> DebateKey {
    DebateKey { name, field, holds }
}

const AGENTS: &str = "a list of agents, as [\"analyst\", \"critic\"]";
const MODELS: &str = "a list of models, as [\"llama3.2:3b\", \"gpu/qwen3:8b\"]";
const MODE: &str = "structured, freeform or autonomous";

/// All of them, in the order in which they are shown.
pub(crate) const KEYS: [DebateKey; 14] = [
    key("agents", "selected_agents", Holds::Texts(AGENTS)),
    key("models", "model", Holds::Texts(MODELS)),
    key("moderator", "moderator", Holds::Text("an agent")),
    key("judge", "judge", Holds::Text("an agent")),
    key("mode", "debate_mode", Holds::Text(MODE)),
    key("rounds", "max_rounds", Holds::Number(1.0, 20.0, bounds::ROUNDS)),
    key("iterations", "max_iterations_per_round", Holds::Number(1.0, 10.0, bounds::ITERATIONS)),
    key("threshold", "consensus_threshold", Holds::Number(0.0, 1.0, bounds::THRESHOLD)),
    key("min_rounds", "min_rounds", Holds::Number(0.0, 20.0, bounds::MIN_ROUNDS)),
    key("run_off", "run_off", Holds::Switch),
    key("time_limit", "time_limit_per_argument", Holds::Number(10.0, 300.0, bounds::TIME_LIMIT)),
    key("max_tokens", "max_tokens_per_turn", Holds::Number(32.0, 4_096.0, bounds::MAX_TOKENS)),
    key("budget", "max_total_tokens", Holds::Number(1_000.0, 100_000_000.0, bounds::BUDGET)),
    key("deadline", "deadline_seconds", Holds::Number(60.0, 86_400.0, bounds::DEADLINE)),
];

/// The values of `[debate]`, each from the strongest that gives it: a variable, or the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct DebateDefaults {
    values: BTreeMap<&'static str, Setting>,
}

/// A value of `[debate]`.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) value: Value,
    pub(crate) source: Source,
    /// The key as the user wrote it: the name of the flag or of the field over HTTP.
    name: String,
    /// Its line, from 1; `None`: it is not from the file.
    line: Option<usize>,
}

impl Setting {
    /// What errors call it: the key, and where it is set.
    fn place(&self) -> String {
        match (&self.source, self.line) {
            (Source::File(path), Some(line)) => format!("{path}, line {line}: `{}`", self.name),
            (Source::File(source) | Source::Variable(source), _) => source.clone(),
            (Source::Flag(flag), _) => (*flag).to_owned(),
        }
    }
}

/// The values as what they are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DebateTable {
    pub(crate) agents: Vec<AgentId>,
    pub(crate) models: Vec<String>,
    pub(crate) moderator: Option<AgentId>,
    pub(crate) judge: Option<AgentId>,
    pub(crate) mode: Option<DebateMode>,
    pub(crate) rounds: Option<u64>,
    pub(crate) iterations: Option<u64>,
    pub(crate) threshold: Option<f64>,
    pub(crate) min_rounds: Option<u64>,
    pub(crate) run_off: Option<bool>,
    pub(crate) time_limit: Option<u64>,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) budget: Option<u64>,
    pub(crate) deadline: Option<u64>,
}

impl DebateDefaults {
    /// Takes a value; what was there before is overruled.
    ///
    /// # Errors
    /// A sentence if there is no such key, or it holds no such value.
    pub(crate) fn set(&mut self, name: &str, value: Value, source: Source) -> Result<(), String> {
        self.put(Setting { value, source, name: name.to_owned(), line: None })
    }

    /// Takes a value of the file, from this line.
    ///
    /// # Errors
    /// A sentence if there is no such key, it holds no such value, or it is in the file already by its
    /// other name.
    pub(super) fn set_in_file(
        &mut self,
        name: &str,
        value: Value,
        source: Source,
        line: usize,
    ) -> Result<(), String> {
        self.put(Setting { value, source, name: name.to_owned(), line: Some(line) })
    }

    fn put(&mut self, setting: Setting) -> Result<(), String> {
        let key = key_named(&setting.name)?;
        key.check(&setting)?;
        let earlier = self.values.get(key.name).filter(|earlier| earlier.is_rival_of(&setting));
        if let Some(earlier) = earlier {
            let names = [&earlier.name, &setting.name];
            return Err(format!(
                "`{}` and `{}` are the same setting; remove one",
                names[0], names[1]
            ));
        }
        self.values.insert(key.name, setting);
        Ok(())
    }

    /// Takes the value of a variable: a list parted by commas, a number, a word.
    ///
    /// # Errors
    /// A sentence if there is no such key, or it holds no such value.
    pub(crate) fn set_text(
        &mut self,
        name: &str,
        text: &str,
        source: Source,
    ) -> Result<(), String> {
        let text = text.trim();
        let value = match key_named(name)?.holds {
            Holds::Texts(_) => {
                Value::Array(text.split(',').map(|part| Value::from(part.trim())).collect())
            }
            Holds::Text(_) => Value::from(text),
            Holds::Switch => text.parse().map_or_else(|_| Value::from(text), Value::Boolean),
            Holds::Number(..) => match (text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(number), _) => Value::Integer(number),
                (_, Ok(number)) => Value::Float(number),
                _ => Value::from(text),
            },
        };
        self.set(name, value, source)
    }

    /// The values there are, in order, each with where it is from.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &Setting)> {
        KEYS.iter().filter_map(|key| Some((key.name, self.values.get(key.name)?)))
    }

    /// Where each value is set, as errors say it.
    pub(crate) fn places(&self) -> BTreeMap<&'static str, String> {
        self.values.iter().map(|(key, setting)| (*key, setting.place())).collect()
    }

    /// All values.
    ///
    /// # Errors
    /// None: each was read when it was set.
    pub(crate) fn table(&self) -> Result<DebateTable, CliError> {
        let values = self.values.iter().map(|(key, set)| ((*key).to_owned(), set.value.clone()));
        let table = DebateTable::deserialize(values.collect::<Table>());
        table.map_err(|error| CliError::Failed(error.message().to_owned()))
    }
}

impl DebateTable {
    /// What requests to `synod serve` mean where they leave a field out. Who takes part, and with
    /// which models, a request always says.
    pub(crate) fn for_requests(self) -> synod_http_api::DebateDefaults {
        synod_http_api::DebateDefaults {
            debate_mode: self.mode,
            max_rounds: small(self.rounds),
            max_iterations_per_round: small(self.iterations),
            consensus_threshold: self.threshold,
            time_limit_per_argument: small(self.time_limit),
            min_rounds: small(self.min_rounds),
            moderator: self.moderator,
            judge: self.judge,
            run_off: self.run_off,
            max_tokens_per_turn: small(self.max_tokens),
            max_total_tokens: self.budget,
            deadline_seconds: small(self.deadline),
        }
    }
}

/// A number of the table, whose range was checked when it was set.
fn small<T: TryFrom<u64>>(number: Option<u64>) -> Option<T> {
    number.and_then(|number| T::try_from(number).ok())
}

impl Setting {
    /// It comes from where the other comes from and has another name: neither overrules the other.
    fn is_rival_of(&self, other: &Self) -> bool {
        let is_same_source = match (&self.source, &other.source) {
            (Source::File(_), Source::File(_)) | (Source::Variable(_), Source::Variable(_)) => true,
            (Source::File(_) | Source::Variable(_) | Source::Flag(_), _) => false,
        };
        is_same_source && self.name != other.name
    }
}

impl DebateKey {
    /// # Errors
    /// A sentence if the key holds no such value.
    fn check(&self, setting: &Setting) -> Result<(), String> {
        let Setting { name, value, .. } = setting;
        let takes = self.holds.in_words();
        let is_number = value.is_integer() || value.is_float();
        if matches!(self.holds, Holds::Number(..)) && !is_number {
            return Err(format!("`{name}` must be a number: {takes}"));
        }
        if !self.holds.is_in_range(value) {
            return Err(format!("`{name}` must be {takes}"));
        }
        let table = Table::from_iter([(self.name.to_owned(), value.clone())]);
        match DebateTable::deserialize(table) {
            Ok(_) => Ok(()),
            Err(_) if value.is_float() => Err(format!("`{name}` must be a whole number: {takes}")),
            Err(_) => Err(format!("`{name}` must be {takes}")),
        }
    }
}

impl Holds {
    fn is_in_range(self, value: &Value) -> bool {
        let Self::Number(least, most, _) = self else { return true };
        #[expect(clippy::cast_precision_loss, reason = "what loses precision is out of range")]
        let number = value.as_float().or_else(|| value.as_integer().map(|number| number as f64));
        number.is_some_and(|number| (least..=most).contains(&number))
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Texts(takes) | Self::Text(takes) | Self::Number(_, _, takes) => takes,
            Self::Switch => "true or false",
        }
    }
}

/// The key of this name, which is that of the flag or of the field over HTTP.
fn key_named(name: &str) -> Result<&'static DebateKey, String> {
    let wanted = name.strip_prefix("debate_rules.").unwrap_or(name);
    KEYS.iter().find(|key| [key.name, key.field].contains(&wanted)).ok_or_else(|| {
        let instead = instead_of(name, KEYS.iter().map(|key| key.name));
        format!("unknown key `{name}` in [debate]{instead}")
    })
}

#[cfg(test)]
mod tests {
    use synod_domain::{DebateConfig, DebateRules};

    use super::*;

    fn set(name: &str, value: impl Into<Value>) -> Result<DebateTable, String> {
        let mut defaults = DebateDefaults::default();
        defaults.set(name, value.into(), Source::File("synod.toml".to_owned()))?;
        Ok(defaults.table().expect("a table"))
    }

    #[test]
    fn a_key_has_the_name_of_the_flag_or_of_the_field_over_http() {
        for name in ["rounds", "max_rounds"] {
            assert_eq!(set(name, 4).unwrap().rounds, Some(4));
        }
        assert_eq!(set("debate_rules.max_total_tokens", 5_000).unwrap().budget, Some(5_000));
        let error = set("round", 4).unwrap_err();
        assert_eq!(error, "unknown key `round` in [debate]; did you mean `rounds`?");
        // Every field over HTTP that is no matter of one question has a key.
        let own = ["debate_topic", "problem_statement", "debate_rules", "options", "seed"];
        let rules = DebateRules::KEYS.iter().filter(|key| **key != "decision_rule");
        for field in DebateConfig::FIELDS.iter().chain(rules) {
            assert!(own.contains(field) || key_named(field).is_ok(), "{field}");
        }
    }

    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "the bounds are small numbers")]
    fn bounds_are_those_of_the_rules() {
        for key in &KEYS {
            let Holds::Number(least, most, takes) = key.holds else { continue };
            for number in [least - 1.0, most + 1.0] {
                let error = set(key.name, number as i64).unwrap_err();
                assert_eq!(error, format!("`{}` must be {takes}", key.name));
            }
            set(key.name, most as i64).expect(key.name);
        }
        assert!(set("rounds", "three").is_err() && set("threshold", 0.66).is_ok());
        assert_eq!(set("mode", "fast").unwrap_err(), format!("`mode` must be {MODE}"));
    }

    #[test]
    fn a_text_or_a_fraction_is_refused_where_a_whole_number_is_expected() {
        let error = set("rounds", "2").unwrap_err();
        assert_eq!(error, "`rounds` must be a number: 1 to 20");
        let error = set("max_rounds", 2.5).unwrap_err();
        assert_eq!(error, "`max_rounds` must be a whole number: 1 to 20");
    }

    #[test]
    fn a_key_and_its_other_name_exclude_each_other_in_one_source() {
        let mut defaults = DebateDefaults::default();
        let file = || Source::File("synod.toml".to_owned());
        defaults.set_in_file("rounds", 1.into(), file(), 2).expect("the first");
        let error = defaults.set_in_file("max_rounds", 2.into(), file(), 3).unwrap_err();
        assert_eq!(error, "`rounds` and `max_rounds` are the same setting; remove one");
        let variable = || Source::Variable("SYNOD__DEBATE__MAX_ROUNDS".to_owned());
        defaults.set("max_rounds", 4.into(), variable()).expect("a variable overrules the file");
        assert_eq!(defaults.table().expect("a table").rounds, Some(4));
        assert!(defaults.set("rounds", 5.into(), variable()).is_err());
    }

    #[test]
    fn a_variable_is_read_as_what_its_key_holds() {
        let mut defaults = DebateDefaults::default();
        let mut set = |name: &str, text: &str| {
            defaults.set_text(name, text, Source::Variable("V".to_owned())).expect(name);
        };
        set("agents", "ada, bo");
        set("threshold", "1");
        set("run_off", "false");
        let table = defaults.table().expect("a table");
        assert_eq!(table.agents.len(), 2);
        assert_eq!((table.threshold, table.run_off), (Some(1.0), Some(false)));
    }
}
