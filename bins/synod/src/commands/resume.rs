use crate::{
    CliError,
    args::ResumeArgs,
    config::Config,
    environment::Environment,
    error::DebateFailure,
    interrupts::Interrupts,
    kept::{self, Kept, KeptStatus, driven_elsewhere, driver_in_words},
    output::OutputOptions,
    store::Store,
};

use super::debate::{ConductOptions, conduct, reopen, resume_elsewhere};

/// Continues a kept debate in this terminal, or at the process at which it is paused.
pub(super) async fn run(
    args: &ResumeArgs,
    config: Config,
    environment: &Environment,
    mut interrupts: Interrupts,
    draws: bool,
) -> Result<(), CliError> {
    let kept = Kept::open(&args.data, &config.log, environment)?;
    let data = args.data.or_configured(&config.log);
    let summary = kept.find(&args.debate.id).await?;
    let short = kept.short_id(summary.id).await?;
    if KeptStatus::of(&summary).is_finished() {
        return Err(CliError::Usage(format!(
            "debate {short} has ended ({}); {} shows it, and {} begins a follow-up",
            KeptStatus::in_words(&summary),
            kept.command(format_args!("show {short}")),
            kept.command(format_args!("continue {short} \"…\""))
        )));
    }
    let output = OutputOptions {
        format: args.output,
        quiet: args.quiet,
        thinking: args.thinking,
        draws,
        has_menu: true,
    };
    let options = ConductOptions {
        output,
        require_consensus: args.require_consensus,
        accepts_models: args.accept_model_change,
        data,
    };
    if let Some(worker) = &summary.worker {
        let driver = driver_in_words(worker);
        if KeptStatus::of(&summary) == KeptStatus::Paused {
            return resume_elsewhere(&kept, &summary, &driver, options, interrupts).await;
        }
        return Err(driven_elsewhere(&short, &driver));
    }
    let Some(setup) = kept::setup(&summary) else {
        return Err(CliError::BrokenLog(format!("the log of debate {short} has no configuration")));
    };
    let past = kept.events(summary.id).await?;
    let Some(store) = kept.store.map(Store::kept) else {
        return Err(CliError::Failed("the data directory was removed meanwhile".to_owned()));
    };
    let opened = tokio::select! {
        opened = reopen(summary.id, setup, store, config, environment) => opened?,
        _ = interrupts.next() => return Err(CliError::Debate(DebateFailure::Interrupted)),
    };
    conduct(opened, &past, options, interrupts).await
}
