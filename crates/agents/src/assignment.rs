use synod_domain::{AgentProfile, DebateConfig, ParticipantProfile};
use synod_inference::{Gateway, ModelInfo, ModelTrials, RequestedModel};

use crate::{AssignmentError, Registry};

/// The profiles of a debate's agents, with the models assigned to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignedProfiles {
    /// The participants, in order.
    pub participants: Vec<ParticipantProfile>,
    /// The moderator, if the rules name one.
    pub moderator: Option<ParticipantProfile>,
    /// The judge, if the rules name one.
    pub judge: Option<ParticipantProfile>,
}

impl AssignedProfiles {
    /// Iterates over all profiles: participants, moderator, judge.
    pub fn all(&self) -> impl Iterator<Item = &ParticipantProfile> {
        self.participants.iter().chain(&self.moderator).chain(&self.judge)
    }
}

/// Finds the agents that a configuration names, and a model for each.
///
/// Seats are numbered: participants first, then the moderator, then the judge. If `models` is not empty,
/// its models are assigned to the seats in turn and override those of the agents. Otherwise an agent gets
/// the model it requires, and the gateway chooses one for an agent that requires none.
///
/// A seat with a required host is bound to that host: its prompts go to no other.
/// Calls of other seats may be served by any host of the gateway that has the same model.
///
/// Models are tried before they get a seat, as by [`Gateway::resolve`]: those that are not in memory are
/// loaded, and those of unknown kind are called. A seat without a required model moves on to the next model if
/// one is refused; a required model is never replaced.
///
/// # Errors
/// [`AssignmentError::UnknownAgent`] or [`AssignmentError::Unresolved`], for the first seat that cannot be
/// filled.
pub async fn assign_models(
    config: &DebateConfig,
    registry: &Registry,
    models: &[RequestedModel],
    gateway: &Gateway,
) -> Result<AssignedProfiles, AssignmentError> {
    assign_models_with(config, registry, models, gateway, ModelTrials::default()).await
}

/// Assigns models as [`assign_models`] does, with these limits of trials.
///
/// # Errors
/// As [`assign_models`].
pub async fn assign_models_with(
    config: &DebateConfig,
    registry: &Registry,
    models: &[RequestedModel],
    gateway: &Gateway,
    trials: ModelTrials<'_>,
) -> Result<AssignedProfiles, AssignmentError> {
    let (agents, wanted) = requested_models(config, registry, models)?;
    let infos = gateway.resolve_with(&wanted, trials).await?;
    Ok(assign(config, agents, &wanted, infos, gateway))
}

/// Returns the agents of the seats, and the models they require.
pub(crate) fn requested_models<'a>(
    config: &DebateConfig,
    registry: &'a Registry,
    models: &[RequestedModel],
) -> Result<(Vec<&'a AgentProfile>, Vec<RequestedModel>), AssignmentError> {
    let rules = &config.debate_rules;
    let named = config.selected_agents.iter().chain(&rules.moderator).chain(&rules.judge);
    let agents = named.map(|id| registry.get(id)).collect::<Result<Vec<_>, _>>()?;
    let overrides = models.iter().cycle().map(Some).chain(std::iter::repeat(None));
    let wanted = agents.iter().zip(overrides).map(|(a, model)| wanted(a, model)).collect();
    Ok((agents, wanted))
}

/// Returns the profiles of the agents with their models.
pub(crate) fn assign(
    config: &DebateConfig,
    agents: Vec<&AgentProfile>,
    wanted: &[RequestedModel],
    infos: Vec<ModelInfo>,
    gateway: &Gateway,
) -> AssignedProfiles {
    let has_others = gateway.hosts().len() > 1;
    let rules = &config.debate_rules;
    let models = wanted.iter().zip(infos);
    let mut seated = agents
        .into_iter()
        .zip(models)
        .map(|(agent, (wanted, info))| profile(agent, info, has_others && wanted.host.is_none()));
    let participants = seated.by_ref().take(config.selected_agents.len()).collect();
    let moderator = rules.moderator.as_ref().and_then(|_| seated.next());
    let judge = rules.judge.as_ref().and_then(|_| seated.next());
    AssignedProfiles { participants, moderator, judge }
}

fn wanted(agent: &AgentProfile, replacement: Option<&RequestedModel>) -> RequestedModel {
    replacement
        .cloned()
        .unwrap_or_else(|| RequestedModel { host: agent.host.clone(), model: agent.model.clone() })
}

fn profile(agent: &AgentProfile, info: ModelInfo, pooled: bool) -> ParticipantProfile {
    let pooled = pooled && info.can_be_pooled();
    ParticipantProfile {
        agent_id: agent.id.clone(),
        name: agent.name.clone(),
        scale: info.scale(),
        host: info.host,
        model: info.model,
        digest: info.digest.map(Into::into),
        pooled,
        persona: agent.persona.clone(),
    }
}
