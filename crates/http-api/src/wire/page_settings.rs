use schemars::JsonSchema;
use serde::Serialize;
use synod_domain::{DebateMode, DecisionRule};

use crate::DebateDefaults;

/// What the live page needs before it asks for anything else.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PageSettings {
    /// The version of the server
    pub(crate) version: &'static str,
    /// Whether debates can be shared by link
    pub(crate) shares: bool,
    /// Whether requests need an API key
    pub(crate) auth: bool,
    /// The demo model, if a host serves one
    pub(crate) demo_model: Option<String>,
    /// A command that installs a model; null if a host has one besides the demo model
    pub(crate) pull_hint: Option<String>,
    /// The defaults of new debates that the configuration of the server sets
    pub(crate) defaults: PageDefaults,
}

/// Defaults of new debates; null: the configuration sets none.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PageDefaults {
    /// The order of speakers
    debate_mode: Option<DebateMode>,
    /// Debated rounds
    max_rounds: Option<u8>,
    /// Passes per round
    max_iterations_per_round: Option<u8>,
    /// Share of all participants that must agree
    consensus_threshold: Option<f64>,
    /// What makes a consensus
    decision_rule: Option<DecisionRule>,
}

impl From<&DebateDefaults> for PageDefaults {
    fn from(defaults: &DebateDefaults) -> Self {
        Self {
            debate_mode: defaults.debate_mode,
            max_rounds: defaults.max_rounds,
            max_iterations_per_round: defaults.max_iterations_per_round,
            consensus_threshold: defaults.consensus_threshold,
            decision_rule: defaults.decision_rule,
        }
    }
}
