//! The participants of a debate: those named on the command line, or the default ones.

use synod_agents::Registry;
use synod_domain::{AgentId, AgentProfile};

use crate::{
    CliError,
    args::DebateArgs,
    config::{DebateTable, ModelNames},
};

/// The default participants, in order.
const BUILT_IN: [&str; 5] = ["analyst", "critic", "pragmatist", "visionary", "skeptic"];
/// Number of participants if neither agents nor several models are named.
const DEFAULT_SIZE: usize = 3;

/// Returns the participants: the named agents, otherwise one per model if several models are named,
/// otherwise three. Beyond the list of built-in agents the participants are copies of them, which are
/// added to the registry.
///
/// # Errors
/// [`CliError::UnknownAgent`] if the registry lacks a built-in agent.
pub(crate) fn select(args: &DebateArgs, registry: &mut Registry) -> Result<Vec<AgentId>, CliError> {
    if !args.agents.is_empty() {
        return Ok(args.agents.clone());
    }
    let size = if args.models.len() > 1 { args.models.len() } else { DEFAULT_SIZE };
    (0..size).map(|index| built_in(index, registry)).collect()
}

/// Whether a debate with the configured defaults needs this agent.
pub(crate) fn needs(agent: &AgentId, table: &DebateTable) -> bool {
    let agents = table.agents.as_deref().unwrap_or_default();
    let models = table.models.as_ref().map_or(0, |ModelNames(models)| models.len());
    let mut named = agents.iter().chain(&table.moderator).chain(&table.judge);
    let size = DEFAULT_SIZE.max(models).min(BUILT_IN.len());
    named.any(|named| named == agent)
        || agents.is_empty() && BUILT_IN[..size].contains(&agent.as_str())
}

fn built_in(index: usize, registry: &mut Registry) -> Result<AgentId, CliError> {
    let invalid = |error: synod_domain::InvalidId| CliError::Failed(error.to_string());
    let original = AgentId::new(BUILT_IN[index % BUILT_IN.len()]).map_err(invalid)?;
    let nth = index / BUILT_IN.len() + 1;
    if nth == 1 {
        return Ok(original);
    }
    let profile = registry.get(&original)?.clone();
    let id = AgentId::new(format!("{original}-{nth}")).map_err(invalid)?;
    let name = format!("{} {nth}", profile.name);
    registry.insert(AgentProfile { id: id.clone(), name: name.into(), ..profile });
    Ok(id)
}
