//! The variables `SYNOD__SECTION__KEY`, which override the file.

use std::collections::BTreeMap;

use synod_agents::Registry;
use synod_domain::{HostName, check_name, instead_of};

use super::{
    Config,
    error::ConfigError,
    file::{TABLES, models_in_variable},
    host::{HostEntry, MODELS},
    source::Source,
    table::{InvalidSetting, Table},
};
use crate::environment::PREFIX;

/// A variable of a host or an agent.
struct Variable<'a> {
    name: &'a str,
    /// The key, in lower case.
    key: String,
    value: &'a str,
}

impl Config {
    /// Overrides values by variables, each a name and a value.
    ///
    /// # Errors
    /// [`ConfigError::Variable`] for the first invalid variable.
    pub(super) fn overridden(
        mut self,
        variables: &[(String, String)],
    ) -> Result<Self, ConfigError> {
        let mut hosts = BTreeMap::<String, Vec<Variable<'_>>>::new();
        let mut agents = BTreeMap::<String, Vec<Variable<'_>>>::new();
        for (name, value) in variables {
            let path = name.strip_prefix(PREFIX).unwrap_or_default().to_ascii_lowercase();
            let variable = |key: &str| Variable { name, key: key.to_owned(), value };
            let refused = |error: InvalidSetting| invalid(name, error.to_string());
            let source = || Source::Variable(name.clone());
            let parts: Vec<&str> = path.split("__").collect();
            match parts[..] {
                ["server", key] => self.server.set_text(key, value, source()).map_err(refused)?,
                ["debate", key] => self.debate.set_text(key, value, source()).map_err(refused)?,
                ["log", key] => self.log.set_text(key, value, source()).map_err(refused)?,
                ["backup", key] => self.backup.set_text(key, value, source()).map_err(refused)?,
                ["hosts", host, key] => {
                    hosts.entry(host.to_owned()).or_default().push(variable(key));
                }
                ["agents", agent, key] => {
                    agents.entry(agent.to_owned()).or_default().push(variable(key));
                }
                _ => return Err(invalid(name, form(parts[0]))),
            }
        }
        for (name, variables) in hosts {
            self.override_host(&name, &variables)?;
        }
        for (name, variables) in agents {
            self.registry = override_agent(self.registry, &name, &variables)?;
        }
        Ok(self)
    }

    fn override_host(&mut self, name: &str, variables: &[Variable<'_>]) -> Result<(), ConfigError> {
        let first = variables.first().map_or("", |variable| variable.name);
        let host = HostName::new(name).map_err(|error| invalid(first, error.to_string()))?;
        check_name(name).map_err(|error| invalid(first, format!("a host name {error}")))?;
        let known = self.hosts.iter().position(|entry| entry.name == host);
        let mut entry = match known {
            Some(place) => self.hosts[place].clone(),
            None => HostEntry::new(host),
        };
        for variable in variables {
            let set = set_of_host(&mut entry, variable);
            set.map_err(|detail| invalid(variable.name, detail))?;
        }
        if entry.url().is_empty() {
            return Err(invalid(first, format!("the host `{name}` needs a `url`")));
        }
        match known {
            Some(place) => self.hosts[place] = entry,
            None => self.hosts.push(entry),
        }
        Ok(())
    }
}

/// Sets a key of a host.
///
/// # Errors
/// The problem. The variable names the key already.
fn set_of_host(entry: &mut HostEntry, variable: &Variable<'_>) -> Result<(), String> {
    let Variable { name, key, value } = variable;
    if key == MODELS {
        for model in models_in_variable(value, name)? {
            entry.models.retain(|known| known.id != model.id);
            entry.models.push(model);
        }
        return Ok(());
    }
    let set = entry.table.set_text(key, value, Source::Variable((*name).to_owned()));
    set.map_err(|error| match error {
        InvalidSetting::UnknownKey { name, instead, .. } => {
            format!("unknown key `{name}` of a host{instead}")
        }
        InvalidSetting::Value { takes, .. } => format!("must be {takes}"),
        InvalidSetting::Other(detail) => detail,
    })
}

fn override_agent(
    registry: Registry,
    name: &str,
    variables: &[Variable<'_>],
) -> Result<Registry, ConfigError> {
    let keys = variables.iter().map(|variable| (variable.key.clone(), variable.value.into()));
    let agents = toml::Table::from_iter([(name.to_owned(), toml::Value::Table(keys.collect()))]);
    let file = toml::Table::from_iter([("agents".to_owned(), agents.into())]).to_string();
    registry.with_file(&file).map_err(|error| {
        let variable = variables.first().map_or("", |variable| variable.name);
        // The line belongs to a table that is not in the file.
        let detail = error.to_string();
        let detail = detail.split_once(": ").map_or(detail.as_str(), |(_, detail)| detail);
        invalid(variable, detail.to_owned())
    })
}

fn invalid(variable: &str, detail: String) -> ConfigError {
    ConfigError::Variable { variable: variable.to_owned(), detail }
}

/// The problem of a variable whose name has none of the forms.
fn form(section: &str) -> String {
    if TABLES.contains(&section) {
        return "name a key, as SYNOD__SERVER__PORT, SYNOD__DEBATE__ROUNDS, SYNOD__HOSTS__GPU__URL or \
                SYNOD__AGENTS__ADA__MODEL"
            .to_owned();
    }
    format!("unknown section `{section}`{}", instead_of(section, TABLES))
}
