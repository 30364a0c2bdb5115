//! CrewAI's `agents.yaml`: each agent under its name with `role`, `goal`, `backstory` and more.

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

use super::{ImportError, ImportedAgent, ImportedFile, only_argues};

/// What an agent does there besides talking. Of several, the last one is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tooling {
    Tools,
    Web,
    Code,
}

/// Parts of the names of tools that access the web.
const WEB: [&str; 9] =
    ["scrape", "serper", "brows", "selenium", "website", "search", "crawl", "spider", "stagehand"];

impl Tooling {
    fn note(self) -> String {
        let does = match self {
            Self::Tools => "has tools",
            Self::Web => "reads the web",
            Self::Code => "runs code",
        };
        only_argues(does)
    }
}

/// What the agent does besides talking, according to a key.
fn tooling(key: &str, value: &Node<'_>) -> Option<Tooling> {
    match key {
        "allow_code_execution" | "code_execution_mode" => Some(Tooling::Code),
        "multimodal" | "knowledge_sources" => Some(Tooling::Tools),
        "tools" => {
            let YamlData::Sequence(tools) = &value.data else { return Some(Tooling::Tools) };
            let names = tools.iter().filter_map(text_of).map(|name| name.to_lowercase());
            let of = |name: String| {
                if name.contains("codeinterpreter") {
                    Tooling::Code
                } else if WEB.iter().any(|word| name.contains(word)) {
                    Tooling::Web
                } else {
                    Tooling::Tools
                }
            };
            names.map(of).max().or(Some(Tooling::Tools))
        }
        _ => None,
    }
}

type Node<'a> = MarkedYaml<'a>;

/// Reads the agents of the file.
pub(super) fn read(text: &str) -> Result<ImportedFile, ImportError> {
    let documents = Node::load_from_str(text).map_err(|error| ImportError::At {
        line: error.marker().line().max(1),
        detail: error.info().to_owned(),
    })?;
    let root = match &documents[..] {
        [] => return Ok(ImportedFile::default()),
        [root] => root,
        [_, second, ..] => return Err(at(second, "a second document begins here")),
    };
    let YamlData::Mapping(agents) = &root.data else {
        return Err(at(
            root,
            "there must be agents, as `researcher:` with `role`, `goal` and `backstory`",
        ));
    };
    if !agents.is_empty() && agents.iter().all(|(_, entry)| is_task(entry)) {
        return Err(ImportError::Whole(
            "this is a file of tasks, CrewAI's tasks.yaml; the agents are in agents.yaml, and a task \
             can be the question of `synod debate`"
                .to_owned(),
        ));
    }
    let (tasks, agents): (Vec<_>, Vec<_>) = agents.iter().partition(|(_, entry)| is_task(entry));
    let agents = agents.into_iter().map(|(name, agent)| self::agent(name, agent));
    let notes = tasks.into_iter().filter_map(|(name, _)| text_of(name));
    let notes = notes.map(|name| format!("{name} is left out: it is a task, not an agent"));
    Ok(ImportedFile { agents: agents.collect::<Result<_, _>>()?, notes: notes.collect() })
}

/// Whether an entry is one of CrewAI's tasks.
fn is_task(entry: &Node<'_>) -> bool {
    let YamlData::Mapping(keys) = &entry.data else { return false };
    let has = |wanted: &str| keys.iter().any(|(key, _)| text_of(key).as_deref() == Some(wanted));
    !has("role") && (has("expected_output") || has("description"))
}

