use std::{io, io::Write};

use crate::{CliError, output::say};

/// Random bytes of a key.
const BYTES: usize = 32;

/// Prints a new key on stdout.
pub(super) fn new() -> Result<(), CliError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        CliError::Failed(format!("the operating system provides no randomness: {error}"))
    })?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "synod-{hex}")?;
    stdout.flush()?;
    say(
        "store the key in a file that only the server can read, and set `server.api_key_file` to its \
         path; clients send `Authorization: Bearer KEY`",
    );
    Ok(())
}
