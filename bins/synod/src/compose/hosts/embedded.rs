use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use synod_embedded_model::{
    EmbeddedHost, EngineSettings, FetchProgress, FetchSettings, Fetcher, Weights, WeightsFile,
};
use synod_inference::ModelHost;

use crate::{CliError, environment::Environment, output::say};

/// Opens the embedded model; fetches its weights if this machine does not have them.
///
/// # Errors
/// [`CliError::NoHost`] if the weights are not available or cannot be loaded.
pub(in crate::compose) async fn open(
    environment: &Environment,
) -> Result<Arc<dyn ModelHost>, CliError> {
    let file = fetch(environment).await?;
    let host = EmbeddedHost::open(file, EngineSettings::default());
    Ok(Arc::new(host.map_err(|error| CliError::NoHost(error.to_string()))?))
}

/// Fetches the weights of the embedded model. Progress is shown on stderr.
///
/// # Errors
/// [`CliError::NoHost`] if they are not available.
pub(crate) async fn fetch(environment: &Environment) -> Result<WeightsFile, CliError> {
    let settings = FetchSettings {
        own: environment.weights.clone(),
        own_setting: "SYNOD_WEIGHTS".to_owned(),
        ..FetchSettings::new(&environment.cache)
    };
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{msg} {bytes} of {total_bytes}") {
        bar.set_style(style);
    }
    let show = {
        let bar = bar.clone();
        move |weights: &Weights, progress: FetchProgress| show(&bar, weights, progress)
    };
    let located = Fetcher::new(settings).locate(&Weights::demo(), &show).await;
    bar.finish_and_clear();
    located.map_err(|error| CliError::NoHost(error.to_string()))
}

fn show(bar: &ProgressBar, weights: &Weights, progress: FetchProgress) {
    let (doing, bytes, total) = match progress {
        FetchProgress::Downloading { bytes, total } => ("fetching", bytes, total),
        FetchProgress::Unpacking { bytes, total } => ("unpacking", bytes, total),
        FetchProgress::Checking | FetchProgress::Waiting | FetchProgress::Ready | _ => return,
    };
    if bar.length().is_none() {
        bar.suspend(|| say(&weights.notice()));
    }
    bar.set_length(total);
    bar.set_position(bytes);
    bar.set_message(format!("{doing} {}", weights.name));
}
