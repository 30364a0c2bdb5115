use std::{
    cell::Cell,
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal, Read, Write},
    path::Path,
};

use serde_json::error::Category;
use synod_debate_protocol::audit;
use synod_domain::Recorded;
use synod_transcript::Transcript;

use crate::{
    CliError,
    args::VerifyArgs,
    bounded_read,
    output::{self, charset},
    view,
};

/// Maximum bytes of an event.
const MAX_EVENT_BYTES: u64 = 4 << 20;

/// The scope of the check.
const SCOPE: &str = "checked: the order of the events, each count, and the outcome; not checked: \
                     whether the texts and ballots really came from the models, because logs are \
                     not signed";
/// Some editors write it at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Checks a log and prints its verdict.
pub(super) fn run(args: &VerifyArgs) -> Result<(), CliError> {
    let lines = read(&args.file)?;
    if lines.is_empty() {
        return Err(CliError::BrokenLog("the log is empty: it contains no events".to_owned()));
    }
    let log = lines.iter().map(|(_, recorded)| recorded);
    let checked = Cell::new(0_usize);
    let audited = audit(log.clone().inspect(|_| checked.set(checked.get() + 1)));
    let debate = audited.map_err(|error| {
        let line = lines.get(checked.get().saturating_sub(1)).map_or(1, |(line, _)| *line);
        CliError::BrokenLog(format!("line {line}: {error}"))
    })?;
    let transcript = Transcript::of(log);
    let events = lines.len();
    let Some(verdict) = transcript.verdict_markdown() else {
        let message = format!("the log is valid but unfinished: no verdict after {events} events");
        return Err(CliError::BrokenLog(message));
    };
    print(&transcript, &verdict)?;
    output::say(&format!("the log is valid: its {events} events yield this verdict"));
    output::say(SCOPE);
    if debate.holds_earlier_rules() {
        output::say(
            "the debate ran under earlier rules: its votes were recounted, but its options and the \
             statement quoted with the answer are taken from the log unchecked",
        );
    }
    Ok(())
}

fn print(transcript: &Transcript, verdict: &str) -> io::Result<()> {
    let mut stdout = charset::stdout();
    if io::stdout().is_terminal() {
        let lines = view::verdict(transcript, output::width());
        lines.iter().try_for_each(|line| writeln!(stdout, "{line}"))?;
    } else {
        stdout.write_all(verdict.as_bytes())?;
    }
    stdout.flush()
}

/// Reads the events, each with its line number.
fn read(path: &Path) -> Result<Vec<(usize, Recorded)>, CliError> {
    let unreadable = |source| CliError::Read { path: path.to_owned(), source };
    let mut input: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(bounded_read::expand_tilde(path)).map_err(unreadable)?))
    };
    let mut events = Vec::new();
    for number in 1.. {
        let mut line = Vec::new();
        let read =
            (&mut input).take(MAX_EVENT_BYTES).read_until(b'\n', &mut line).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        if read as u64 == MAX_EVENT_BYTES {
            return Err(CliError::BrokenLog(format!(
                "line {number}: longer than the limit of {MAX_EVENT_BYTES} bytes"
            )));
        }
        if number == 1 && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        let is_whole = line.ends_with(b"\n");
        if line.trim_ascii().is_empty() {
            continue;
        }
        let event = serde_json::from_slice(&line).map_err(|error| {
            let what = if is_whole || !error.is_eof() {
                invalid_event(&error)
            } else {
                "the log ends in the middle of an event".to_owned()
            };
            CliError::BrokenLog(format!("line {number}: {what}"))
        })?;
        events.push((number, event));
    }
    Ok(events)
}

/// Describes why a line is not an event, without the line number within the JSON.
fn invalid_event(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let detail = text.split(" at line ").next().unwrap_or_default();
    let detail = match error.classify() {
        Category::Data if !detail.contains("expected struct") => format!(" ({detail})"),
        Category::Data | Category::Syntax | Category::Eof | Category::Io => String::new(),
    };
    format!(
        "not an event of a debate{detail}; a log has one event per line, as written by \
         `synod debate -o ndjson`"
    )
}
