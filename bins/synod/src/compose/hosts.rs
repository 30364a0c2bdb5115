//! From the tables `[hosts.NAME]` to clients of servers.

#[cfg(feature = "embedded")]
pub(super) mod embedded;
mod ollama;
mod openai;

use std::time::Duration;

use synod_domain::HostName;

use super::{
    HostSettings,
    model_server::{LOCAL, ModelServer},
};
use crate::{
    CliError, bounded_read,
    config::{Config, HostEntry, HostKey, HostKind},
    environment::Environment,
};

/// The source of the default address.
pub(super) const DEFAULT: &str = "default";
/// The default address of Ollama.
const DEFAULT_URL: &str = "http://127.0.0.1:11434";

/// Builds the clients of all configured servers. `OLLAMA_HOST` sets the address of the Ollama `local`,
/// which exists too if no host is configured.
///
/// # Errors
/// [`CliError::Usage`] for an invalid address or key, or a setting that the kind of host does not have;
/// [`CliError::Read`] if the file of a key cannot be read.
pub(crate) fn model_servers(
    config: &Config,
    environment: &Environment,
) -> Result<Vec<ModelServer>, CliError> {
    entries(config, environment)?.into_iter().map(|(entry, source)| server(entry, source)).collect()
}

/// The hosts, and the source of each address that is not from the configuration.
///
/// # Errors
/// None: the name of the local host is valid.
pub(crate) fn entries(
    config: &Config,
    environment: &Environment,
) -> Result<Vec<(HostEntry, Option<&'static str>)>, CliError> {
    let mut entries: Vec<_> = config.hosts.iter().map(|entry| (entry.clone(), None)).collect();
    let named = entries.iter().position(|(host, _)| host.name.as_str() == LOCAL);
    if named.is_some_and(|place| entries[place].0.kind != HostKind::Ollama) {
        return Ok(entries);
    }
    match (&environment.ollama_host, named) {
        (Some(url), Some(place)) => {
            let (host, source) = &mut entries[place];
            host.url.clone_from(url);
            *source = Some("OLLAMA_HOST");
        }
        (Some(url), None) => entries.insert(0, (local(url)?, Some("OLLAMA_HOST"))),
        (None, None) if entries.is_empty() => entries.push((local(DEFAULT_URL)?, Some(DEFAULT))),
        (None, Some(_) | None) => {}
    }
    Ok(entries)
}

fn local(url: &str) -> Result<HostEntry, CliError> {
    let name = HostName::new(LOCAL).map_err(|error| CliError::Failed(error.to_string()))?;
    Ok(HostEntry::ollama(name, url.to_owned()))
}

fn server(entry: HostEntry, source: Option<&'static str>) -> Result<ModelServer, CliError> {
    let key = key(&entry)?;
    let settings = HostSettings::of(&entry, source);
    match entry.kind {
        HostKind::Ollama => ollama::server(entry, key, settings),
        HostKind::OpenAi => openai::server(entry, key, settings),
    }
}

/// Reads the API key of a host, from the configuration or from its file.
fn key(entry: &HostEntry) -> Result<Option<String>, CliError> {
    let key = match (&entry.api_key, &entry.api_key_file) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(invalid(&entry.name, "`api_key` and `api_key_file` are both set"));
        }
        (Some(HostKey(key)), None) => key.trim().to_owned(),
        (None, Some(path)) => {
            let text = bounded_read::text(path)
                .map_err(|source| CliError::Read { path: path.clone(), source })?;
            text.trim().to_owned()
        }
    };
    if key.is_empty() {
        return Err(invalid(&entry.name, "the API key is empty"));
    }
    Ok(Some(key))
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

fn invalid(host: &HostName, detail: impl std::fmt::Display) -> CliError {
    CliError::Usage(format!("host {host}: {detail}"))
}
