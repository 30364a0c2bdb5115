//! AutoGen's teams, as `dump_component` writes them: with `participants` in their `config`.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ImportError, ImportedAgent, ImportedFile, only_argues, other_model};

/// A team, an agent or a client of a model.
#[derive(Deserialize)]
struct Component<C> {
    #[serde(default)]
    provider: String,
    config: C,
}

/// The keys of a team or an agent that are read.
#[derive(Deserialize)]
struct Config {
    name: Option<String>,
    description: Option<String>,
    system_message: Option<String>,
    model_client: Option<Component<ClientConfig>>,
    participants: Option<Vec<Component<Config>>>,
    /// The team that a `SocietyOfMindAgent` speaks for.
    team: Option<Box<Component<Config>>>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
struct ClientConfig {
    model: Option<String>,
}

/// Keys of an agent that cannot be imported.
const TOOLING: [&str; 4] = ["tools", "workbench", "handoffs", "memory"];
/// Keys of a team that cannot be imported.
const RUNNING: [&str; 4] =
    ["termination_condition", "max_turns", "selector_prompt", "allow_repeated_speaker"];

/// The message for another JSON document.
const OTHER: &str = "this is neither a team nor an agent of AutoGen, as `dump_component` writes it; of \
                     other programs, CrewAI's agents.yaml can be imported";

/// Reads the agents of the team.
pub(super) fn read(text: &str) -> Result<ImportedFile, ImportError> {
    let wrong = |error: serde_json::Error| ImportError::At {
        line: error.line().max(1),
        detail: plain(&error.to_string()),
    };
    let keys: Map<String, Value> = serde_json::from_str(text).map_err(wrong)?;
    if !keys.contains_key("config") {
        return Err(ImportError::Whole(OTHER.to_owned()));
    }
    let root: Component<Config> = serde_json::from_str(text).map_err(wrong)?;
    let mut found = ImportedFile::default();
    if root.config.participants.is_none() && root.config.name.is_none() {
        let detail = "this is no team: its `config` has no `participants`";
        return Err(ImportError::Whole(detail.to_owned()));
    }
    take(root, &mut found)?;
    Ok(found)
}

/// Adds the agents of a team and of the teams within it, or a single agent.
fn take(component: Component<Config>, found: &mut ImportedFile) -> Result<(), ImportError> {
    let Component { provider, config } = component;
    let kind = provider.rsplit('.').next().unwrap_or_default();
    if let Some(team) = config.team {
        return take(*team, found);
    }
    let Some(participants) = config.participants else {
        return agent(kind, config, found);
    };
    let left: Vec<_> = RUNNING.iter().filter(|key| is_set(&config.rest, key)).collect();
    if !left.is_empty() {
        let left: Vec<_> = left.iter().map(|key| format!("`{key}`")).collect();
        found.notes.push(format!(
            "{} of the team: a debate's own flags say when it ends and who speaks",
            left.join(", ")
        ));
    }
    participants.into_iter().try_for_each(|participant| take(participant, found))
}

fn agent(kind: &str, config: Config, found: &mut ImportedFile) -> Result<(), ImportError> {
    let Some(name) = config.name.filter(|name| !name.trim().is_empty()) else {
        return Err(ImportError::Whole("a participant has no `name`".to_owned()));
    };
    if kind == "UserProxyAgent" {
        let what = format!("{name} is a person: speak into a debate with Ctrl-C, then a");
        found.notes.push(what);
        return Ok(());
    }
    if let Some(does) = cannot_work(kind) {
        found.notes.push(format!("{name} is left out: it {does}, which no agent of a debate can"));
        return Ok(());
    }
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let Some(persona) = filled(config.system_message).or_else(|| filled(config.description)) else {
        let detail = format!("{name} has neither `system_message` nor `description`");
        return Err(ImportError::Whole(detail));
    };
    let mut agent = ImportedAgent { name, persona, ..ImportedAgent::default() };
    if let Some(client) = config.model_client {
        match client.config.model {
            Some(model) if client.provider.ends_with("OllamaChatCompletionClient") => {
                agent.model = Some(model);
            }
            Some(model) => agent.notes.push(other_model(&model)),
            None => agent.notes.push("its `model_client` names no model".to_owned()),
        }
    }
    let left: Vec<_> = TOOLING.iter().filter(|key| is_set(&config.rest, key)).collect();
    if !left.is_empty() {
        if left.iter().any(|key| ["tools", "workbench"].contains(*key)) {
            agent.notes.push(only_argues("has tools"));
        }
        let left: Vec<_> = left.iter().map(|key| format!("`{key}`")).collect();
        agent.notes.push(format!("ignored: {}", left.join(", ")));
    }
    found.agents.push(agent);
    Ok(())
}

/// What an agent of this kind does, if it cannot do its work by talking.
fn cannot_work(kind: &str) -> Option<&'static str> {
    match kind {
        "MultimodalWebSurfer" | "WebSurferAgent" => Some("browses the web"),
        "FileSurfer" => Some("reads files"),
        "VideoSurfer" => Some("watches videos"),
        "CodeExecutorAgent" | "MagenticOneCoderAgent" => Some("writes or runs code"),
        "OpenAIAssistantAgent" | "OpenAIAgent" => Some("lives on OpenAI's servers"),
        _ => None,
    }
}

/// Whether a key is set to a value that is not empty.
fn is_set(keys: &Map<String, Value>, key: &str) -> bool {
    match keys.get(key) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(pairs)) => !pairs.is_empty(),
        Some(Value::Bool(true) | Value::Number(_) | Value::String(_)) => true,
    }
}

/// The message of a parser without the place, which is reported separately.
fn plain(detail: &str) -> String {
    detail.rsplit_once(" at line ").map_or(detail, |(detail, _)| detail).to_owned()
}
