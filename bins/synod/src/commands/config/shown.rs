use std::fmt::Write;

use synod_agents::Registry;
use synod_transcript::printable;

use crate::{
    CliError,
    compose::entries,
    config_file::{ConfigFile, Form, KEYS, Key},
    environment::Environment,
};

/// The settings that hold, as a configuration file with the source of each value.
pub(super) fn effective(
    config: &ConfigFile,
    environment: &Environment,
) -> Result<String, CliError> {
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
    for (host, source) in entries(config, environment)? {
        line(&format!("[hosts.{}]", host.name), "");
        line(&format!("kind = \"{}\"", host.kind.as_str()), "");
        line(&format!("url = \"{}\"", without_secret(&host.url)), source);
        if host.api_key.is_some() {
            line("api_key = \"***\"", "");
        }
        if let Some(path) = &host.api_key_file {
            line(&format!("api_key_file = \"{}\"", path.display()), "");
        }
        if let Some(calls) = host.concurrent_calls {
            line(&format!("concurrent_calls = {calls}"), "");
        }
        if let Some(models) = host.models_at_once {
            line(&format!("models_at_once = {models}"), "");
        }
        if let Some(num_ctx) = host.num_ctx {
            line(&format!("num_ctx = {num_ctx}"), "");
        }
        if let Some(window) = host.window {
            line(&format!("window = {window}"), "");
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
        line(&format!("[agents.{}]", agent.id), source);
        if let Some(model) = &agent.model {
            line(&format!("model = \"{model}\""), "");
        }
    }
    Ok(text)
}

fn value(config: &ConfigFile, key: &Key) -> Option<(String, String)> {
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
