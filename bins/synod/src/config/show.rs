//! `synod config show`: the effective configuration.

use std::fmt::{self, Write};

use synod_agents::Registry;
use synod_domain::AgentProfile;
use synod_transcript::printable;
use toml::Value;

use super::{Config, HostKind, Table, server::ServerTable};
use crate::environment::Environment;

impl Config {
    /// The effective configuration as a file, with the source of each value and without secrets.
    pub(crate) fn effective(&self, environment: &Environment) -> String {
        let mut page = Page::default();
        let file = self.path.as_ref().map(|path| path.display().to_string());
        page.line(format_args!("# file: {}", file.as_deref().unwrap_or("none")), "");
        page.line("[server]", "");
        for key in ServerTable::KEYS {
            match self.server.given.get(key.name) {
                Some(given) => page.pair(key.name, &given.shown, &given.source),
                None if key.default.is_empty() => {}
                None => page.pair(key.name, key.default, "default"),
            }
        }
        if self.debate.given_in_order().next().is_some() {
            page.line("[debate]", "");
        }
        page.given(&self.debate);
        if self.log.given_in_order().next().is_some() {
            page.line("[log]", "");
        }
        page.given(&self.log);
        if self.backup.given_in_order().next().is_some() {
            page.line("[backup]", "");
        }
        page.given(&self.backup);
        for host in self.hosts_with(environment) {
            let name = bare_or_quoted(host.name.as_str());
            page.line(format_args!("[hosts.{name}]"), "");
            if host.table.given.get("kind").is_none() {
                page.pair("kind", &quoted(HostKind::default().as_str()), "");
            }
            page.given(&host.table);
            for model in &host.models {
                page.line(format_args!("[hosts.{name}.models.{}]", quoted(model.id.as_str())), "");
                page.given(&model.table);
            }
        }
        page.agents(&self.registry);
        page.0
    }
}

/// The text of the effective configuration.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: impl fmt::Display, source: impl fmt::Display) {
        let text = printable(&text.to_string());
        let source = source.to_string();
        let source = if source.is_empty() { source } else { format!("# {source}") };
        // Writing to a string cannot fail.
        writeln!(self.0, "{}", format!("{text:<40} {source}").trim_end()).unwrap_or_default();
    }

    fn pair(&mut self, key: &str, value: &str, source: impl fmt::Display) {
        self.line(format_args!("{key} = {value}"), source);
    }

    /// The given values of a table.
    fn given(&mut self, table: &impl Table) {
        for (key, given) in table.given_in_order() {
            self.pair(key.name, &given.shown, &given.source);
        }
    }

    /// All agents, each with whether it is built in.
    fn agents(&mut self, registry: &Registry) {
        let built_in = Registry::built_in();
        for agent in registry.iter() {
            let known = built_in.iter().find(|known| known.id == agent.id);
            let source = match known {
                Some(known) if known == agent => "built in",
                Some(_) => "built in, and changed",
                None => "added",
            };
            self.line(format_args!("[agents.{}]", bare_or_quoted(agent.id.as_str())), source);
            for (key, value) in agent_values(agent) {
                self.pair(key, &value, "");
            }
        }
    }
}

/// The values of an agent as TOML.
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

/// A text as TOML.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A name in the header of a table.
fn bare_or_quoted(name: &str) -> String {
    let is_bare = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if is_bare { name.to_owned() } else { quoted(name) }
}
