use std::{
    io::{self, IsTerminal},
    path::Path,
};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use crate::{CliError, args::DebateArgs, bounded_read};

/// Most bytes that are read of a question; the rules allow fewer characters.
const LARGEST: u64 = 65_536;
/// What a user is asked for it.
const PROMPT: &str = "Question: ";
/// How a question is given.
const MISSING: &str = "the question is missing: put it into quotes behind `synod debate`, or name a \
                       file with --file";

/// The question, and whether context for all is read from stdin too.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) context: ContextSource,
}

/// Where context comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContextSource {
    /// Stdin, even if it is a terminal.
    Stdin,
    /// Stdin, if it is a pipe or a file.
    Pipe,
    /// Nowhere: stdin has held the question.
    None,
}

impl Question {
    /// Finds it: in the arguments, in a file, or on the terminal.
    ///
    /// # Errors
    /// [`CliError::Usage`] if there is none, or there are two; [`CliError::Read`] if its file cannot
    /// be read.
    pub(crate) async fn find(args: &DebateArgs) -> Result<Self, CliError> {
        let dash = !args.context.is_empty();
        let context = if dash { ContextSource::Stdin } else { ContextSource::Pipe };
        let usage = |sentence: &str| Err(CliError::Usage(sentence.to_owned()));
        match (args.question.as_deref().map(str::trim), args.file.as_deref()) {
            (Some("-"), None) => usage(
                "the question is missing: `-` comes after it, and reads context from stdin; a \
                 question is read from stdin with `--file -`",
            ),
            (Some("-"), Some(file)) if file == Path::new("-") => {
                usage("stdin holds the question or the context, not both")
            }
            (None, Some(file)) if file == Path::new("-") => {
                Ok(Self { text: from_stdin().await?, context: ContextSource::None })
            }
            (Some("-"), Some(file)) => {
                Ok(Self { text: from_file(file)?, context: ContextSource::Stdin })
            }
            (None, Some(file)) => Ok(Self { text: from_file(file)?, context }),
            (Some(_), Some(_)) => usage("give the question in quotes or with --file, not both"),
            (Some(_), None) => {
                Ok(Self { text: args.question.clone().unwrap_or_default(), context })
            }
            (None, None) if io::stdin().is_terminal() && io::stderr().is_terminal() => {
                Ok(Self { text: from_terminal().await?, context: ContextSource::None })
            }
            (None, None) => usage(MISSING),
        }
    }
}

fn from_file(path: &Path) -> Result<String, CliError> {
    let read = |source| CliError::Read { path: path.to_owned(), source };
    question(bounded_read::bytes(path).map_err(read)?, &path.display().to_string())
}

async fn from_stdin() -> Result<String, CliError> {
    let read = |source| CliError::Read { path: "stdin".into(), source };
    let mut bytes = Vec::new();
    tokio::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes).await.map_err(read)?;
    if bytes.len() as u64 > LARGEST {
        return Err(CliError::Usage(format!(
            "the question on stdin has more than {LARGEST} bytes"
        )));
    }
    question(bytes, "stdin")
}

/// Asks for it on the terminal.
async fn from_terminal() -> Result<String, CliError> {
    let mut stderr = tokio::io::stderr();
    stderr.write_all(PROMPT.as_bytes()).await?;
    stderr.flush().await?;
    let mut line = Vec::new();
    let mut stdin = BufReader::new(tokio::io::stdin().take(LARGEST));
    stdin.read_until(b'\n', &mut line).await?;
    question(line, "the terminal")
}

/// The question that these bytes are, without a byte order mark and the space around it.
fn question(bytes: Vec<u8>, place: &str) -> Result<String, CliError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        CliError::Usage(format!("the question in {place} is not UTF-8 (byte {at})"))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).trim();
    if text.is_empty() {
        return Err(CliError::Usage(format!("there is no question in {place}")));
    }
    Ok(text.to_owned())
}
