use std::fmt;

use synod_agents::Registry;
use synod_domain::{AgentProfile, check_name};

use super::Foreign;

/// Most characters of a name: the registry takes no more.
const LONGEST_NAME: usize = 400;
/// Most characters of a persona: the registry takes no more.
const LONGEST: usize = 4_000;

/// A table `[agents.NAME]`.
#[derive(Clone, Debug)]
pub(super) struct AgentTable {
    id: String,
    name: Option<String>,
    expertise: String,
    model: Option<String>,
}

impl AgentTable {
    /// The table of an agent, and what of the agent is not in it.
    pub(super) fn new(id: String, agent: Foreign) -> (Self, Vec<String>) {
        let mut left = agent.left;
        let persona = one_line(&agent.persona);
        let expertise = shortened(&persona);
        if expertise.len() < persona.len() {
            let (kept, all) = (expertise.chars().count(), persona.chars().count());
            left.push(format!(
                "of its {all} characters the first {kept} were kept, and {LONGEST} are the most \
                 that an agent may have"
            ));
        }
        if let Some(placeholder) = placeholder(expertise) {
            left.push(format!("`{placeholder}` is not filled in; replace it by hand"));
        }
        let called = one_line(&agent.title.unwrap_or(agent.name));
        if let Err(error) = check_name(&called) {
            left.push(format!("its name is left out, since a name {error}"));
        }
        let fits = !called.is_empty()
            && called.chars().count() <= LONGEST_NAME
            && check_name(&called).is_ok();
        let name = Some(called).filter(|name| fits && placeholder(name).is_none());
        let left = left.into_iter().map(|what| format!("{id}: {what}")).collect();
        (Self { id, name, expertise: expertise.to_owned(), model: agent.model }, left)
    }
}

impl AgentTable {
    /// Whether an agent of the configuration is what this table makes, its id aside.
    pub(super) fn says_the_same_as(&self, other: &AgentProfile) -> bool {
        let table = Self { id: other.id.to_string(), ..self.clone() };
        // Nothing of a built-in agent may shine through.
        let registry = Registry::built_in().with_file(&table.to_string());
        registry.is_ok_and(|registry| registry.get(&other.id).is_ok_and(|agent| agent == other))
    }
}

impl fmt::Display for AgentTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_bare = self.id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let quoted = |text: &str| toml::Value::String(text.to_owned());
        match is_bare {
            true => writeln!(f, "[agents.{}]", self.id)?,
            false => writeln!(f, "[agents.{}]", quoted(&self.id))?,
        }
        let pairs = [
            ("name", &self.name),
            ("expertise", &Some(self.expertise.clone())),
            ("model", &self.model),
        ];
        for (key, value) in pairs {
            if let Some(value) = value {
                writeln!(f, "{key} = {}", quoted(value))?;
            }
        }
        Ok(())
    }
}

/// A text without line breaks, without what terminals obey, and without doubled space.
fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The whole sentences that fit, or the words if not even one does.
fn shortened(text: &str) -> &str {
    let Some((end, _)) = text.char_indices().nth(LONGEST) else { return text };
    let fits = &text[..end];
    let sentence = fits.rmatch_indices(['.', '!', '?']).map(|(at, mark)| at + mark.len());
    let sentence = sentence.into_iter().find(|at| text[*at..].starts_with(' '));
    // Half a persona that ends well is better than one that breaks off, but not a tenth.
    let sentence = sentence.filter(|at| *at > end / 3);
    let end = sentence.or_else(|| fits.rfind(' ')).unwrap_or(end);
    text[..end].trim_end()
}

/// The first `{topic}` or the like.
fn placeholder(text: &str) -> Option<&str> {
    text.match_indices('{').find_map(|(at, _)| {
        let (word, _) = text[at + 1..].split_once('}')?;
        let name = word.trim();
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        is_name.then(|| &text[at..at + word.len() + 2])
    })
}
