use serde::{Deserialize, Serialize};

use crate::{
    AgentId, ConfigPath, DebateConfig, DebateMode, DebateOption, InvalidConfig, check_text,
    instead_of, same_answer, same_listed,
};

/// The finer rules of a debate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, garde::Validate)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[garde(allow_unvalidated)]
pub struct DebateRules {
    /// The 2 to 6 answers of a closed question. Absent: an open question.
    #[garde(length(min = 2, max = 6))]
    #[cfg_attr(
        feature = "schema",
        schemars(inner(length(min = 1, max = DebateOption::LONGEST)))
    )]
    pub options: Option<Vec<String>>,
    /// What makes a consensus.
    pub decision_rule: DecisionRule,
    /// No consensus before this round; 0 lets the blind ballots decide.
    pub min_rounds: u8,
    /// The agent that moderates an autonomous debate; not a participant.
    pub moderator: Option<AgentId>,
    /// The agent that breaks ties; neither a participant nor the moderator.
    pub judge: Option<AgentId>,
    /// Whether a tie leads to a run-off between the leaders.
    pub run_off: bool,
    /// The most tokens of an opening or argument, 32 to 4,096; other calls have 512.
    #[garde(range(min = 32, max = 4_096))]
    pub max_tokens_per_turn: u32,
    /// The most tokens, read and written, of all calls: 1,000 to 100,000,000.
    #[garde(range(min = 1_000, max = 100_000_000))]
    pub max_total_tokens: Option<u64>,
    /// The most running time, 60 to 86,400 seconds.
    #[garde(range(min = 60, max = 86_400))]
    pub deadline_seconds: Option<u32>,
    /// Sampling seed, 0 to 2³¹−1. The rules themselves use no randomness.
    #[garde(range(max = 0x7FFF_FFFF))]
    pub seed: Option<u32>,
}

/// What makes a consensus. The option with the most votes leads in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum DecisionRule {
    /// The share `consensus_threshold` of all participants, two thirds of whom vote for an option.
    #[default]
    Plurality,
    /// More than half of all participants, voting or not; `consensus_threshold` has no effect.
    Majority,
}

impl DecisionRule {
    /// Every rule, the default first.
    pub const ALL: [Self; 2] = [Self::Plurality, Self::Majority];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plurality => "plurality",
            Self::Majority => "majority",
        }
    }

    /// Whether `consensus_threshold` has an effect.
    #[must_use]
    pub const fn uses_threshold(self) -> bool {
        match self {
            Self::Plurality => true,
            Self::Majority => false,
        }
    }
}

impl Default for DebateRules {
    fn default() -> Self {
        Self {
            options: None,
            decision_rule: DecisionRule::Plurality,
            min_rounds: 1,
            moderator: None,
            judge: None,
            run_off: true,
            max_tokens_per_turn: 400,
            max_total_tokens: None,
            deadline_seconds: None,
            seed: None,
        }
    }
}

impl DebateRules {
    /// Every key, in field order.
    pub const KEYS: [&str; 10] = [
        "options",
        "decision_rule",
        "min_rounds",
        "moderator",
        "judge",
        "run_off",
        "max_tokens_per_turn",
        "max_total_tokens",
        "deadline_seconds",
        "seed",
    ];

    /// The error of an unknown key, which names the nearest known one; `None` if the key is known.
    #[must_use]
    pub fn unknown_key(key: &str) -> Option<String> {
        let is_known = Self::KEYS.contains(&key);
        (!is_known).then(|| format!("unknown rule `{key}`{}", instead_of(key, Self::KEYS)))
    }

    pub(crate) fn check_against(&self, config: &DebateConfig, problems: &mut InvalidConfig) {
        self.check_options(problems);
        if self.min_rounds > config.max_rounds {
            let message = format!("must not exceed max_rounds, which is {}", config.max_rounds);
            problems.push(ConfigPath::rule("min_rounds"), message);
        }
        if let Some(moderator) = &self.moderator {
            if config.debate_mode != DebateMode::Autonomous {
                problems.push(
                    ConfigPath::rule("moderator"),
                    "only autonomous debates have a moderator",
                );
            }
            if config.selected_agents.contains(moderator) {
                problems
                    .push(ConfigPath::rule("moderator"), "the moderator must not be a participant");
            }
        }
        if let Some(judge) = &self.judge {
            if config.selected_agents.contains(judge) {
                problems.push(ConfigPath::rule("judge"), "the judge must not be a participant");
            }
            if self.moderator.as_ref() == Some(judge) {
                problems.push(ConfigPath::rule("judge"), "the judge must not be the moderator");
            }
        }
    }

    fn check_options(&self, problems: &mut InvalidConfig) {
        let options = self.options.as_deref().unwrap_or_default();
        let list = || options.iter().map(AsRef::as_ref);
        for (i, text) in options.iter().enumerate() {
            let path = ConfigPath::rule("options").at(i);
            if let Err(error) = check_text(text) {
                problems.push(path, error.to_string());
            } else if let Err(error) = DebateOption::check(text) {
                problems.push(path, error.to_string());
            } else if let Some(same) =
                options[..i].iter().find(|earlier| same_listed(earlier, text, list()))
            {
                let why = if same_answer(same, text) {
                    ""
                } else {
                    "; ballots are read without numbers, ids and signs in front of a text"
                };
                problems.push(path, format!("{text:?} is the same answer as {same:?}{why}"));
            }
        }
    }
}
