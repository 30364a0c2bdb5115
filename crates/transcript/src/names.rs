use std::collections::BTreeMap;

use synod_domain::{AgentId, Initialized};

use crate::printable::on_one_line;

/// Display names of the agents of a debate: printable, on one line and unique.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<AgentId, String>);

impl Names {
    /// Names the participants, the moderator and the judge.
    #[must_use]
    pub fn of(setup: &Initialized) -> Self {
        let named: Vec<_> = setup.profiles().map(|p| (&p.agent_id, on_one_line(&p.name))).collect();
        let name = |(id, name): &(&AgentId, String)| {
            let alone = named.iter().filter(|(other, n)| n == name && other != id).count() == 0;
            match name.as_str() {
                "" => on_one_line(id.as_str()),
                name if alone => name.to_owned(),
                name => format!("{name} ({})", on_one_line(id.as_str())),
            }
        };
        Self(named.iter().map(|seat| (seat.0.clone(), name(seat))).collect())
    }

    /// The name of an agent; the id of an agent that does not take part.
    #[must_use]
    pub fn get(&self, agent: &AgentId) -> String {
        self.0.get(agent).cloned().unwrap_or_else(|| on_one_line(agent.as_str()))
    }
}
