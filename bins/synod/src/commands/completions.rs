use std::io::{self, Write};

use crate::{CliError, args::CompletionsArgs, completion};

/// Prints the completion script for a shell.
pub(super) fn run(args: &CompletionsArgs) -> Result<(), CliError> {
    let mut script = Vec::new();
    completion::write_script(&args.shell.to_string(), &mut script)?;
    let mut stdout = io::stdout().lock();
    stdout.write_all(&script)?;
    Ok(stdout.flush()?)
}
