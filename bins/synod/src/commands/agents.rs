use synod_agents::Registry;
use synod_transcript::printable;

use super::write_table;
use crate::CliError;

/// Lists the agents.
pub(super) fn run(registry: &Registry) -> Result<(), CliError> {
    let row = |agent: &synod_domain::AgentProfile| {
        let model = agent.model.as_ref().map_or("–", |model| model.as_str());
        let model = match &agent.host {
            Some(host) => format!("{host}/{model}"),
            None => model.to_owned(),
        };
        [agent.id.to_string(), agent.name.to_string(), model, agent.persona.expertise.to_string()]
            .map(|text| printable(&text))
    };
    let rows: Vec<_> = registry.iter().map(row).collect();
    Ok(write_table(["AGENT", "NAME", "MODEL", "EXPERTISE"], &rows)?)
}
