use synod_domain::{AgentId, DebateConfig, DebateMode, DecisionRule};

/// Defaults for fields that requests for debates leave out; `None`: the default of the interface. The names
/// are those of the fields. Values must be within the bounds of their fields, or such requests are refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DebateDefaults {
    /// The order of speakers.
    pub debate_mode: Option<DebateMode>,
    /// Debated rounds.
    pub max_rounds: Option<u8>,
    /// Passes per round.
    pub max_iterations_per_round: Option<u8>,
    /// What makes a consensus. A rule without a threshold applies to requests without
    /// `consensus_threshold` only.
    pub decision_rule: Option<DecisionRule>,
    /// Share of all participants that must agree.
    pub consensus_threshold: Option<f64>,
    /// The time limit of every call, in seconds.
    pub time_limit_per_argument: Option<u16>,
    /// No consensus before this round; less where a debate has fewer rounds.
    pub min_rounds: Option<u8>,
    /// The moderator of autonomous debates in which it does not take part.
    pub moderator: Option<AgentId>,
    /// The judge of debates in which it has no other part.
    pub judge: Option<AgentId>,
    /// Whether a tie leads to one more ballot.
    pub run_off: Option<bool>,
    /// Maximum tokens of a statement.
    pub max_tokens_per_turn: Option<u32>,
    /// Maximum tokens of all calls.
    pub max_total_tokens: Option<u64>,
    /// Maximum running time, in seconds.
    pub deadline_seconds: Option<u32>,
}

impl DebateDefaults {
    /// Fills these into a configuration where the request has no value.
    pub(crate) fn fill(
        &self,
        mut config: DebateConfig,
        is_given: impl Fn(&str) -> bool,
    ) -> DebateConfig {
        fn put<T: Clone>(field: &mut T, default: Option<&T>, is_given: bool) {
            if let Some(default) = default.filter(|_| !is_given) {
                field.clone_from(default);
            }
        }
        let DebateConfig { debate_mode, max_rounds, max_iterations_per_round, .. } = &mut config;
        put(debate_mode, self.debate_mode.as_ref(), is_given("debate_mode"));
        put(max_rounds, self.max_rounds.as_ref(), is_given("max_rounds"));
        let iterations = self.max_iterations_per_round.as_ref();
        put(max_iterations_per_round, iterations, is_given("max_iterations_per_round"));
        let DebateConfig { consensus_threshold, time_limit_per_argument, .. } = &mut config;
        let threshold = self.consensus_threshold.as_ref();
        put(consensus_threshold, threshold, is_given("consensus_threshold"));
        let time_limit = self.time_limit_per_argument.as_ref();
        put(time_limit_per_argument, time_limit, is_given("time_limit_per_argument"));
        let rules = &mut config.debate_rules;
        let has_threshold = is_given("consensus_threshold");
        let rule = self.decision_rule.filter(|rule| rule.uses_threshold() || !has_threshold);
        put(&mut rules.decision_rule, rule.as_ref(), is_given("decision_rule"));
        let least = self.min_rounds.map(|rounds| rounds.min(config.max_rounds));
        put(&mut rules.min_rounds, least.as_ref(), is_given("min_rounds"));
        put(&mut rules.run_off, self.run_off.as_ref(), is_given("run_off"));
        let tokens = self.max_tokens_per_turn.as_ref();
        put(&mut rules.max_tokens_per_turn, tokens, is_given("max_tokens_per_turn"));
        if !is_given("max_total_tokens") {
            rules.max_total_tokens = self.max_total_tokens.or(rules.max_total_tokens);
        }
        if !is_given("deadline_seconds") {
            rules.deadline_seconds = self.deadline_seconds.or(rules.deadline_seconds);
        }
        let takes_part = |agent: &&AgentId| config.selected_agents.contains(agent);
        let is_moderated = config.debate_mode == DebateMode::Autonomous;
        if !is_given("moderator") && is_moderated && rules.moderator.is_none() {
            let moderator = self.moderator.as_ref().filter(|agent| !takes_part(agent));
            let moderator = moderator.filter(|agent| rules.judge.as_ref() != Some(*agent));
            rules.moderator = moderator.cloned();
        }
        if !is_given("judge") && rules.judge.is_none() {
            let judge = self.judge.as_ref().filter(|agent| !takes_part(agent));
            let judge = judge.filter(|agent| rules.moderator.as_ref() != Some(*agent));
            rules.judge = judge.cloned();
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agents(ids: &[&str]) -> Vec<AgentId> {
        ids.iter().map(|id| AgentId::new(*id).unwrap()).collect()
    }

    #[test]
    fn a_rule_without_threshold_is_no_default_of_requests_with_one() {
        let rule = Some(DecisionRule::Majority);
        let defaults = DebateDefaults { decision_rule: rule, ..DebateDefaults::default() };
        let asked = DebateConfig::structured("Cars?", agents(&["a", "b"]));
        let rule = |given: &[&str]| {
            let filled = defaults.fill(asked.clone(), |field| given.contains(&field));
            filled.debate_rules.decision_rule
        };
        assert_eq!(rule(&[]), DecisionRule::Majority);
        assert_eq!(rule(&["consensus_threshold"]), DecisionRule::Plurality);
        assert_eq!(rule(&["decision_rule"]), DecisionRule::Plurality, "as the request says");
    }

    #[test]
    fn only_absent_fields_are_filled_and_the_result_is_valid() {
        let defaults = DebateDefaults {
            debate_mode: Some(DebateMode::Structured),
            max_rounds: Some(2),
            min_rounds: Some(3),
            consensus_threshold: Some(0.5),
            moderator: Some(AgentId::new("a").unwrap()),
            judge: Some(AgentId::new("j").unwrap()),
            max_total_tokens: Some(9_000),
            ..DebateDefaults::default()
        };
        let asked = DebateConfig::structured("Cars?", agents(&["a", "b"]));
        let filled = defaults.fill(asked.clone(), |_| false);
        assert_eq!((filled.max_rounds, filled.debate_rules.min_rounds), (2, 2));
        assert_eq!((filled.consensus_threshold, filled.max_iterations_per_round), (0.5, 3));
        assert_eq!(filled.debate_rules.moderator, None, "it takes part");
        assert_eq!(filled.debate_rules.judge, defaults.judge);
        assert_eq!(filled.debate_rules.max_total_tokens, Some(9_000));
        assert!(filled.check().is_ok());
        assert_eq!(defaults.fill(asked.clone(), |_| true), asked);
        assert_eq!(DebateDefaults::default().fill(asked.clone(), |_| false), asked);
    }
}
