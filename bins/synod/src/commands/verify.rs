mod log_file;
mod whole_store;

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal, Write},
    path::Path,
};

use synod_debate_protocol::{AuditError, Debate, audit};
use synod_domain::Recorded;
use synod_event_log::{
    Batch,
    export::{ExportReader, ExportedDebate},
};
use synod_transcript::Transcript;

use crate::{
    CliError,
    args::VerifyArgs,
    bounded_read,
    config::LogTable,
    environment::Environment,
    kept::{DebateRef, Kept},
    output::{self, charset, say},
    view,
};

/// The scope of the check.
const SCOPE: &str = "checked: the order of the events, each count, and the outcome; not checked: \
                     whether the texts and ballots really came from the models, because logs are \
                     not signed";

/// The begin of the first line of an export.
const EXPORT: &[u8] = b"{\"synod_export\"";

/// Checks a file, a kept debate, or all of them.
pub(super) async fn run(
    args: &VerifyArgs,
    config: &LogTable,
    environment: &Environment,
) -> Result<(), CliError> {
    let Some(what) = &args.what else {
        let kept = Kept::open(&args.data, config, environment)?;
        return whole_store::verify(&kept).await;
    };
    let is_file = what == Path::new("-") || bounded_read::expand_tilde(what).exists();
    let debate = what.to_str().and_then(|text| text.parse::<DebateRef>().ok());
    match debate.filter(|_| !is_file) {
        Some(debate) => {
            let kept = Kept::open(&args.data, config, environment)?;
            verify_kept(&kept, &debate).await
        }
        None => verify_file(what),
    }
}

/// Checks a debate that is kept, and prints its verdict.
async fn verify_kept(kept: &Kept, debate: &DebateRef) -> Result<(), CliError> {
    let summary = kept.find(debate).await?;
    let debate = ExportedDebate::read(&*kept.log, summary.id).await?;
    if let Some(store) = &kept.store
        && store.chain(summary.id).await? != debate.chain()
    {
        let message = "the hash of the log is not that of its events; restore a backup";
        return Err(CliError::BrokenLog(message.to_owned()));
    }
    let log = || debate.events.iter().map(|(_, recorded)| &**recorded);
    let audited = audited(log()).map_err(|(_, error)| CliError::BrokenLog(error.to_string()))?;
    let (transcript, events) = (Transcript::of(log()), debate.events.len());
    match transcript.verdict_markdown() {
        Some(verdict) => {
            print(&transcript, &verdict)?;
            say(&format!("the log is valid: its {events} events yield this verdict"));
        }
        // It may be running.
        None => say(&format!("the log is valid so far: {events} events, and no verdict yet")),
    }
    say_scope(&audited);
    Ok(())
}

/// Checks a log or an export.
fn verify_file(path: &Path) -> Result<(), CliError> {
    let unreadable = |source| CliError::Read { path: path.to_owned(), source };
    let mut input: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(bounded_read::expand_tilde(path)).map_err(unreadable)?))
    };
    if input.fill_buf().map_err(unreadable)?.starts_with(EXPORT) {
        verify_export(input)
    } else {
        verify_log(input, path)
    }
}

/// Checks the log of one debate, and prints its verdict.
fn verify_log(input: impl BufRead, path: &Path) -> Result<(), CliError> {
    let lines = log_file::read(input, path)?;
    if lines.is_empty() {
        return Err(CliError::BrokenLog("the log is empty: it contains no events".to_owned()));
    }
    let log = || lines.iter().map(|(_, recorded)| recorded);
    let audited = audited(log()).map_err(|(index, error)| {
        let line = lines.get(index).map_or(1, |(line, _)| *line);
        CliError::BrokenLog(format!("line {line}: {error}"))
    })?;
    let transcript = Transcript::of(log());
    let events = lines.len();
    let Some(verdict) = transcript.verdict_markdown() else {
        let message = format!("the log is valid but unfinished: no verdict after {events} events");
        return Err(CliError::BrokenLog(message));
    };
    print(&transcript, &verdict)?;
    say(&format!("the log is valid: its {events} events yield this verdict"));
    say_scope(&audited);
    Ok(())
}

/// Checks all debates of an export: their hashes and their rules.
fn verify_export(input: impl BufRead) -> Result<(), CliError> {
    let broken = |error: &dyn std::fmt::Display| CliError::BrokenLog(error.to_string());
    let mut reader = ExportReader::new(input).map_err(|error| broken(&error))?;
    let (mut debates, mut events) = (0_u64, 0);
    while let Some(debate) = reader.next() {
        let debate = debate.map_err(|error| broken(&error))?;
        check_rules(&debate, reader.event_lines()).map_err(CliError::BrokenLog)?;
        debates += 1;
        events += debate.events.len();
    }
    let s = if debates == 1 { "" } else { "s" };
    say(&format!("the export is valid: {debates} debate{s} with {events} events"));
    say(SCOPE);
    Ok(())
}

/// Checks the rules of a debate of an export, and that a store would take it. `lines` are the numbers of the lines
/// with its events.
///
/// # Errors
/// A sentence with the number of the line.
pub(super) fn check_rules(debate: &ExportedDebate, lines: &[u64]) -> Result<(), String> {
    let id = debate.id;
    let log = debate.events.iter().map(|(_, recorded)| &**recorded);
    audited(log).map_err(|(index, error)| {
        let line = lines.get(index).copied().unwrap_or_default();
        format!("line {line}: debate {id}: {error}")
    })?;
    let batch = Batch::copied(id, 0, debate.events.clone());
    let last = lines.last().copied().unwrap_or_default();
    batch.map(|_| ()).map_err(|error| format!("line {last}: debate {id}: {error}"))
}

/// Recounts a debate. The error comes with the index of the event that is wrong.
fn audited<'a>(log: impl Iterator<Item = &'a Recorded>) -> Result<Debate, (usize, AuditError)> {
    let checked = Cell::new(0_usize);
    let audited = audit(log.inspect(|_| checked.set(checked.get() + 1)));
    audited.map_err(|error| (checked.get().saturating_sub(1), error))
}

fn say_scope(debate: &Debate) {
    say(SCOPE);
    if debate.holds_earlier_rules() {
        say(
            "the debate ran under earlier rules: its votes were recounted, but its options and the \
             statement quoted with the answer are taken from the log unchecked",
        );
    }
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
