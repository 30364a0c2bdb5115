use std::sync::Arc;

use synod_inference::OpenAiHost;
use synod_openai_client as openai;

use super::{invalid, limits};
use crate::{
    CliError,
    compose::{HostSettings, ModelServer},
    config::HostEntry,
};

/// Builds the client of a server that speaks OpenAI's protocol.
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
    if table.keep_alive.is_some() || models.iter().any(|model| model.table.keep_alive.is_some()) {
        let detail = "`keep_alive` is for kind `ollama`: this server decides itself what it keeps";
        return Err(invalid(&name, detail));
    }
    if table.num_ctx.is_some() || models.iter().any(|model| model.table.num_ctx.is_some()) {
        let detail = "`num_ctx` is for kind `ollama`; where the server does not tell its window, \
                      set `window`";
        return Err(invalid(&name, detail));
    }
    let base = openai::BaseUrl::parse(table.url.as_deref().unwrap_or_default())
        .map_err(|error| invalid(&name, error))?;
    let mut builder = openai::Client::builder(base);
    if let Some(key) = key {
        builder = builder.api_key(key);
    }
    let client = builder.build().map_err(|error| invalid(&name, error))?;
    let url = client.base_url().to_string();
    let mut host = OpenAiHost::new(name.clone(), client).with_limits(limits(&table));
    if let Some(window) = table.window {
        host = host.with_window(window);
    }
    for model in models {
        let known = model.settings();
        host = host.with_model_settings(model.id, known);
    }
    Ok(ModelServer { name, kind, url, host: Arc::new(host), settings, ollama: None })
}
