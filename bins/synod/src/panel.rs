//! The participants of a debate, named on the command line or by default.

use synod_agents::Registry;
use synod_domain::{AgentId, AgentProfile};

use crate::{CliError, args::DebateArgs, config::DebateTable};

/// The default participants, in order.
const BUILT_IN: [&str; 5] = ["analyst", "critic", "pragmatist", "visionary", "skeptic"];
/// Participants if neither agents nor several models are named.
const SIZE: usize = 3;

/// The participants: the agents named; else one per model, if several models are named; else
/// three. A panel larger than the built-in one has doubles, which are added to the registry.
///
/// # Errors
/// A built-in agent that is not known.
pub(crate) fn participants(
    args: &DebateArgs,
    registry: &mut Registry,
) -> Result<Vec<AgentId>, CliError> {
    if !args.agents.is_empty() {
        return Ok(args.agents.clone());
    }
    let seats = if args.models.len() > 1 { args.models.len() } else { SIZE };
    (0..seats).map(|seat| built_in(seat, registry)).collect()
}

/// Whether a debate without named agents needs this agent.
pub(crate) fn needs(agent: &AgentId, table: &DebateTable) -> bool {
    let mut named = table.agents.iter().chain(&table.moderator).chain(&table.judge);
    let seats = SIZE.max(table.models.len()).min(BUILT_IN.len());
    named.any(|named| named == agent)
        || table.agents.is_empty() && BUILT_IN[..seats].contains(&agent.as_str())
}

fn built_in(seat: usize, registry: &mut Registry) -> Result<AgentId, CliError> {
    let invalid = |error: synod_domain::InvalidId| CliError::Failed(error.to_string());
    let original = AgentId::new(BUILT_IN[seat % BUILT_IN.len()]).map_err(invalid)?;
    let nth = seat / BUILT_IN.len() + 1;
    if nth == 1 {
        return Ok(original);
    }
    let profile = registry.get(&original)?.clone();
    let id = AgentId::new(format!("{original}-{nth}")).map_err(invalid)?;
    let name = format!("{} {nth}", profile.name);
    registry.insert(AgentProfile { id: id.clone(), name: name.into(), ..profile });
    Ok(id)
}
