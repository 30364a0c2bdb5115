use std::sync::Arc;

use synod_domain::HostName;
use synod_inference::{LoadProfile, ModelHost, OllamaHost};
use synod_ollama_client::Client;

use crate::{
    CliError,
    config_file::{ConfigFile, HostEntry},
    environment::Environment,
};

/// The host that `OLLAMA_HOST` names.
const LOCAL: &str = "local";
/// Where Ollama listens unless told otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:11434";

/// An Ollama server that may be in reach.
#[derive(Clone)]
pub(crate) struct OllamaServer {
    pub(crate) name: HostName,
    pub(crate) client: Client,
    pub(crate) host: Arc<dyn ModelHost>,
}

/// The Ollama servers of the configuration file. The host `local` is where `OLLAMA_HOST` says; it
/// is there too if the file names no host.
///
/// # Errors
/// [`CliError::Usage`] for an address that is none.
pub(crate) fn ollama_servers(
    config: &ConfigFile,
    environment: &Environment,
) -> Result<Vec<OllamaServer>, CliError> {
    entries(config, environment)?.into_iter().map(|(entry, _)| server(entry)).collect()
}

/// The hosts, and where the address of each comes from.
///
/// # Errors
/// None: the name of the local host is one.
pub(crate) fn entries(
    config: &ConfigFile,
    environment: &Environment,
) -> Result<Vec<(HostEntry, &'static str)>, CliError> {
    let mut entries: Vec<_> =
        config.hosts.iter().map(|entry| (entry.clone(), "configured")).collect();
    let named = entries.iter().position(|(host, _)| host.name.as_str() == LOCAL);
    match (&environment.ollama_host, named) {
        (Some(url), Some(place)) => {
            let (host, source) = &mut entries[place];
            host.url.clone_from(url);
            *source = "OLLAMA_HOST";
        }
        (Some(url), None) => entries.insert(0, (local(url)?, "OLLAMA_HOST")),
        (None, None) if entries.is_empty() => entries.push((local(DEFAULT_URL)?, "default")),
        (None, Some(_) | None) => {}
    }
    Ok(entries)
}

fn local(url: &str) -> Result<HostEntry, CliError> {
    let name = HostName::new(LOCAL).map_err(|error| CliError::Failed(error.to_string()))?;
    Ok(HostEntry { name, url: url.to_owned(), concurrent_calls: None, num_ctx: None })
}

fn server(entry: HostEntry) -> Result<OllamaServer, CliError> {
    let HostEntry { name, url, concurrent_calls, num_ctx } = entry;
    let client =
        Client::new(&url).map_err(|error| CliError::Usage(format!("host {name}: {error}")))?;
    let profile = LoadProfile { num_ctx, ..LoadProfile::default() };
    let host = OllamaHost::new(name.clone(), client.clone()).with_profile(profile);
    let host = match concurrent_calls {
        Some(calls) => host.with_concurrent_calls(calls),
        None => host,
    };
    Ok(OllamaServer { name, client, host: Arc::new(host) })
}
