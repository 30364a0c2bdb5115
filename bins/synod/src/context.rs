//! The context of a debate, read from stdin.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use tokio::io::AsyncReadExt;

use crate::{CliError, bounded_read, output::say, question::ContextSource};

/// Maximum bytes of a context.
const LARGEST: u64 = 65_536;

/// Time after which a message says that stdin is being read.
const NOTICE_AFTER: Duration = Duration::from_secs(2);
/// That message.
const WAITING: &str = "reading the context from stdin until it ends (press Ctrl-D after typing it); \
                       to give no context, add < /dev/null";

/// Reads the context from its source. If that takes long, a message reports it, unless `quiet`.
///
/// # Errors
/// [`CliError::Usage`] if the context is too long or not UTF-8; [`CliError::Read`] if stdin cannot be
/// read.
pub(crate) async fn read(context: ContextSource, quiet: bool) -> Result<String, CliError> {
    let reads_stdin = match context {
        ContextSource::Stdin => true,
        ContextSource::Pipe => !io::stdin().is_terminal(),
        ContextSource::None => false,
    };
    if !reads_stdin {
        return Ok(String::new());
    }
    let mut bytes = Vec::new();
    let mut stdin = tokio::io::stdin().take(LARGEST + 1);
    let read = stdin.read_to_end(&mut bytes);
    tokio::pin!(read);
    let read = tokio::select! {
        read = &mut read => read,
        () = tokio::time::sleep(NOTICE_AFTER), if !quiet => {
            // An open pipe would otherwise look like a hang.
            say(WAITING);
            read.await
        }
    };
    read.map_err(|source| CliError::Read { path: "stdin".into(), source })?;
    if bytes.len() as u64 > LARGEST {
        return Err(CliError::Usage(format!(
            "the context on stdin is longer than the limit of {LARGEST} bytes"
        )));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        CliError::Usage(format!("the context on stdin is not UTF-8 (byte {at})"))
    })?;
    Ok(bounded_read::without_bom(&text).to_owned())
}
