//! The variables `SYNOD__SECTION__KEY`, which overrule the file.

use std::collections::BTreeMap;

use synod_agents::Registry;
use synod_domain::{HostName, check_name, instead_of};

use super::{
    Config, ConfigError, HOST_KEYS, HostEntry, HostKey, HostKind, KeepAliveText, TABLES,
    host_key_takes, model::models_of_variable, server::Source,
};
use crate::environment::PREFIX;

/// The keys of a host or an agent.
type Keys<'a> = Vec<(String, &'a str, &'a str)>;

impl Config {
    /// Takes what the variables say, each a name and a value.
    ///
    /// # Errors
    /// [`ConfigError::Variable`] for the first that says nothing known.
    pub(super) fn overruled(mut self, variables: &[(String, String)]) -> Result<Self, ConfigError> {
        let mut hosts = BTreeMap::<String, Keys<'_>>::new();
        let mut agents = BTreeMap::<String, Keys<'_>>::new();
        for (variable, value) in variables {
            let wrong = |detail: String| wrong(variable, detail);
            let path = variable.strip_prefix(PREFIX).unwrap_or_default().to_ascii_lowercase();
            let parts: Vec<&str> = path.split("__").collect();
            match parts[..] {
                ["server", key] => {
                    let source = Source::Variable(variable.clone());
                    self.server.set_text(key, value, source).map_err(wrong)?;
                }
                ["debate", key] => {
                    let source = Source::Variable(variable.clone());
                    self.debate.set_text(key, value, source).map_err(wrong)?;
                }
                ["hosts", name, key] => {
                    hosts.entry(name.to_owned()).or_default().push((
                        key.to_owned(),
                        variable,
                        value,
                    ));
                }
                ["agents", name, key] => {
                    agents.entry(name.to_owned()).or_default().push((
                        key.to_owned(),
                        variable,
                        value,
                    ));
                }
                _ => return Err(wrong(shape(parts[0]))),
            }
        }
        for (name, keys) in hosts {
            self.overrule_host(&name, keys)?;
        }
        for (name, keys) in agents {
            self.registry = overruled_agent(self.registry, &name, &keys)?;
        }
        Ok(self)
    }

    fn overrule_host(&mut self, name: &str, keys: Keys<'_>) -> Result<(), ConfigError> {
        let first = keys.first().map_or("", |(_, variable, _)| *variable);
        let host = HostName::new(name).map_err(|error| wrong(first, error.to_string()))?;
        check_name(name).map_err(|error| wrong(first, format!("a host name {error}")))?;
        let known = self.hosts.iter().position(|entry| entry.name == host);
        let mut entry = match known {
            Some(place) => self.hosts[place].clone(),
            None => HostEntry::ollama(host, String::new()),
        };
        for (key, variable, value) in keys {
            let number = |_: std::num::ParseIntError| {
                wrong(variable, format!("must be {}", host_key_takes(&key)))
            };
            match key.as_str() {
                "kind" => {
                    let kind = HostKind::of_word(value);
                    entry.kind = kind.map_err(|detail| wrong(variable, detail))?;
                }
                "url" => value.clone_into(&mut entry.url),
                "api_key" => entry.api_key = Some(HostKey(value.to_owned())),
                "api_key_file" => entry.api_key_file = Some(value.into()),
                "concurrent_calls" => entry.concurrent_calls = Some(value.parse().map_err(number)?),
                "models_at_once" => entry.models_at_once = Some(value.parse().map_err(number)?),
                "calls_at_once" => entry.calls_at_once = Some(value.parse().map_err(number)?),
                "load_seconds" => entry.load_seconds = Some(value.parse().map_err(number)?),
                "away_seconds" => entry.away_seconds = Some(value.parse().map_err(number)?),
                "num_ctx" => entry.num_ctx = Some(value.parse().map_err(number)?),
                "window" => entry.window = Some(value.parse().map_err(number)?),
                "keep_alive" => {
                    let keep_alive = KeepAliveText::read(value);
                    let refused = |takes| wrong(variable, format!("must be {takes}"));
                    entry.keep_alive = Some(keep_alive.map_err(refused)?);
                }
                "models" => {
                    let models = models_of_variable(value);
                    for model in models.map_err(|detail| wrong(variable, detail))? {
                        entry.models.retain(|known| known.id != model.id);
                        entry.models.push(model);
                    }
                }
                _ => {
                    let instead = instead_of(&key, HOST_KEYS);
                    let detail = format!("unknown key `{key}` of a host{instead}");
                    return Err(wrong(variable, detail));
                }
            }
            entry.variables.insert(key, variable.to_owned());
        }
        if entry.url.is_empty() {
            return Err(wrong(first, format!("the host `{name}` needs a `url`")));
        }
        match known {
            Some(place) => self.hosts[place] = entry,
            None => self.hosts.push(entry),
        }
        Ok(())
    }
}

fn overruled_agent(
    registry: Registry,
    name: &str,
    keys: &Keys<'_>,
) -> Result<Registry, ConfigError> {
    let table = |keys: &Keys<'_>| {
        let keys = keys.iter().map(|(key, _, value)| (key.clone(), (*value).into()));
        let agent = toml::Value::Table(keys.collect());
        let agents = toml::Table::from_iter([(name.to_owned(), agent)]);
        toml::Table::from_iter([("agents".to_owned(), agents.into())]).to_string()
    };
    registry.with_file(&table(keys)).map_err(|error| {
        let variable = keys.first().map_or("", |(_, variable, _)| *variable);
        // The line belongs to a table that is not in the file.
        let detail = error.to_string();
        let detail = detail.split_once(": ").map_or(detail.as_str(), |(_, detail)| detail);
        wrong(variable, detail.to_owned())
    })
}

fn wrong(variable: &str, detail: String) -> ConfigError {
    ConfigError::Variable { variable: variable.to_owned(), detail }
}

/// What is wrong with a variable that is none of the three forms.
fn shape(section: &str) -> String {
    if TABLES.contains(&section) {
        return "name a key, as SYNOD__SERVER__PORT, SYNOD__DEBATE__ROUNDS, SYNOD__HOSTS__GPU__URL or \
                SYNOD__AGENTS__ADA__MODEL"
            .to_owned();
    }
    format!("unknown section `{section}`{}", instead_of(section, TABLES))
}
