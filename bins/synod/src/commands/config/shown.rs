use std::fmt::Write;

use synod_agents::Registry;
use synod_domain::AgentProfile;
use synod_transcript::printable;

use crate::{
    CliError,
    compose::entries,
    config::{Config, Form, HostEntry, HostKind, KEYS, Key, ModelEntry},
    environment::Environment,
};

/// The settings that hold, as a configuration file with the source of each value.
pub(super) fn effective(config: &Config, environment: &Environment) -> Result<String, CliError> {
    let mut text = String::new();
    let mut line = |pair: &str, source: &str| {
        let pair = printable(pair);
        let source = if source.is_empty() { String::new() } else { format!("# {source}") };
        // A string takes everything.
        writeln!(text, "{}", format!("{pair:<40} {source}").trim_end()).unwrap_or_default();
    };
    let file = config.path.as_ref().map(|path| path.display().to_string());
    line(&format!("# file: {}", file.as_deref().unwrap_or("none")), "");
    line("\n[server]".trim_start(), "");
    for key in &KEYS {
        if let Some((value, source)) = value(config, key) {
            line(&format!("{} = {value}", key.name), &source);
        }
    }
    if config.debate.iter().next().is_some() {
        line("[debate]", "");
    }
    for (key, setting) in config.debate.iter() {
        line(&format!("{key} = {}", setting.value), &setting.source.to_string());
    }
    let file = file.as_deref().unwrap_or("default");
    for (host, url_source) in entries(config, environment)? {
        line(&format!("[hosts.{}]", key_of(host.name.as_str())), "");
        for (key, value) in host_values(&host) {
            let source = host.variables.get(key).map_or(file, String::as_str);
            line(
                &format!("{key} = {value}"),
                match key {
                    "url" => url_source.unwrap_or(source),
                    "kind" if host.kind == HostKind::default() => "",
                    _ => source,
                },
            );
        }
        let source = host.variables.get("models").map_or(file, String::as_str);
        for model in &host.models {
            let (host, id) = (key_of(host.name.as_str()), quoted(model.id.as_str()));
            line(&format!("[hosts.{host}.models.{id}]"), "");
            for (key, value) in model_values(model) {
                line(&format!("{key} = {value}"), source);
            }
        }
    }
    let built_in = Registry::built_in();
    for agent in config.registry.iter() {
        let known = built_in.iter().find(|known| known.id == agent.id);
        let source = match known {
            Some(known) if known == agent => "built in",
            Some(_) => "built in, and changed",
            None => "added",
        };
        line(&format!("[agents.{}]", key_of(agent.id.as_str())), source);
        for (key, value) in agent_values(agent) {
            line(&format!("{key} = {value}"), "");
        }
    }
    Ok(text)
}

/// The keys of a host that are set, as TOML.
fn host_values(host: &HostEntry) -> Vec<(&'static str, String)> {
    let path = host.api_key_file.as_ref().map(|path| path.display().to_string());
    let values = [
        ("kind", Some(quoted(host.kind.as_str()))),
        ("url", Some(quoted(&without_secret(&host.url)))),
        ("api_key", host.api_key.as_ref().map(|_| quoted("***"))),
        ("api_key_file", path.map(|path| quoted(&path))),
        ("concurrent_calls", host.concurrent_calls.map(|calls| calls.to_string())),
        ("models_at_once", host.models_at_once.map(|models| models.to_string())),
        ("calls_at_once", host.calls_at_once.map(|calls| calls.to_string())),
        ("load_seconds", host.load_seconds.map(|seconds| seconds.to_string())),
        ("away_seconds", host.away_seconds.map(|seconds| seconds.to_string())),
        ("num_ctx", host.num_ctx.map(|tokens| tokens.to_string())),
        ("window", host.window.map(|tokens| tokens.to_string())),
        ("keep_alive", host.keep_alive.as_ref().map(|time| quoted(&time.text))),
    ];
    values.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// The keys of a model that are set, as TOML.
fn model_values(model: &ModelEntry) -> Vec<(&'static str, String)> {
    let values = [
        ("parameters", model.parameters.map(|count| count.to_string())),
        ("window", model.window.map(|tokens| tokens.to_string())),
        ("num_ctx", model.num_ctx.map(|tokens| tokens.to_string())),
        ("keep_alive", model.keep_alive.as_ref().map(|time| quoted(&time.text))),
        ("chats", model.chats.map(|chats| chats.to_string())),
    ];
    values.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// The keys of an agent, as TOML.
fn agent_values(agent: &AgentProfile) -> Vec<(&'static str, String)> {
    let values = [
        ("name", Some(quoted(&agent.name))),
        ("expertise", Some(quoted(&agent.persona.expertise))),
        ("voice", Some(quoted(&agent.persona.voice)).filter(|voice| voice != "\"\"")),
        ("host", agent.host.as_ref().map(|host| quoted(host.as_str()))),
        ("model", agent.model.as_ref().map(|model| quoted(model.as_str()))),
    ];
    values.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A name as TOML writes it in the head of a table.
fn key_of(name: &str) -> String {
    let is_bare = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if is_bare { name.to_owned() } else { quoted(name) }
}

fn value(config: &Config, key: &Key) -> Option<(String, String)> {
    match config.server.value(key) {
        Some((_, source)) if key.form == Form::Secret => {
            Some(("\"***\"".to_owned(), source.to_string()))
        }
        Some((value, source)) => Some((value.to_string(), source.to_string())),
        None if key.default.is_empty() => None,
        None => Some((key.default.to_owned(), "default".to_owned())),
    }
}

/// An address without the password it may hold.
fn without_secret(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://***@{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}
