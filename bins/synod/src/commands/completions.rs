use std::io::{self, Write};

use clap::CommandFactory;

use crate::{
    CliError,
    args::{Args, CompletionsArgs},
};

/// Prints what a shell reads to complete the command's words.
pub(super) fn run(args: &CompletionsArgs) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "synod", &mut script);
    let mut stdout = io::stdout().lock();
    stdout.write_all(&script)?;
    Ok(stdout.flush()?)
}
