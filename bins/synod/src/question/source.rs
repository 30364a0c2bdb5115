use std::{
    io::{self, IsTerminal},
    path::Path,
};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use crate::{CliError, args::DebateArgs, bounded_read};

/// Maximum bytes of a question that are read; the rules of a debate allow fewer characters.
const LARGEST: u64 = 65_536;
/// The prompt for the question on a terminal.
const PROMPT: &str = "Question: ";
/// The message about a missing question.
const MISSING: &str = "the question is missing: pass it in quotes as the last argument, or in a file \
                       with --file";

/// The question, and the source of its context.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) context: ContextSource,
}

/// The source of the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContextSource {
    /// Stdin, even on a terminal.
    Stdin,
    /// Stdin, if it is a pipe or a file.
    Pipe,
    /// None: the question was read from stdin.
    None,
}

impl Question {
    /// Reads the question from the arguments, a file, stdin or the terminal.
    ///
    /// # Errors
    /// [`CliError::Usage`] if there is no question or more than one; [`CliError::Read`] if its file
    /// cannot be read.
    pub(crate) async fn find(args: &DebateArgs) -> Result<Self, CliError> {
        let dash = !args.context.is_empty();
        let context = if dash { ContextSource::Stdin } else { ContextSource::Pipe };
        let usage = |sentence: &str| Err(CliError::Usage(sentence.to_owned()));
        match (args.question.as_deref().map(str::trim), args.file.as_deref()) {
            (Some("-"), None) => usage(
                "the question is missing: `-` only reads context from stdin; to read the question from \
                 stdin, use `--file -`",
            ),
            (Some("-"), Some(file)) if file == Path::new("-") => {
                usage("stdin can provide the question or the context, not both")
            }
            (None, Some(file)) if file == Path::new("-") => {
                Ok(Self { text: read_from_stdin().await?, context: ContextSource::None })
            }
            (Some("-"), Some(file)) => {
                Ok(Self { text: read_from_file(file)?, context: ContextSource::Stdin })
            }
            (None, Some(file)) => Ok(Self { text: read_from_file(file)?, context }),
            (Some(_), Some(_)) => usage("give the question in quotes or with --file, not both"),
            (Some(_), None) => {
                Ok(Self { text: args.question.clone().unwrap_or_default(), context })
            }
            (None, None) if io::stdin().is_terminal() && io::stderr().is_terminal() => {
                Ok(Self { text: read_from_terminal().await?, context: ContextSource::None })
            }
            (None, None) => usage(MISSING),
        }
    }
}

fn read_from_file(path: &Path) -> Result<String, CliError> {
    let read = |source| CliError::Read { path: path.to_owned(), source };
    decode(bounded_read::bytes(path).map_err(read)?, &path.display().to_string())
}

async fn read_from_stdin() -> Result<String, CliError> {
    let read = |source| CliError::Read { path: "stdin".into(), source };
    let mut bytes = Vec::new();
    tokio::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes).await.map_err(read)?;
    if bytes.len() as u64 > LARGEST {
        return Err(CliError::Usage(format!(
            "the question on stdin is longer than the limit of {LARGEST} bytes"
        )));
    }
    decode(bytes, "stdin")
}

/// Prompts for the question on the terminal.
async fn read_from_terminal() -> Result<String, CliError> {
    let mut stderr = tokio::io::stderr();
    stderr.write_all(PROMPT.as_bytes()).await?;
    stderr.flush().await?;
    let mut line = Vec::new();
    let mut stdin = BufReader::new(tokio::io::stdin().take(LARGEST));
    stdin.read_until(b'\n', &mut line).await?;
    decode(line, "the terminal")
}

/// Decodes a question and removes a byte order mark and surrounding white space.
fn decode(bytes: Vec<u8>, place: &str) -> Result<String, CliError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        CliError::Usage(format!("the question in {place} is not UTF-8 (byte {at})"))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).trim();
    if text.is_empty() {
        return Err(CliError::Usage(format!("the question in {place} is empty")));
    }
    Ok(text.to_owned())
}
