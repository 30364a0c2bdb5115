//! The command `synod`.

mod args;
mod backup;
mod bounded_read;
mod bounds;
mod causes;
mod commands;
mod completion;
mod compose;
mod config;
mod context;
mod data_args;
mod environment;
mod error;
mod exit_code;
mod interrupts;
mod job_control;
mod kept;
mod keys;
mod logging;
mod output;
mod participants;
mod question;
mod store;
mod view;

use std::{process::ExitCode, time::Duration};

use clap::{CommandFactory, Parser};

use args::{Args, CliCommand};
use environment::Environment;
use error::CliError;

fn main() -> ExitCode {
    completion::answer_script(Args::command);
    let environment = Environment::read();
    if environment.needs_ascii() {
        output::charset::use_ascii();
    }
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) if error.use_stderr() => {
            output::say_usage(&error);
            return ExitCode::from(exit_code::USAGE);
        }
        // Not an error: the help or the version.
        Err(error) => error.exit(),
    };
    if let Some(color) = args.color {
        anstream::ColorChoice::from(color).write_global();
    }
    // A server starts its log once its configuration is read.
    if !matches!(args.command, CliCommand::Serve(_)) {
        logging::start(environment.rust_log.as_deref(), args.verbose);
    }
    // One thread suffices, because a debate mostly waits for its models, and no token has to wake another
    // thread.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime.map_err(CliError::Write).and_then(|runtime| {
        let outcome = runtime.block_on(commands::run(&args, &environment));
        // Open calls are dropped, which closes their connections.
        runtime.shutdown_timeout(Duration::from_millis(100));
        outcome
    });
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    if !error.is_silent() {
        output::say(&error.to_string());
    }
    ExitCode::from(error.exit_code())
}
