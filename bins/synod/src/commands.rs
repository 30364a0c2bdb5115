//! One module per subcommand.

mod agents;
mod completions;
mod config;
mod debate;
mod doctor;
#[cfg(feature = "embedded")]
mod fetch;
mod key;
mod man;
mod models;
mod serve;
mod verify;

use std::{io, io::Write};

use crate::{
    CliError,
    args::{Args, Command, KeyCommand, ModelsCommand},
    config_file::ConfigFile,
    environment::Environment,
    interrupts::Interrupts,
};

/// Does what the arguments ask for.
///
/// # Errors
/// Whatever keeps it from a good end.
pub(crate) async fn run(args: &Args, environment: &Environment) -> Result<(), CliError> {
    let path = args.config.as_deref();
    let config = || Ok::<_, CliError>(ConfigFile::find(path, environment)?);
    match &args.command {
        Command::Debate(debate) => {
            // Before anything that takes time, so that no Ctrl-C kills the process.
            let interrupts = Interrupts::listen().map_err(CliError::Write)?;
            let (draws, logs) = (environment.draws(args), environment.logs(args));
            debate::run(debate, config()?, environment, interrupts, draws, logs).await
        }
        Command::Serve(serve) => {
            let interrupts = Interrupts::listen().map_err(CliError::Write)?;
            serve::run(serve, config()?, environment, args.verbose, interrupts).await
        }
        Command::Verify(verify) => verify::run(verify),
        Command::Agents => agents::run(&config()?.registry),
        Command::Models(models) => match models.command {
            None => models::run(&config()?, environment).await,
            Some(ModelsCommand::Fetch) => fetch(environment).await,
        },
        Command::Config(args) => config::run(&args.command, path, environment),
        Command::Key(key) => match key.command {
            KeyCommand::New => key::new(),
        },
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
        Command::Doctor(doctor) => doctor::run(doctor, path, environment).await,
    }
}

#[cfg(feature = "embedded")]
async fn fetch(environment: &Environment) -> Result<(), CliError> {
    fetch::run(environment).await
}

#[cfg(not(feature = "embedded"))]
#[expect(clippy::unused_async, reason = "the build with the embedded model fetches it here")]
async fn fetch(_: &Environment) -> Result<(), CliError> {
    let message = "this build has no embedded model; build it with `--features embedded`";
    Err(CliError::Usage(message.to_owned()))
}

/// Writes a table whose columns are as wide as they need to be.
fn write_table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> io::Result<()> {
    let widths: [usize; N] = std::array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].as_str()).chain([head[column]]);
        cells.map(textwrap::core::display_width).max().unwrap_or(0)
    });
    let line = |cells: [&str; N]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| {
            let space = width.saturating_sub(textwrap::core::display_width(cell));
            format!("{cell}{}", " ".repeat(space))
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut stdout = anstream::stdout().lock();
    let dim = anstyle::Style::new().dimmed();
    writeln!(stdout, "{dim}{}{dim:#}", line(head))?;
    for row in rows {
        writeln!(stdout, "{}", line(row.each_ref().map(String::as_str)))?;
    }
    stdout.flush()
}
