use serde::{Deserialize, Serialize};

use crate::{AgentId, DebateRules, InvalidConfig, check_text, is_blank};

/// The configuration of a debate. Fields have the names of the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, garde::Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[garde(allow_unvalidated)]
pub struct DebateConfig {
    /// The question: 1 to 4,096 bytes, not blank, without control characters other than tabs and line
    /// breaks.
    #[garde(length(bytes, min = 1, max = 4_096), custom(not_blank), custom(plain))]
    pub debate_topic: String,
    /// Context for all participants: 0 to 65,536 bytes, without control characters other than tabs and line
    /// breaks.
    #[serde(default)]
    #[garde(length(bytes, max = 65_536), custom(plain))]
    pub problem_statement: String,
    /// The order of speakers.
    #[serde(default)]
    pub debate_mode: DebateMode,
    /// Debated rounds, 1 to 20, in addition to round 0.
    #[serde(default = "default_rounds")]
    #[garde(range(min = 1, max = Self::MOST_ROUNDS))]
    pub max_rounds: u8,
    /// Passes per round in structured debates, 1 to 10. In the other modes a round has this number of
    /// turns per participant on average.
    #[serde(default = "default_iterations")]
    #[garde(range(min = 1, max = 10))]
    pub max_iterations_per_round: u8,
    /// Share of all participants that must agree, 0 to 1. The decision rule `majority` ignores it.
    #[serde(default = "default_threshold")]
    #[garde(custom(finite), range(min = 0.0, max = 1.0))]
    pub consensus_threshold: f64,
    /// The time limit of a call, 10 to 300 seconds, without queueing and loading.
    #[serde(default = "default_time_limit")]
    #[garde(range(min = 10, max = 300))]
    pub time_limit_per_argument: u16,
    /// The participants, 2 to 16 distinct agents; their order is their index.
    #[garde(length(min = 2, max = 16), custom(distinct))]
    #[cfg_attr(feature = "schema", schemars(extend("uniqueItems" = true)))]
    pub selected_agents: Vec<AgentId>,
    /// The finer rules.
    #[serde(default)]
    #[garde(dive)]
    pub debate_rules: DebateRules,
}

/// The order of speakers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DebateMode {
    /// In each pass all participants speak at the same time, after reading the same statements.
    Structured,
    /// One participant speaks at a time, chosen by the scheduler's score.
    Freeform,
    /// One participant speaks at a time, chosen by a moderator model.
    #[default]
    Autonomous,
}

impl DebateMode {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Structured => "structured",
            Self::Freeform => "freeform",
            Self::Autonomous => "autonomous",
        }
    }
}

impl DebateConfig {
    /// Most debated rounds.
    pub const MOST_ROUNDS: u8 = 20;

    /// Every field, in order.
    pub const FIELDS: [&str; 9] = [
        "debate_topic",
        "problem_statement",
        "debate_mode",
        "max_rounds",
        "max_iterations_per_round",
        "consensus_threshold",
        "time_limit_per_argument",
        "selected_agents",
        "debate_rules",
    ];

    /// A structured debate with the defaults of everything else.
    #[must_use]
    pub fn structured(topic: impl Into<String>, agents: Vec<AgentId>) -> Self {
        Self {
            debate_topic: topic.into(),
            problem_statement: String::new(),
            debate_mode: DebateMode::Structured,
            max_rounds: default_rounds(),
            max_iterations_per_round: default_iterations(),
            consensus_threshold: default_threshold(),
            time_limit_per_argument: default_time_limit(),
            selected_agents: agents,
            debate_rules: DebateRules::default(),
        }
    }

    /// Checks what [`validate`](Self::validate) checks, without taking the configuration.
    ///
    /// # Errors
    /// [`InvalidConfig`] lists all problems, in field order.
    pub fn check(&self) -> Result<(), InvalidConfig> {
        let mut problems =
            InvalidConfig::from_report(garde::Validate::validate(self).err().as_ref());
        self.debate_rules.check_against(self, &mut problems);
        problems.sort_by_field();
        problems.into_result()
    }
}

const fn default_rounds() -> u8 {
    5
}

const fn default_iterations() -> u8 {
    3
}

const fn default_threshold() -> f64 {
    0.8
}

const fn default_time_limit() -> u16 {
    60
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is garde's")]
fn not_blank(text: &str, _: &()) -> garde::Result {
    if is_blank(text) { Err(garde::Error::new("must not be blank")) } else { Ok(()) }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is garde's")]
fn plain(text: &str, _: &()) -> garde::Result {
    check_text(text).map_err(garde::Error::new)
}

/// A range alone lets NaN pass: it is neither below nor above.
fn finite(value: &f64, (): &()) -> garde::Result {
    if value.is_nan() { Err(garde::Error::new("must be a number")) } else { Ok(()) }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is garde's")]
fn distinct(agents: &[AgentId], _: &()) -> garde::Result {
    let twice = agents.iter().enumerate().find(|(i, a)| agents[..*i].contains(a));
    match twice {
        Some((_, agent)) => Err(garde::Error::new(format!("names {agent} twice"))),
        None => Ok(()),
    }
}