fn agent(name: &Node<'_>, node: &Node<'_>) -> Result<ImportedAgent, ImportError> {
    let Some(called) = text_of(name) else { return Err(at(name, "this is no name of an agent")) };
    let YamlData::Mapping(keys) = &node.data else {
        return Err(at(name, &format!("{called} must hold `role`, `goal` and `backstory`")));
    };
    let mut agent = ImportedAgent { name: called.clone(), ..ImportedAgent::default() };
    let (mut role, mut goal, mut backstory) = (None, None, None);
    let (mut left, mut does) = (Vec::new(), None);
    for (key, value) in keys {
        let Some(key_text) = text_of(key) else { return Err(at(key, "this is no key")) };
        let text = || match text_of(value).filter(|text| !text.trim().is_empty()) {
            Some(text) => Ok(text.trim().to_owned()),
            None => Err(at(key, &format!("`{key_text}` of {called} must be a text"))),
        };
        match &*key_text {
            "role" => role = Some(text()?),
            "goal" => goal = Some(text()?),
            "backstory" => backstory = Some(text()?),
            "llm" => llm(value, &mut agent),
            _ if is_nothing(value) => {}
            _ => {
                does = does.max(tooling(&key_text, value));
                left.push(format!("`{key_text}`"));
            }
        }
    }
    let Some(role) = role else { return Err(at(name, &format!("{called} has no `role`"))) };
    agent.notes.extend(does.map(Tooling::note));
    if !left.is_empty() {
        agent.notes.push(format!("ignored: {}", left.join(", ")));
    }
    agent.persona = with_article(&role);
    for (opening, text) in [("Your goal: ", goal), ("", backstory)] {
        let text = text.unwrap_or_default();
        if !text.is_empty() {
            let full_stop = if agent.persona.ends_with(['.', '!', '?']) { "" } else { "." };
            agent.persona += &format!("{full_stop} {opening}{text}");
        }
    }
    agent.title = Some(role);
    Ok(agent)
}

/// The model: `PROVIDER/MODEL`, or a table with `model`.
fn llm(node: &Node<'_>, agent: &mut ImportedAgent) {
    let named = match &node.data {
        YamlData::Mapping(keys) => {
            let model = keys.iter().find(|(key, _)| text_of(key).as_deref() == Some("model"));
            model.and_then(|(_, value)| text_of(value))
        }
        YamlData::Representation(..)
        | YamlData::Value(_)
        | YamlData::Sequence(_)
        | YamlData::Tagged(..)
        | YamlData::Alias(_)
        | YamlData::BadValue => text_of(node),
    };
    match named.as_deref().map(|named| (named, named.split_once('/'))) {
        Some((_, Some(("ollama" | "ollama_chat", model)))) => agent.model = Some(model.to_owned()),
        Some((named, _)) => agent.notes.push(super::other_model(named)),
        None if is_nothing(node) => {}
        None => agent.notes.push("`llm` names no model".to_owned()),
    }
}

/// Adds an article to a role without one, so that it completes "You are".
fn with_article(role: &str) -> String {
    let first = role.split_whitespace().next().unwrap_or_default().to_lowercase();
    if ["a", "an", "the", "you"].contains(&&*first) {
        return role.to_owned();
    }
    let article = if first.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {role}")
}

fn text_of(node: &Node<'_>) -> Option<String> {
    match &node.data {
        YamlData::Value(Scalar::String(text)) => Some(text.to_string()),
        YamlData::Value(
            Scalar::Null | Scalar::Boolean(_) | Scalar::Integer(_) | Scalar::FloatingPoint(_),
        )
        | YamlData::Representation(..)
        | YamlData::Sequence(_)
        | YamlData::Mapping(_)
        | YamlData::Tagged(..)
        | YamlData::Alias(_)
        | YamlData::BadValue => None,
    }
}

/// Whether a value is empty, so that nothing is lost without it.
fn is_nothing(node: &Node<'_>) -> bool {
    match &node.data {
        YamlData::Value(Scalar::Null | Scalar::Boolean(false)) => true,
        YamlData::Sequence(items) => items.is_empty(),
        YamlData::Mapping(pairs) => pairs.is_empty(),
        YamlData::Value(_)
        | YamlData::Representation(..)
        | YamlData::Tagged(..)
        | YamlData::Alias(_)
        | YamlData::BadValue => false,
    }
}

fn at(node: &Node<'_>, detail: &str) -> ImportError {
    ImportError::At { line: node.span.start.line().max(1), detail: detail.to_owned() }
}
