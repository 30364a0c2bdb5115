//! From the tables `[hosts.NAME]` to clients of servers.

#[cfg(feature = "embedded")]
pub(super) mod embedded;
mod ollama;
mod openai;

use std::time::Duration;

use synod_domain::HostName;
use synod_inference::HostLimits;

use super::{HostSettings, ModelServer};
use crate::{
    CliError,
    config::{ApiKeyError, Config, HostEntry, HostKind, HostTable, read_api_key},
    environment::Environment,
};

/// Builds the clients of all configured servers.
///
/// # Errors
/// [`CliError::Usage`] for an invalid address or key, or a setting that the kind of host does not have;
/// [`CliError::ApiKey`] if a key is set twice, or its file cannot be read.
pub(crate) fn model_servers(
    config: &Config,
    environment: &Environment,
) -> Result<Vec<ModelServer>, CliError> {
    config.hosts_with(environment).into_iter().map(server).collect()
}

fn server(entry: HostEntry) -> Result<ModelServer, CliError> {
    let key = key(&entry)?;
    let settings = HostSettings::of(&entry);
    match entry.kind() {
        HostKind::Ollama => ollama::server(entry, key, settings),
        HostKind::OpenAi => openai::server(entry, key, settings),
    }
}

/// Reads the API key of a host, from the configuration or from its file.
fn key(entry: &HostEntry) -> Result<Option<String>, CliError> {
    let (key, file) = (entry.table.api_key.as_ref(), entry.table.api_key_file.as_deref());
    let key = read_api_key(key, file, "").map_err(|error| match error {
        ApiKeyError::SetTwice { .. } => invalid(&entry.name, error),
        ApiKeyError::Unreadable { .. } | ApiKeyError::Invalid { .. } => error.into(),
    })?;
    match key {
        None => Ok(None),
        Some((_, key)) if key.trim().is_empty() => {
            Err(invalid(&entry.name, "the API key is empty"))
        }
        Some((_, key)) => Ok(Some(key.trim().to_owned())),
    }
}

fn limits(table: &HostTable) -> HostLimits {
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    HostLimits {
        concurrent_calls: table.concurrent_calls,
        models_at_once: table.models_at_once,
        calls_at_once: table.calls_at_once,
        load_limit: table.load_seconds.map(seconds),
        away_limit: table.away_seconds.map(seconds),
        loads_one_at_a_time: false,
    }
}

fn invalid(host: &HostName, detail: impl std::fmt::Display) -> CliError {
    CliError::Usage(format!("host {host}: {detail}"))
}
