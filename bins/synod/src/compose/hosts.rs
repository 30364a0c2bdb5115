use std::{sync::Arc, time::Duration};

use synod_domain::HostName;
use synod_inference::{LoadProfile, ModelHost, OllamaHost, OpenAiHost};
use synod_ollama_client as ollama;
use synod_openai_client as openai;
use tokio::time::timeout;

use super::HostSettings;
use crate::{
    CliError, bounded_read,
    config::{Config, HostEntry, HostKey, HostKind},
    environment::Environment,
};

/// The source of the default address.
pub(super) const DEFAULT: &str = "default";
/// The host that `OLLAMA_HOST` names.
const LOCAL: &str = "local";
/// The default address of Ollama.
const DEFAULT_URL: &str = "http://127.0.0.1:11434";

/// How long a server may take to tell its version.
const VERSION_LIMIT: Duration = Duration::from_secs(2);

/// A server of models that may be in reach.
#[derive(Clone)]
pub(crate) struct ModelServer {
    pub(crate) name: HostName,
    pub(crate) kind: HostKind,
    pub(crate) url: String,
    pub(crate) host: Arc<dyn ModelHost>,
    pub(crate) settings: HostSettings,
    /// Ollama, which reports its version.
    client: Option<ollama::Client>,
}

impl ModelServer {
    /// What it is called where it is used, and its address. The Ollama of this machine has a name
    /// that nobody gave it.
    pub(crate) fn in_use(&self) -> String {
        let is_local_ollama = self.kind == HostKind::Ollama && self.name.as_str() == LOCAL;
        let name = if is_local_ollama { "Ollama" } else { self.name.as_str() };
        format!("{name} at {}", self.url)
    }

    /// Its version, if reported within two seconds.
    pub(crate) async fn version(&self) -> Option<String> {
        let version = timeout(VERSION_LIMIT, self.client.as_ref()?.version()).await.ok()?.ok()?;
        Some(version.as_str().to_owned())
    }
}

/// The servers of the configuration file. The Ollama `local` is where `OLLAMA_HOST` says; it
/// is there too if the file names no host.
///
/// # Errors
/// [`CliError::Usage`] for an address or a key that is none, or a setting that the kind of host does
/// not have; [`CliError::Read`] if the file of a key cannot be read.
pub(crate) fn model_servers(
    config: &Config,
    environment: &Environment,
) -> Result<Vec<ModelServer>, CliError> {
    entries(config, environment)?.into_iter().map(|(entry, source)| server(entry, source)).collect()
}

/// The hosts, and where the address of each comes from if not from the configuration.
///
/// # Errors
/// None: the name of the local host is one.
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
        HostKind::Ollama => ollama_server(entry, key, settings),
        HostKind::OpenAi => openai_server(entry, key, settings),
    }
}

fn ollama_server(
    entry: HostEntry,
    key: Option<String>,
    settings: HostSettings,
) -> Result<ModelServer, CliError> {
    let HostEntry {
        name,
        kind,
        url,
        concurrent_calls,
        models_at_once,
        num_ctx,
        window,
        keep_alive,
        models,
        calls_at_once,
        load_seconds,
        away_seconds,
        ..
    } = entry;
    if window.is_some() || models.iter().any(|model| model.window.is_some()) {
        return Err(wrong(&name, "`window` is for kind `openai`; Ollama's is `num_ctx`"));
    }
    let base = ollama::BaseUrl::parse(&url).map_err(|error| wrong(&name, error))?;
    let mut builder = ollama::Client::builder(base);
    if let Some(key) = key {
        builder = builder.api_key(key);
    }
    let client = builder.build().map_err(|error| wrong(&name, error))?;
    let keep_alive = keep_alive.map(|keep_alive| keep_alive.time);
    let profile = LoadProfile { num_ctx, keep_alive };
    let mut host = OllamaHost::new(name.clone(), client.clone()).with_profile(profile.clone());
    for model in models {
        let own = model.keep_alive.as_ref().map(|keep_alive| keep_alive.time.clone());
        let profile = LoadProfile {
            num_ctx: model.num_ctx.or(profile.num_ctx),
            keep_alive: own.or_else(|| profile.keep_alive.clone()),
        };
        let settings = model.settings();
        host = host.with_model_profile(model.id.clone(), profile);
        host = host.with_model_settings(model.id, settings);
    }
    if let Some(calls) = concurrent_calls {
        host = host.with_concurrent_calls(calls);
    }
    if let Some(models) = models_at_once {
        host = host.with_models_at_once(models);
    }
    if let Some(calls) = calls_at_once {
        host = host.with_calls_at_once(calls);
    }
    if let Some(limit) = load_seconds {
        host = host.with_load_limit(seconds(limit));
    }
    if let Some(limit) = away_seconds {
        host = host.with_away_limit(seconds(limit));
    }
    let url = client.base_url().to_string();
    Ok(ModelServer { name, kind, url, host: Arc::new(host), settings, client: Some(client) })
}

