//! The context that a pipe brings.

use std::io::{self, IsTerminal};

use tokio::io::AsyncReadExt;

use crate::CliError;

/// Most bytes of a context.
const LARGEST: u64 = 65_536;

/// What stdin holds, if it is no terminal or was asked for.
///
/// # Errors
/// [`CliError::Usage`] if it is too much, or no text.
pub(crate) async fn read(asked: bool) -> Result<String, CliError> {
    if io::stdin().is_terminal() && !asked {
        return Ok(String::new());
    }
    let mut bytes = Vec::new();
    let read = tokio::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes).await;
    read.map_err(|source| CliError::Read { path: "stdin".into(), source })?;
    if bytes.len() as u64 > LARGEST {
        return Err(CliError::Usage(format!("the context on stdin has more than {LARGEST} bytes")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        CliError::Usage(format!("the context on stdin is not UTF-8 (byte {at})"))
    })
}
