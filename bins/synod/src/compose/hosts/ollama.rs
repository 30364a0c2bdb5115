use std::sync::Arc;

use synod_inference::{LoadProfile, OllamaHost};
use synod_ollama_client as ollama;

use super::{invalid, limits};
use crate::{
    CliError,
    compose::{HostSettings, ModelServer},
    config::HostEntry,
};

/// Builds the client of an Ollama.
///
/// # Errors
/// [`CliError::Usage`] for an invalid address or key, and for settings of the other kind of host.
pub(super) fn server(
    entry: HostEntry,
    key: Option<String>,
    settings: HostSettings,
) -> Result<ModelServer, CliError> {
    let kind = entry.kind();
    let HostEntry { name, table, models } = entry;
    if table.window.is_some() || models.iter().any(|model| model.table.window.is_some()) {
        return Err(invalid(&name, "`window` is for kind `openai`; Ollama's is `num_ctx`"));
    }
    let base = ollama::BaseUrl::parse(table.url.as_deref().unwrap_or_default())
        .map_err(|error| invalid(&name, error))?;
    let mut builder = ollama::Client::builder(base);
    if let Some(key) = key {
        builder = builder.api_key(key);
    }
    let client = builder.build().map_err(|error| invalid(&name, error))?;
    let limits = limits(&table);
    let profile = LoadProfile { num_ctx: table.num_ctx, keep_alive: table.keep_alive };
    let mut host = OllamaHost::new(name.clone(), client.clone())
        .with_limits(limits)
        .with_profile(profile.clone());
    for model in models {
        let settings = model.settings();
        let profile = LoadProfile {
            num_ctx: model.table.num_ctx.map(Into::into).or(profile.num_ctx),
            keep_alive: model.table.keep_alive.or_else(|| profile.keep_alive.clone()),
        };
        host = host.with_model_profile(model.id.clone(), profile);
        host = host.with_model_settings(model.id, settings);
    }
    let url = client.base_url().to_string();
    Ok(ModelServer { name, kind, url, host: Arc::new(host), settings, ollama: Some(client) })
}
