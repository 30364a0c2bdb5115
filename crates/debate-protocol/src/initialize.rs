//! The first event of a debate: a valid configuration, and the limits that follow from it.

use std::sync::Arc;

use synod_domain::{
    AgentId, ConfigPath, DebateConfig, DebateLimits, DebateMode, Initialized, InvalidConfig,
    ParticipantProfile, ValidConfig,
};

use crate::{Debate, decision::needed_votes};

impl Debate {
    /// The data of the first event: the configuration, the profiles of the agents that it names, and
    /// the limits that follow from it.
    ///
    /// # Errors
    /// [`InvalidConfig`] if the profiles are not those of the agents that the configuration names, in
    /// its order.
    pub fn initialize(
        config: ValidConfig,
        participants: Vec<ParticipantProfile>,
        moderator: Option<ParticipantProfile>,
        judge: Option<ParticipantProfile>,
    ) -> Result<Initialized, InvalidConfig> {
        let limits = limits(&config);
        let mut participants: Vec<_> = participants.into_iter().map(Arc::new).collect();
        // Collected into the room of the profiles themselves, and kept as long as the debate.
        participants.shrink_to_fit();
        let setup = Initialized {
            rules_revision: Initialized::RULES_REVISION,
            config: config.into_inner(),
            limits,
            participants,
            moderator: moderator.map(Arc::new),
            judge: judge.map(Arc::new),
        };
        check_seats(&setup)?;
        Ok(setup)
    }
}

/// Checks that the profiles are those of the agents that the configuration names.
pub(crate) fn check_seats(setup: &Initialized) -> Result<(), InvalidConfig> {
    let Initialized { config, participants, moderator, judge, .. } = setup;
    let seated = participants.iter().map(|participant| &participant.agent_id);
    if !seated.eq(&config.selected_agents) {
        return Err(InvalidConfig::of(
            ConfigPath::field("selected_agents"),
            "must be the agents of the participants' profiles",
        ));
    }
    check_seat("moderator", config.debate_rules.moderator.as_ref(), moderator.as_deref())?;
    check_seat("judge", config.debate_rules.judge.as_ref(), judge.as_deref())
}

fn check_seat(
    role: &'static str,
    wanted: Option<&AgentId>,
    seated: Option<&ParticipantProfile>,
) -> Result<(), InvalidConfig> {
    if wanted == seated.map(|profile| &profile.agent_id) {
        Ok(())
    } else {
        Err(InvalidConfig::of(ConfigPath::rule(role), "must be the agent of the profile"))
    }
}

/// The most that a debate with this configuration can cost.
#[must_use]
pub fn limits(config: &DebateConfig) -> DebateLimits {
    let rules = &config.debate_rules;
    let of = u8::try_from(config.selected_agents.len()).unwrap_or(u8::MAX);
    let n = u32::from(of);
    let rounds = u32::from(config.max_rounds);
    let iterations = u32::from(config.max_iterations_per_round);
    let clerk = u32::from(rules.options.is_none());
    let judge = u32::from(rules.judge.is_some());
    let most_turns = n * (1 + rounds * iterations);
    let most_ballots = n * (rounds + 1) + n * u32::from(rules.run_off);
    let most_moves = match config.debate_mode {
        DebateMode::Autonomous => rounds * iterations * n,
        DebateMode::Structured | DebateMode::Freeform => 0,
    };
    let most_calls = most_turns + 2 * (most_ballots + most_moves + clerk) + 2 * judge;
    let most_output_tokens = u64::from(most_turns) * u64::from(rules.max_tokens_per_turn)
        + 512 * u64::from(most_calls - most_turns);
    DebateLimits {
        needs: needed_votes(config),
        of,
        most_turns,
        most_ballots,
        most_moves,
        planned_calls: most_turns + n * (rounds + 1) + most_moves + clerk,
        most_calls,
        most_output_tokens,
        most_thinking_tokens: most_thinking_tokens(most_calls, most_output_tokens),
        most_model_seconds: u64::from(most_calls) * u64::from(config.time_limit_per_argument),
    }
}

/// A call is repeated once if its first reply was only thinking; then the tokens of the reply count
/// as thinking too.
fn most_thinking_tokens(most_calls: u32, most_output_tokens: u64) -> u64 {
    let per_call = DebateLimits::THINKING_TOKENS + DebateLimits::MORE_THINKING_TOKENS;
    u64::from(most_calls) * u64::from(per_call) + most_output_tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(agents: &[&str]) -> DebateConfig {
        let agents = agents.iter().map(|id| AgentId::new(id).unwrap()).collect();
        let mut config = DebateConfig::structured("Ban cars?", agents);
        config.debate_rules.options = Some(vec!["Yes".into(), "No".into()]);
        (config.max_rounds, config.max_iterations_per_round) = (2, 2);
        config
    }

    /// Three participants, two rounds of two passes, a closed question; first without a judge.
    #[test]
    fn limits_follow_from_participants_rounds_and_passes() {
        let closed = config(&["a", "b", "c"]);
        let expected = DebateLimits {
            needs: 3,
            of: 3,
            most_turns: 15,
            most_ballots: 12,
            most_moves: 0,
            planned_calls: 24,
            most_calls: 39,
            most_output_tokens: 18_288,
            most_thinking_tokens: 39 * 6_144 + 18_288,
            most_model_seconds: 2_340,
        };
        assert_eq!(limits(&closed), expected);

        let mut decided = closed.clone();
        decided.debate_rules.run_off = false;
        decided.debate_rules.judge = Some(AgentId::new("j").unwrap());
        assert_eq!((limits(&decided).most_ballots, limits(&decided).most_calls), (9, 35));

        let mut open = closed.clone();
        open.debate_rules.options = None;
        assert_eq!((limits(&open).planned_calls, limits(&open).most_calls), (25, 41));

        let mut moderated = closed;
        moderated.debate_mode = DebateMode::Autonomous;
        assert_eq!((limits(&moderated).planned_calls, limits(&moderated).most_calls), (36, 63));
    }
}
