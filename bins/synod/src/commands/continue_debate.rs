mod background;

use synod_agents::Registry;
use synod_domain::{AgentProfile, DebateConfig, Initialized, ParticipantProfile};
use synod_transcript::Transcript;

use super::debate;
use crate::{
    CliError,
    args::{ContinueArgs, DebateArgs},
    config::{Config, DebateTable},
    environment::Environment,
    interrupts::Interrupts,
    kept::Kept,
};

/// Runs a debate on a follow-up question, with the verdict of an earlier one as context.
pub(super) async fn run(
    args: &ContinueArgs,
    mut config: Config,
    environment: &Environment,
    interrupts: Interrupts,
    draws: bool,
) -> Result<(), CliError> {
    let kept = Kept::open(&args.debate.keep.data, &config.log, environment)?;
    let summary = kept.find(&args.earlier.id).await?;
    let events = kept.events(summary.id).await?;
    let transcript = Transcript::of(events.iter().map(|recorded| &**recorded));
    let (Some(setup), Some(background)) = (&transcript.setup, background::of(&transcript)) else {
        let short = kept.short_id(summary.id).await?;
        return Err(CliError::Usage(format!(
            "debate {short} has no verdict yet; {} continues it",
            kept.command(format_args!("resume {short}"))
        )));
    };
    drop(kept);
    let mut debate = DebateArgs::clone(&args.debate);
    debate.background = background;
    inherit(&mut debate, setup, &mut config.registry);
    // What the earlier debate left out stays out.
    config.debate = DebateTable::default();
    debate::run(&debate, config, environment, interrupts, draws).await
}

/// Takes participants, models and rules from the earlier debate, unless flags set them.
fn inherit(args: &mut DebateArgs, setup: &Initialized, registry: &mut Registry) {
    let DebateConfig {
        debate_mode,
        max_rounds,
        max_iterations_per_round,
        consensus_threshold,
        time_limit_per_argument,
        debate_rules: rules,
        ..
    } = &setup.config;
    if args.agents.is_empty() {
        for profile in &setup.participants {
            registry.insert(agent(profile));
            args.agents.push(profile.agent_id.clone());
        }
        if args.models.is_empty() {
            args.inherits_models = true;
            args.models = setup.participants.iter().map(|profile| model(profile)).collect();
        }
    }
    for profile in setup.moderator.iter().chain(&setup.judge) {
        if registry.get(&profile.agent_id).is_err() {
            registry.insert(agent(profile));
        }
    }
    let is_free = |agent: &_, args: &DebateArgs| !args.agents.contains(agent);
    if args.moderator.is_none() {
        args.moderator = rules.moderator.clone().filter(|agent| is_free(agent, args));
    }
    if args.judge.is_none() {
        args.judge = rules.judge.clone().filter(|agent| is_free(agent, args));
    }
    args.mode.get_or_insert((*debate_mode).into());
    let rounds = *args.rounds.get_or_insert((*max_rounds).into());
    args.iterations.get_or_insert((*max_iterations_per_round).into());
    let decision_rule = *args.decision_rule.get_or_insert(rules.decision_rule);
    if decision_rule.uses_threshold() {
        args.threshold.get_or_insert(*consensus_threshold);
    }
    args.min_rounds.get_or_insert(u64::from(rules.min_rounds).min(rounds));
    args.no_run_off |= !rules.run_off;
    args.time_limit.get_or_insert((*time_limit_per_argument).into());
    args.max_tokens.get_or_insert(rules.max_tokens_per_turn.into());
    args.budget = args.budget.or(rules.max_total_tokens);
    args.deadline = args.deadline.or(rules.deadline_seconds.map(u64::from));
}

/// The agent of a participant, which may no longer be configured, or otherwise. Its model is set apart.
fn agent(profile: &ParticipantProfile) -> AgentProfile {
    AgentProfile {
        id: profile.agent_id.clone(),
        name: profile.name.clone(),
        persona: profile.persona.clone(),
        host: None,
        model: None,
    }
}

/// The model of a participant, as the flag `-m` names it.
fn model(profile: &ParticipantProfile) -> crate::args::ModelArg {
    let ParticipantProfile { host, model, .. } = profile;
    let named = if profile.pooled { model.to_string() } else { format!("{host}/{model}") };
    named.parse().unwrap_or_else(|never| match never {})
}
