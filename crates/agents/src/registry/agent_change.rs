use serde::{Deserialize, Deserializer, Serialize};
use synod_domain::{AgentId, AgentProfile, HostName, ModelName, Persona, check_name, check_text};

/// The maximum characters of a name or a voice. Longer texts make small models lose the question.
const LONGEST: usize = 400;

/// The maximum characters of an expertise, which may hold a whole persona from another program.
const LONGEST_EXPERTISE: usize = 4_000;

/// A change of an agent, or the values of a new one. Absent fields keep their values; the name of a new
/// agent comes from its id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentChange {
    /// Display name, which models do not see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Completes "You are …". Required for a new agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expertise: Option<String>,
    /// Completes "Speak …".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
    /// The required host; `Some(None)`: any.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub host: Option<Option<HostName>>,
    /// The required model; `Some(None)`: any.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub model: Option<Option<ModelName>>,
}

/// Distinguishes null from an absent field.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// An invalid value.
pub(crate) struct Flaw {
    pub(crate) key: &'static str,
    pub(crate) detail: String,
}

impl AgentChange {
    /// Returns this change with the keys of a later one, whose values are taken from the changed agent.
    pub(crate) fn followed_by(self, later: &Self, changed: &AgentProfile) -> Self {
        let persona = &changed.persona;
        Self {
            name: later.name.as_ref().map(|_| changed.name.to_string()).or(self.name),
            expertise: later
                .expertise
                .as_ref()
                .map(|_| persona.expertise.to_string())
                .or(self.expertise),
            voice: later.voice.as_ref().map(|_| persona.voice.to_string()).or(self.voice),
            host: later.host.clone().or(self.host),
            model: later.model.clone().or(self.model),
        }
    }

    /// Applies the change to the known agent, or to a new one.
    pub(crate) fn apply(
        self,
        id: &AgentId,
        known: Option<AgentProfile>,
    ) -> Result<AgentProfile, Flaw> {
        if let Err(error) = check_name(id.as_str()) {
            return Err(Flaw { key: "agent_id", detail: format!("an agent id {error}") });
        }
        let name = checked("name", self.name)?;
        let expertise =
            checked("expertise", self.expertise)?.map(|text| completion(&text, "you are "));
        let voice = checked("voice", self.voice)?.map(|text| completion(&text, "speak "));

        let known = known.unwrap_or_else(|| AgentProfile {
            id: id.clone(),
            name: capitalized(id.as_str()).into(),
            persona: Persona { expertise: "".into(), voice: "".into() },
            host: None,
            model: None,
        });
        let agent = Self { name, expertise, voice, ..self }.over(known);
        if agent.persona.expertise.is_empty() {
            let detail = "needs `expertise`, as \"a critic who looks for risks\"".to_owned();
            return Err(Flaw { key: "expertise", detail });
        }
        Ok(agent)
    }

    /// Changes an agent to these values, which have been checked.
    pub(crate) fn over(self, known: AgentProfile) -> AgentProfile {
        AgentProfile {
            id: known.id,
            name: self.name.map_or(known.name, Into::into),
            persona: Persona {
                expertise: self.expertise.map_or(known.persona.expertise, Into::into),
                voice: self.voice.map_or(known.persona.voice, Into::into),
            },
            host: self.host.unwrap_or(known.host),
            model: self.model.unwrap_or(known.model),
        }
    }
}

/// Checks a text and puts it on one line. A name must not contain line breaks.
fn checked(key: &'static str, text: Option<String>) -> Result<Option<String>, Flaw> {
    let check = if key == "name" { check_name } else { check_text };
    if let Some(Err(error)) = text.as_deref().map(check) {
        return Err(Flaw { key, detail: format!("`{key}` {error}") });
    }
    let text = text.map(|text| one_line(&text));
    let longest = if key == "expertise" { LONGEST_EXPERTISE } else { LONGEST };
    let detail = match &text {
        Some(text) if text.is_empty() => format!("`{key}` must not be blank"),
        Some(text) if text.chars().count() > longest => {
            format!("`{key}` must have at most {longest} characters")
        }
        Some(_) | None => return Ok(text),
    };
    Err(Flaw { key, detail })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Removes the words that the sentence already has, and the full stop: `You are a critic.` becomes
/// `a critic`.
fn completion(text: &str, opening: &str) -> String {
    let begins = text.get(..opening.len()).is_some_and(|start| start.eq_ignore_ascii_case(opening));
    let rest = if begins { &text[opening.len()..] } else { text };
    rest.trim_end_matches('.').to_owned()
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
