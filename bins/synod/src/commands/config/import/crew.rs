//! CrewAI's `agents.yaml`: each agent under its name with `role`, `goal`, `backstory` and more.

mod anchors;
mod merge;

use anchors::Anchors;
use merge::merged;
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

/// Keys and their values.
type Keys<'n, 'a> = Vec<(&'n Node<'a>, &'n Node<'a>)>;

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
    let anchors = Anchors::of(text);
    let entries = agents.iter().map(|(name, entry)| Ok((name, entry, keys_of(name, entry)?)));
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    if !entries.is_empty() && entries.iter().all(|(_, _, keys)| is_task(keys)) {
        return Err(ImportError::Whole(
            "this is a file of tasks, CrewAI's tasks.yaml; the agents are in agents.yaml, and a task \
             can be the question of `synod debate`"
                .to_owned(),
        ));
    }
    let mut found = ImportedFile::default();
    for (at, (name, entry, keys)) in entries.iter().enumerate() {
        let next = entries.get(at + 1).map(|(next, ..)| next.span.start.index());
        let holds_anchor = anchors.has_within(name.span.start.index()..next.unwrap_or(usize::MAX));
        let left = |is: &str| text_of(name).map(|name| format!("{name} is left out: {is}"));
        if is_task(keys) {
            found.notes.extend(left("it is a task, not an agent"));
        } else if holds_anchor && !has(keys, "role") {
            found.notes.extend(left("it has no `role`, and other entries refer to it"));
        } else {
            found.agents.push(agent(name, entry, keys)?);
        }
    }
    Ok(found)
}

/// The keys of an entry, with those that it merges; none if it is no mapping.
fn keys_of<'n, 'a>(name: &Node<'_>, entry: &'n Node<'a>) -> Result<Keys<'n, 'a>, ImportError> {
    merged(entry).map_err(|key| {
        let called = text_of(name).unwrap_or_default();
        at(key, &format!("`<<` of {called} must refer to keys and values"))
    })
}

fn has(keys: &Keys<'_, '_>, wanted: &str) -> bool {
    keys.iter().any(|(key, _)| text_of(key).as_deref() == Some(wanted))
}

/// Whether an entry with these keys is one of CrewAI's tasks.
fn is_task(keys: &Keys<'_, '_>) -> bool {
    !has(keys, "role") && (has(keys, "expected_output") || has(keys, "description"))
}

fn agent(
    name: &Node<'_>,
    node: &Node<'_>,
    keys: &Keys<'_, '_>,
) -> Result<ImportedAgent, ImportError> {
    let Some(called) = text_of(name) else { return Err(at(name, "this is no name of an agent")) };
    let YamlData::Mapping(_) = &node.data else {
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
        YamlData::Mapping(_) => {
            let keys = merged(node).unwrap_or_default();
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