fn openai_server(
    entry: HostEntry,
    key: Option<String>,
    settings: HostSettings,
) -> Result<ModelServer, CliError> {
    let HostEntry {
        name,
        kind,
        url,
        concurrent_calls,
        models_at_once,
        num_ctx,
        window,
        keep_alive,
        models,
        calls_at_once,
        load_seconds,
        away_seconds,
        ..
    } = entry;
    if keep_alive.is_some() || models.iter().any(|model| model.keep_alive.is_some()) {
        let detail = "`keep_alive` is for kind `ollama`: this server decides itself what it keeps";
        return Err(wrong(&name, detail));
    }
    if num_ctx.is_some() || models.iter().any(|model| model.num_ctx.is_some()) {
        let detail = "`num_ctx` is for kind `ollama`; where the server does not tell its window, \
                      set `window`";
        return Err(wrong(&name, detail));
    }
    let base = openai::BaseUrl::parse(&url).map_err(|error| wrong(&name, error))?;
    let mut builder = openai::Client::builder(base);
    if let Some(key) = key {
        builder = builder.api_key(key);
    }
    let client = builder.build().map_err(|error| wrong(&name, error))?;
    let url = client.base_url().to_string();
    let mut host = OpenAiHost::new(name.clone(), client);
    if let Some(calls) = concurrent_calls {
        host = host.with_concurrent_calls(calls);
    }
    if let Some(models) = models_at_once {
        host = host.with_models_at_once(models);
    }
    if let Some(calls) = calls_at_once {
        host = host.with_calls_at_once(calls);
    }
    if let Some(limit) = load_seconds {
        host = host.with_load_limit(seconds(limit));
    }
    if let Some(limit) = away_seconds {
        host = host.with_away_limit(seconds(limit));
    }
    if let Some(window) = window {
        host = host.with_window(window);
    }
    for model in models {
        let known = model.settings();
        host = host.with_model_settings(model.id, known);
    }
    Ok(ModelServer { name, kind, url, host: Arc::new(host), settings, client: None })
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

/// The key of a host, from where it is kept.
fn key(entry: &HostEntry) -> Result<Option<String>, CliError> {
    let key = match (&entry.api_key, &entry.api_key_file) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(wrong(&entry.name, "`api_key` and `api_key_file` are both set"));
        }
        (Some(HostKey(key)), None) => key.trim().to_owned(),
        (None, Some(path)) => {
            let text = bounded_read::text(path)
                .map_err(|source| CliError::Read { path: path.clone(), source })?;
            text.trim().to_owned()
        }
    };
    if key.is_empty() {
        return Err(wrong(&entry.name, "the API key is empty"));
    }
    Ok(Some(key))
}

fn wrong(host: &HostName, detail: impl std::fmt::Display) -> CliError {
    CliError::Usage(format!("host {host}: {detail}"))
}
