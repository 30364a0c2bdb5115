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

/// No event is as long as this, in bytes.
const LONGEST: u64 = 4 << 20;

/// What a sound log proves, and what it does not.
const SCOPE: &str = "checked: the order of the events, each count, and the outcome; not checked: \
                     whether the texts and ballots are those that the models gave, since a log is \
                     not signed";
/// What some editors put before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Checks a log and prints its verdict.
pub(super) fn run(args: &VerifyArgs) -> Result<(), CliError> {
    let lines = read(&args.file)?;
    if lines.is_empty() {
        return Err(CliError::BrokenLog("the log is empty: there is no event in it".to_owned()));
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
        let message =
            format!("the log is sound but not finished: no verdict after {events} events");
        return Err(CliError::BrokenLog(message));
    };
    print(&transcript, &verdict)?;
    output::say(&format!("the log is sound: its {events} events yield this verdict"));
    output::say(SCOPE);
    if debate.holds_earlier_rules() {
        output::say(
            "the debate began under earlier rules: its votes are counted again, but its options and \
             the statement quoted beside the answer are taken from the log as they are",
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

/// The events with the lines they stand on.
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
        let read = (&mut input).take(LONGEST).read_until(b'\n', &mut line).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        if read as u64 == LONGEST {
            return Err(CliError::BrokenLog(format!("line {number}: too long for an event")));
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
                no_event(&error)
            } else {
                "the log breaks off within an event".to_owned()
            };
            CliError::BrokenLog(format!("line {number}: {what}"))
        })?;
        events.push((number, event));
    }
    Ok(events)
}

/// Why a line is no event. The lines that JSON counts are none of the log's.
fn no_event(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let detail = text.split(" at line ").next().unwrap_or_default();
    let detail = match error.classify() {
        Category::Data if !detail.contains("expected struct") => format!(" ({detail})"),
        Category::Data | Category::Syntax | Category::Eof | Category::Io => String::new(),
    };
    format!(
        "no event of a debate{detail}; a log has one on each line, as `synod debate -o ndjson` \
         writes it"
    )
}
