//! The context that a pipe brings.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use tokio::io::AsyncReadExt;

use crate::{CliError, bounded_read, output::say, question::ContextSource};

/// Most bytes of a context.
const LARGEST: u64 = 65_536;

/// How long stdin may stay open before it is said that it is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// The message shown then.
const WAITING: &str = "reading the context from stdin until it ends (Ctrl-D, where it is typed); \
                       for none: < /dev/null";

/// What stdin holds, if it is no terminal or was asked for, and does not hold the question. Unless
/// `quiet`, it is said that it is waited for.
///
/// # Errors
/// [`CliError::Usage`] if it is too much, or no text.
pub(crate) async fn read(context: ContextSource, quiet: bool) -> Result<String, CliError> {
    let is_there = match context {
        ContextSource::Stdin => true,
        ContextSource::Pipe => !io::stdin().is_terminal(),
        ContextSource::None => false,
    };
    if !is_there {
        return Ok(String::new());
    }
    let mut bytes = Vec::new();
    let mut stdin = tokio::io::stdin().take(LARGEST + 1);
    let read = stdin.read_to_end(&mut bytes);
    tokio::pin!(read);
    let read = tokio::select! {
        read = &mut read => read,
        () = tokio::time::sleep(PATIENCE), if !quiet => {
            // Waiting for an open pipe would be silent otherwise.
            say(WAITING);
            read.await
        }
    };
    read.map_err(|source| CliError::Read { path: "stdin".into(), source })?;
    if bytes.len() as u64 > LARGEST {
        return Err(CliError::Usage(format!("the context on stdin has more than {LARGEST} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        CliError::Usage(format!("the context on stdin is not UTF-8 (byte {at})"))
    })?;
    Ok(bounded_read::without_bom(&text).to_owned())
}
