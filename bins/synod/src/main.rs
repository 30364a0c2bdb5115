//! The command `synod`.

mod args;
mod commands;
mod compose;
mod config_file;
mod context;
mod environment;
mod error;
mod interrupts;
mod output;
mod panel;
mod question;
mod view;

use std::{process::ExitCode, time::Duration};

use clap::Parser;

use args::Args;
use environment::Environment;
use error::CliError;

fn main() -> ExitCode {
    let args = Args::parse();
    let environment = Environment::read();
    environment.set_up(&args);
    let outcome = tokio::runtime::Runtime::new().map_err(CliError::Write).and_then(|runtime| {
        let outcome = runtime.block_on(commands::run(&args, &environment));
        // What is still under way has nobody left who waits for it: its connections close here.
        runtime.shutdown_timeout(Duration::from_millis(100));
        outcome
    });
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    if !error.is_silent() {
        output::say(&error.to_string());
    }
    ExitCode::from(error.exit_code())
}
