//! One module per subcommand.

mod agents;
mod backup;
mod completions;
mod config;
mod confirmation;
mod continue_debate;
mod debate;
mod delete;
mod doctor;
mod export;
mod grade;
mod import;
mod key;
mod list;
mod man;
mod models;
mod notice;
mod prune;
mod replay;
mod restore;
mod resume;
mod serve;
mod show;
mod table;
mod upgrade_check;
mod verify;

use notice::with_notice;
use table::{write_table, write_table_cutting_last};

use crate::{
    CliError,
    args::{Args, CliCommand, KeyCommand, ModelsCommand},
    config::Config,
    environment::Environment,
    interrupts::Interrupts,
};

/// Runs the command that the arguments name.
///
/// # Errors
/// Those of the command.
pub(crate) async fn run(args: &Args, environment: &Environment) -> Result<(), CliError> {
    let path = args.config.as_deref();
    let config = || Ok::<_, CliError>(Config::find(path, environment)?);
    // A terminal that cannot move its cursor, or that a log shares, is not drawn on.
    let logs = args.verbose > 0 || environment.rust_log.is_some();
    let draws = !environment.is_dumb && !logs;
    match &args.command {
        CliCommand::Debate(debate) => {
            // Before anything slow, so that Ctrl-C never kills the process.
            let interrupts = Interrupts::listen().map_err(CliError::Write)?;
            debate::run(debate, config()?, environment, interrupts, draws).await
        }
        CliCommand::Serve(serve) => {
            let interrupts = Interrupts::listen().map_err(CliError::Write)?;
            serve::run(serve, config()?, environment, args.verbose, interrupts).await
        }
        CliCommand::List(list) => list::run(list, &config()?.log, environment).await,
        CliCommand::Show(show) => show::run(show, &config()?.log, environment).await,
        CliCommand::Replay(replay) => {
            let interrupts = Interrupts::listen().map_err(CliError::Write)?;
            replay::run(replay, &config()?.log, environment, interrupts, draws).await
        }
        CliCommand::Resume(resume) => {
            let interrupts = Interrupts::listen().map_err(CliError::Write)?;
            resume::run(resume, config()?, environment, interrupts, draws).await
        }
        CliCommand::Continue(follow_up) => {
            let interrupts = Interrupts::listen().map_err(CliError::Write)?;
            continue_debate::run(follow_up, config()?, environment, interrupts, draws).await
        }
        CliCommand::Export(export) => export::run(export, &config()?.log, environment).await,
        CliCommand::Import(import) => import::run(import, &config()?.log, environment).await,
        CliCommand::Verify(verify) => verify::run(verify, &config()?.log, environment).await,
        CliCommand::Grade(grade) => grade::run(grade, &config()?.log, environment).await,
        CliCommand::Delete(delete) => delete::run(delete, &config()?.log, environment).await,
        CliCommand::Prune(prune) => prune::run(prune, &config()?.log, environment).await,
        CliCommand::Agents => agents::run(&config()?.registry),
        CliCommand::Models(models) => match models.command {
            None => models::run(&config()?, environment).await,
            Some(ModelsCommand::Fetch) => models::fetch(environment).await,
        },
        CliCommand::Config(args) => config::run(&args.command, path, environment),
        CliCommand::Key(key) => match key.command {
            KeyCommand::New => key::new(),
        },
        CliCommand::Completions(args) => completions::run(args),
        CliCommand::Man(args) => man::run(args),
        CliCommand::Backup(args) => backup::run(args, &config()?, environment).await,
        CliCommand::Restore(args) => restore::run(args, &config()?.log, environment),
        CliCommand::UpgradeCheck(args) => upgrade_check::run(args, path, environment).await,
        CliCommand::Doctor(doctor) => doctor::run(doctor, path, environment).await,
    }
}

/// A number of things, in words.
fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
