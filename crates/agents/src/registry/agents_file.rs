//! Reads the tables `[agents.NAME]` of a configuration file.

use std::ops::Range;

use serde::{Deserialize, de::IntoDeserializer};
use synod_domain::{AgentId, AgentProfile, HostName, ModelName, instead_of};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::AgentChange;
use crate::AgentsFileError;

/// The keys of an agent's table.
pub(super) const KEYS: [&str; 5] = ["name", "expertise", "voice", "host", "model"];

/// Returns our key for a key of another program.
fn equivalent(key: &str) -> Option<&'static str> {
    match key {
        "role" | "goal" | "backstory" | "persona" | "prompt" | "system_prompt"
        | "system_message" | "description" | "instructions" => Some("expertise"),
        "llm" => Some("model"),
        "tone" | "style" => Some("voice"),
        "title" => Some("name"),
        "base_url" | "provider" | "server" => Some("host"),
        _ => None,
    }
}

/// One table `[agents.NAME]`.
pub(super) struct AgentTable {
    pub(super) id: AgentId,
    line: usize,
    keys: Keys,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    name: Option<String>,
    expertise: Option<String>,
    voice: Option<String>,
    host: Option<HostName>,
    model: Option<ModelName>,
}

/// Parses a file and reads the tables of its agents.
pub(super) fn parse(text: &str) -> Result<Vec<AgentTable>, AgentsFileError> {
    let root = DeTable::parse(text).map_err(|error| AgentsFileError::Syntax {
        line: Source(text).line(error.span()),
        detail: error.message().to_owned(),
    })?;
    read(root.get_ref(), text)
}

/// The agents' tables of a parsed file, in the order of the file.
pub(super) fn read(root: &DeTable<'_>, text: &str) -> Result<Vec<AgentTable>, AgentsFileError> {
    let file = Source(text);
    let Some(agents) = root.get("agents").cloned() else { return Ok(Vec::new()) };
    let line = file.line(Some(agents.span()));
    let DeValue::Table(agents) = agents.into_inner() else {
        let detail = "`agents` must hold tables, as [agents.ada]".to_owned();
        return Err(AgentsFileError::Syntax { line, detail });
    };
    let mut entries: Vec<_> = agents.into_iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries.into_iter().map(|(name, table)| file.agent(&name, table)).collect()
}

impl AgentTable {
    /// Applies the table to the known agent, or to a new one.
    pub(super) fn into_profile(
        self,
        known: Option<AgentProfile>,
    ) -> Result<AgentProfile, AgentsFileError> {
        let Self { id, line, keys } = self;
        let change = AgentChange {
            name: keys.name,
            expertise: keys.expertise,
            voice: keys.voice,
            host: keys.host.map(Some),
            model: keys.model.map(Some),
        };
        change.apply(&id, known).map_err(|flaw| AgentsFileError::Invalid {
            line,
            agent: id.to_string(),
            detail: flaw.detail,
        })
    }
}

struct Source<'a>(&'a str);

impl Source<'_> {
    fn agent(
        &self,
        name: &Spanned<impl AsRef<str>>,
        table: Spanned<DeValue<'_>>,
    ) -> Result<AgentTable, AgentsFileError> {
        let line = self.line(Some(name.span()));
        let agent = name.get_ref().as_ref();
        let invalid =
            |line, detail| AgentsFileError::Invalid { line, agent: agent.to_owned(), detail };
        let id = AgentId::new(agent).map_err(|error| invalid(line, error.to_string()))?;
        let DeValue::Table(keys) = table.get_ref() else {
            return Err(invalid(line, "must be a table".to_owned()));
        };
        let unknown = keys.keys().filter(|key| !KEYS.contains(&key.get_ref().as_ref()));
        if let Some(key) = unknown.min_by_key(|key| key.span().start) {
            return Err(AgentsFileError::UnknownKey {
                line: self.line(Some(key.span())),
                agent: agent.to_owned(),
                key: key.get_ref().to_string(),
                instead: equivalent(key.get_ref()).map_or_else(
                    || instead_of(key.get_ref(), KEYS),
                    |known| format!("; use `{known}`"),
                ),
            });
        }
        let keys = Keys::deserialize(table.into_deserializer()).map_err(|error| {
            let line = error.span().map_or(line, |span| self.line(Some(span)));
            invalid(line, error.message().to_owned())
        })?;
        Ok(AgentTable { id, line, keys })
    }

    /// Returns the line, from 1, in which a span begins.
    fn line(&self, span: Option<Range<usize>>) -> usize {
        let start = span.map_or(0, |span| span.start);
        1 + self.0.bytes().take(start).filter(|byte| *byte == b'\n').count()
    }
}
