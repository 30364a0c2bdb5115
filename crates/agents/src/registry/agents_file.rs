//! Reads `[agents.NAME]` of a configuration file.

use std::ops::Range;

use serde::{Deserialize, de::IntoDeserializer};
use synod_domain::{AgentId, AgentProfile, HostName, ModelName, Persona, closest};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::AgentsError;

/// The keys of an agent's table.
pub(super) const KEYS: [&str; 5] = ["name", "expertise", "voice", "host", "model"];

/// Most characters of a name, an expertise or a voice: what is longer makes small models forget
/// the question.
const LONGEST: usize = 400;

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

/// The agents' tables, in the order of the file.
pub(super) fn parse(text: &str) -> Result<Vec<AgentTable>, AgentsError> {
    let file = Source(text);
    let root = DeTable::parse(text).map_err(|error| AgentsError::Syntax {
        line: file.line(error.span()),
        detail: error.message().to_owned(),
    })?;
    let Some(agents) = root.into_inner().remove("agents") else { return Ok(Vec::new()) };
    let line = file.line(Some(agents.span()));
    let DeValue::Table(agents) = agents.into_inner() else {
        let detail = "`agents` must hold tables, as [agents.ada]".to_owned();
        return Err(AgentsError::Syntax { line, detail });
    };
    let mut entries: Vec<_> = agents.into_iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries.into_iter().map(|(name, table)| file.agent(&name, table)).collect()
}

impl AgentTable {
    /// The agent, as changed from the one known before.
    pub(super) fn into_profile(
        self,
        known: Option<AgentProfile>,
    ) -> Result<AgentProfile, AgentsError> {
        let Self { id, line, keys } = self;
        let invalid = |detail: String| AgentsError::Invalid { line, agent: id.to_string(), detail };
        let checked = |key: &str, text: Option<String>| match text.map(|text| one_line(&text)) {
            Some(text) if text.is_empty() => Err(invalid(format!("`{key}` must not be blank"))),
            Some(text) if text.chars().count() > LONGEST => {
                Err(invalid(format!("`{key}` must have at most {LONGEST} characters")))
            }
            text => Ok(text),
        };
        let name = checked("name", keys.name)?;
        let expertise = checked("expertise", keys.expertise)?.map(|text| bare(&text, "you are "));
        let voice = checked("voice", keys.voice)?.map(|text| bare(&text, "speak "));

        let known = known.unwrap_or_else(|| AgentProfile {
            id: id.clone(),
            name: capitalised(id.as_str()),
            persona: Persona { expertise: String::new(), voice: String::new() },
            host: None,
            model: None,
        });
        let persona = Persona {
            expertise: expertise.unwrap_or(known.persona.expertise),
            voice: voice.unwrap_or(known.persona.voice),
        };
        if persona.expertise.is_empty() {
            let detail = "needs `expertise`, as \"a critic who looks for risks\"".to_owned();
            return Err(invalid(detail));
        }
        Ok(AgentProfile {
            name: name.unwrap_or(known.name),
            persona,
            host: keys.host.or(known.host),
            model: keys.model.or(known.model),
            id,
        })
    }
}

struct Source<'a>(&'a str);

impl Source<'_> {
    fn agent(
        &self,
        name: &Spanned<impl AsRef<str>>,
        table: Spanned<DeValue<'_>>,
    ) -> Result<AgentTable, AgentsError> {
        let line = self.line(Some(name.span()));
        let agent = name.get_ref().as_ref();
        let invalid = |line, detail| AgentsError::Invalid { line, agent: agent.to_owned(), detail };
        let id = AgentId::new(agent).map_err(|error| invalid(line, error.to_string()))?;
        let DeValue::Table(keys) = table.get_ref() else {
            return Err(invalid(line, "must be a table".to_owned()));
        };
        let unknown = keys.keys().filter(|key| !KEYS.contains(&key.get_ref().as_ref()));
        if let Some(key) = unknown.min_by_key(|key| key.span().start) {
            return Err(AgentsError::UnknownKey {
                line: self.line(Some(key.span())),
                agent: agent.to_owned(),
                key: key.get_ref().to_string(),
                nearest: closest(key.get_ref(), KEYS).unwrap_or(KEYS[0]),
            });
        }
        let keys = Keys::deserialize(table.into_deserializer()).map_err(|error| {
            let line = error.span().map_or(line, |span| self.line(Some(span)));
            invalid(line, error.message().to_owned())
        })?;
        Ok(AgentTable { id, line, keys })
    }

    /// The line where a span begins, from 1.
    fn line(&self, span: Option<Range<usize>>) -> usize {
        let start = span.map_or(0, |span| span.start);
        1 + self.0.bytes().take(start).filter(|byte| *byte == b'\n').count()
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text that completes a sentence: without the words that the sentence begins with, and without
/// its full stop.
fn bare(text: &str, opening: &str) -> String {
    let begins = text.get(..opening.len()).is_some_and(|start| start.eq_ignore_ascii_case(opening));
    let rest = if begins { &text[opening.len()..] } else { text };
    rest.trim_end_matches('.').to_owned()
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
