//! Whether the question and its context fit the windows of the models, before the first call.

use std::sync::Arc;

use synod_agents::ContextFit;
use synod_domain::{HostName, Initialized, ModelName, ParticipantProfile};

use crate::{CliError, compose::ModelHosts, config::HostKind, output::say};

/// Refuses what cannot work and warns of what is tight. A model that is not in memory is loaded first
/// where that decides: only then its host tells its window.
///
/// # Errors
/// [`CliError::Usage`] if the debate cannot be held: how long the context is, how large the window,
/// and what to set.
pub(super) async fn check(
    setup: &Initialized,
    model_hosts: &mut ModelHosts,
    quiet: bool,
) -> Result<(), CliError> {
    let Some(mut fit) = fit(setup, model_hosts) else { return Ok(()) };
    if !is_loaded(&fit.host, &fit.model, model_hosts) {
        if !quiet {
            say(&format!("loading {} of {} to learn its window", fit.model, fit.host));
        }
        load_all(setup, model_hosts).await;
        let Some(known) = self::fit(setup, model_hosts) else { return Ok(()) };
        fit = known;
    }
    let message = format!("{fit}; {}", advice(&fit, model_hosts));
    if fit.is_too_long() && is_loaded(&fit.host, &fit.model, model_hosts) {
        return Err(CliError::Usage(message));
    }
    if !quiet {
        say(&message);
    }
    Ok(())
}

fn fit(setup: &Initialized, model_hosts: &ModelHosts) -> Option<ContextFit> {
    let window = |host: &HostName, model: &ModelName| {
        model_hosts.infos().find(|info| info.host == *host && info.model == *model)?.window
    };
    let seats = seats(setup).map(|seat| (&seat.host, &seat.model, window(&seat.host, &seat.model)));
    ContextFit::of(&setup.config, seats)
}

/// All agents of the debate: participants, moderator, judge.
fn seats(setup: &Initialized) -> impl Iterator<Item = &Arc<ParticipantProfile>> {
    setup.participants.iter().chain(&setup.moderator).chain(&setup.judge)
}

fn is_loaded(host: &HostName, model: &ModelName, model_hosts: &ModelHosts) -> bool {
    let mut infos = model_hosts.infos();
    infos.any(|info| info.host == *host && info.model == *model && info.loaded)
}

/// Loads the models of all seats, one after the other, and asks the hosts again what they have. A load
/// that fails is told by the first call that needs it.
async fn load_all(setup: &Initialized, model_hosts: &mut ModelHosts) {
    let mut models: Vec<_> = seats(setup).map(|seat| (&seat.host, &seat.model)).collect();
    models.sort_unstable();
    models.dedup();
    for (host, model) in models {
        if is_loaded(host, model, model_hosts) {
            continue;
        }
        if let Ok(model) = model_hosts.gateway.chat_model(host, model).await
            && let Err(error) = model.warm_up().await
        {
            tracing::warn!(%error, "not loaded");
        }
    }
    model_hosts.listings = model_hosts.gateway.models().await;
}

/// What a user can do about a window that is too small.
fn advice(fit: &ContextFit, model_hosts: &ModelHosts) -> String {
    let shorter = format!("shorten them to {} bytes", fit.most_bytes());
    let wanted = fit.wanted_window;
    let Some(server) = model_hosts.server(&fit.host) else { return shorter };
    let settings = &server.settings;
    let larger = match server.kind {
        HostKind::Ollama => {
            format!("set {} to {wanted}, in synod.toml", settings.named("num_ctx"))
        }
        HostKind::OpenAi => format!(
            "start the server with a context of {wanted} tokens (`-c` of llama.cpp's, \
             `--max-model-len` of vLLM); where it tells none, {} counts",
            settings.named("window")
        ),
    };
    if fit.is_too_long() { format!("{larger}, or {shorter}") } else { larger }
}
