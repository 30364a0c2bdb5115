use std::fmt;

use synod_agents::Registry;
use synod_domain::{AgentProfile, check_name, is_sentence_punctuation, sentences};
use unicode_segmentation::UnicodeSegmentation;

use super::ImportedAgent;

/// Maximum characters of a name in the registry.
const LONGEST_NAME: usize = 400;
/// Maximum characters of a persona in the registry.
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
    /// Makes the table of an agent, and notes on what it lacks.
    pub(super) fn new(id: String, agent: ImportedAgent) -> (Self, Vec<String>) {
        let mut notes = agent.notes;
        let persona = one_line(&agent.persona);
        let expertise = shortened(&persona);
        if expertise.len() < persona.len() {
            let (kept, all) = (expertise.chars().count(), persona.chars().count());
            notes.push(format!(
                "of its {all} characters the first {kept} were kept, and {LONGEST} are the most \
                 that an agent may have"
            ));
        }
        if let Some(placeholder) = placeholder(expertise) {
            notes.push(format!("`{placeholder}` is not filled in; replace it by hand"));
        }
        let called = one_line(&agent.title.unwrap_or(agent.name));
        if let Err(error) = check_name(&called) {
            notes.push(format!("its name is left out, since a name {error}"));
        }
        let fits = !called.is_empty()
            && called.chars().count() <= LONGEST_NAME
            && check_name(&called).is_ok();
        let name = Some(called).filter(|name| fits && placeholder(name).is_none());
        let notes = notes.into_iter().map(|what| format!("{id}: {what}")).collect();
        (Self { id, name, expertise: expertise.to_owned(), model: agent.model }, notes)
    }
}

impl AgentTable {
    /// Whether an agent of the configuration equals the one of this table, except for its id.
    pub(super) fn matches(&self, other: &AgentProfile) -> bool {
        let table = Self { id: other.id.to_string(), ..self.clone() };
        // A table with the id of a built-in agent would only change that agent.
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

/// Replaces line breaks, control characters and repeated spaces by single spaces.
fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The whole sentences that fit; without them the words that fit, and of one long word, or of a script
/// without spaces, the characters.
fn shortened(text: &str) -> &str {
    let Some((limit, _)) = text.char_indices().nth(LONGEST) else { return text };
    // Half a persona that ends well is better than one that breaks off, but not a tenth.
    let is_enough = |end: &usize| (limit / 3 + 1..=limit).contains(end);
    let sentences = sentences(text).map(|sentence| end_within(text, sentence));
    let sentence = sentences.take_while(|end| *end <= limit).last().filter(is_enough);
    let end = sentence
        .or_else(|| end_of_words(text, limit).filter(is_enough))
        .or_else(|| end_of_graphemes(text, limit).filter(is_enough))
        .unwrap_or(limit);
    text[..end].trim_end()
}

/// Where a part of a text ends in it.
fn end_within(text: &str, part: &str) -> usize {
    part.as_ptr().addr() + part.len() - text.as_ptr().addr()
}

/// Where the last whole word ends, or the last phrase of a script without spaces.
fn end_of_words(text: &str, limit: usize) -> Option<usize> {
    if text[limit..].starts_with(' ') {
        return Some(limit);
    }
    let is_end = |c: char| c == ' ' || !c.is_ascii() && is_sentence_punctuation(c);
    let (at, mark) = text[..limit].rmatch_indices(is_end).next()?;
    Some(at + mark.len())
}

/// Where the last whole character ends, as a reader sees characters: with its accents and vowel signs.
fn end_of_graphemes(text: &str, limit: usize) -> Option<usize> {
    let starts = text.grapheme_indices(true).map(|(at, _)| at);
    starts.take_while(|at| *at <= limit).last()
}

/// The first placeholder, such as `{topic}`.
fn placeholder(text: &str) -> Option<&str> {
    text.match_indices('{').find_map(|(at, _)| {
        let (word, _) = text[at + 1..].split_once('}')?;
        let name = word.trim();
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        is_name.then(|| &text[at..at + word.len() + 2])
    })
}
