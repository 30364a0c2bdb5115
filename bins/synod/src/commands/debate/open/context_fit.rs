//! Checks before the first call that the question and its context fit the context windows of the models.

use synod_agents::ContextFit;
use synod_domain::{HostName, Initialized, ModelName};

use crate::{CliError, compose::ModelHosts, output::say};

/// Refuses a context that is too long, and warns about one that leaves little room. If the result depends
/// on a model that is not in memory, the model is loaded first, because only then its host reports its
/// window.
///
/// # Errors
/// [`CliError::Usage`] with the length of the context, the size of the window, and the setting to change,
/// if the context is too long.
pub(super) async fn check(
    setup: &Initialized,
    model_hosts: &mut ModelHosts,
    quiet: bool,
) -> Result<(), CliError> {
    let Some(mut fit) = fit(setup, model_hosts) else { return Ok(()) };
    if !is_loaded(&fit.host, &fit.model, model_hosts) {
        if !quiet {
            say(&format!("loading {} on {} to find out its context window", fit.model, fit.host));
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
    let profiles = setup
        .profiles()
        .map(|profile| (&profile.host, &profile.model, window(&profile.host, &profile.model)));
    ContextFit::of(&setup.config, profiles)
}

fn is_loaded(host: &HostName, model: &ModelName, model_hosts: &ModelHosts) -> bool {
    let mut infos = model_hosts.infos();
    infos.any(|info| info.host == *host && info.model == *model && info.loaded)
}

/// Loads the models of all agents one after the other, then lists the models again. A failed load is
/// reported by the first call that needs it.
async fn load_all(setup: &Initialized, model_hosts: &mut ModelHosts) {
    let mut models: Vec<_> =
        setup.profiles().map(|profile| (&profile.host, &profile.model)).collect();
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

/// How to make room in a context window that is too small.
fn advice(fit: &ContextFit, model_hosts: &ModelHosts) -> String {
    let shorter = format!("shorten them to {} bytes", fit.most_bytes());
    let wanted = fit.wanted_window;
    let Some(server) = model_hosts.server(&fit.host) else { return shorter };
    let larger = server.larger_window(wanted, true);
    if fit.is_too_long() { format!("{larger}, or {shorter}") } else { larger }
}
