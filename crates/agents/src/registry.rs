mod agent_change;
mod agents_file;

use std::collections::BTreeMap;

use synod_domain::{AgentId, AgentProfile, instead_of};
use toml::de::DeTable;

pub use agent_change::AgentChange;
pub(crate) use agent_change::Flaw;
use agents_file::AgentTable;

use crate::{AgentsFileError, UnknownAgent};

/// All agents, by id.
///
/// A running debate keeps the profiles it began with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    agents: BTreeMap<AgentId, AgentProfile>,
}

impl Registry {
    /// The keys that a table `[agents.NAME]` may have.
    pub const KEYS: [&str; 5] = agents_file::KEYS;

    /// Returns the built-in agents: `analyst`, `critic`, `pragmatist`, `visionary`, `skeptic` and
    /// `moderator`. None requires a model.
    #[must_use]
    pub fn built_in() -> Self {
        Self { agents: BTreeMap::new() }
            .with_file(include_str!("../built_in.toml"))
            .expect("the built-in agents are valid")
    }

    /// Adds the agents in the tables `[agents.NAME]` of a configuration file. Other tables are ignored. A
    /// table of a known agent changes only the keys it has.
    ///
    /// # Errors
    /// [`AgentsFileError`] for the first problem, with its line.
    pub fn with_file(self, toml: &str) -> Result<Self, AgentsFileError> {
        self.with_tables(agents_file::parse(toml)?)
    }

    /// Adds the agents of a configuration file like [`with_file`](Self::with_file), for a program that has
    /// parsed the file for its other tables: `document` is the parsed form of `text`.
    ///
    /// # Errors
    /// [`AgentsFileError`] for the first problem, with its line.
    pub fn with_document(
        self,
        document: &DeTable<'_>,
        text: &str,
    ) -> Result<Self, AgentsFileError> {
        self.with_tables(agents_file::read(document, text)?)
    }

    fn with_tables(mut self, tables: Vec<AgentTable>) -> Result<Self, AgentsFileError> {
        for table in tables {
            let known = self.agents.remove(&table.id);
            let agent = table.into_profile(known)?;
            self.agents.insert(agent.id.clone(), agent);
        }
        Ok(self)
    }

    /// Returns the agent of this id.
    ///
    /// # Errors
    /// [`UnknownAgent`] with a similar id, or the ids that exist.
    pub fn get(&self, id: &AgentId) -> Result<&AgentProfile, UnknownAgent> {
        self.agents.get(id).ok_or_else(|| {
            let instead = instead_of(id.as_str(), self.agents.keys().map(AgentId::as_str));
            UnknownAgent { id: id.clone(), instead }
        })
    }

    /// Iterates over all agents, sorted by id.
    pub fn iter(&self) -> impl Iterator<Item = &AgentProfile> {
        self.agents.values()
    }

    /// Adds an agent. Returns the agent that it replaces.
    pub fn insert(&mut self, agent: AgentProfile) -> Option<AgentProfile> {
        self.agents.insert(agent.id.clone(), agent)
    }

    /// Removes and returns an agent.
    pub fn remove(&mut self, id: &AgentId) -> Option<AgentProfile> {
        self.agents.remove(id)
    }
}

#[cfg(test)]
mod tests;
