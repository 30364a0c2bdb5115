use std::{
    io::{self, BufWriter, ErrorKind, IsTerminal, Write},
    path::Path,
};

use synod_domain::DebateId;
use synod_event_log::{
    LogError,
    export::{ExportedDebate, export_header},
};
use synod_event_log_sqlite::NewFile;

use crate::{
    CliError, args::ExportArgs, bounded_read::expand_tilde, config::LogTable,
    environment::Environment, kept::Kept, output::say,
};

/// Writes debates to a file or stdout.
pub(super) async fn run(
    args: &ExportArgs,
    config: &LogTable,
    environment: &Environment,
) -> Result<(), CliError> {
    let kept = Kept::open(&args.data, config, environment)?;
    let ids = if args.all {
        let (mut all, damage) = kept.all_ids().await?;
        if !damage.is_empty() {
            kept.report_damage(&damage).await?;
            let message = "nothing was exported; the other debates can be exported by their ids";
            return Err(CliError::Failed(message.to_owned()));
        }
        // Oldest first, as they are imported.
        all.reverse();
        all
    } else {
        kept.find_all(&args.ids).await?.into_iter().map(|summary| summary.id).collect()
    };
    if ids.is_empty() {
        return Err(CliError::Usage(kept.none_in_words()));
    }
    if let Some(path) = &args.html {
        let [id] = ids[..] else {
            return Err(CliError::Usage("--html takes one debate".to_owned()));
        };
        let events = kept.events(id).await?;
        let page = synod_page::player(events.iter().map(|recorded| &**recorded))
            .map_err(|error| CliError::Failed(error.to_string()))?;
        let about = "a page that plays the debate";
        return to(path, about, async |output| Ok(output.write_all(page.as_bytes())?)).await;
    }
    let s = if ids.len() == 1 { "" } else { "s" };
    let about = format!("{} debate{s}", ids.len());
    to(&args.output, &about, async |output| write(&kept, &ids, output).await).await
}

/// Writes to a new file, or to stdout if its name is `-`.
async fn to(
    path: &Path,
    about: &str,
    write: impl AsyncFnOnce(&mut dyn Write) -> Result<(), CliError>,
) -> Result<(), CliError> {
    if path == Path::new("-") {
        if io::stdout().is_terminal() {
            let message = "name a file with -o FILE, or send the output to one";
            return Err(CliError::Usage(message.to_owned()));
        }
        let mut stdout = BufWriter::new(io::stdout().lock());
        write(&mut stdout).await?;
        return Ok(stdout.flush()?);
    }
    let path = expand_tilde(path);
    let mut file = NewFile::create(&path).map_err(|error| unwritable(&path, &error))?;
    let mut writer = BufWriter::new(file.file());
    write(&mut writer).await.map_err(|error| explained(&path, error))?;
    let flushed = writer.into_inner().map_err(io::IntoInnerError::into_error);
    let finished = flushed.map(drop).and_then(|()| file.finish());
    finished.map_err(|error| unwritable(&path, &error))?;
    say(&format!("exported {about} to {}", path.display()));
    Ok(())
}

async fn write(kept: &Kept, ids: &[DebateId], output: &mut dyn Write) -> Result<(), CliError> {
    let header = export_header(ids.len() as u64, env!("CARGO_PKG_VERSION"));
    output.write_all(header.map_err(io::Error::from)?.as_bytes())?;
    let grades = kept.grades.all().await?;
    for id in ids {
        let grade = grades.get(id).map(|grade| grade.as_str().to_owned());
        let read = ExportedDebate::read(&*kept.log, *id).await;
        let debate = read.map_err(|error| unreadable(error, ids.len()))?;
        let debate = ExportedDebate { grade, ..debate };
        output.write_all(debate.lines().map_err(io::Error::from)?.as_bytes())?;
    }
    Ok(output.flush()?)
}

/// The error of a debate of an export, which has all of its debates or is not made.
fn unreadable(error: LogError, debates: usize) -> CliError {
    let error = CliError::Log(error);
    if debates == 1 {
        return error;
    }
    CliError::Failed(format!(
        "{error}; the export was not completed: the other debates can be exported by their ids"
    ))
}

fn explained(path: &Path, error: CliError) -> CliError {
    if let CliError::Write(error) = &error { unwritable(path, error) } else { error }
}

fn unwritable(path: &Path, error: &io::Error) -> CliError {
    let shown = path.display();
    if error.kind() == ErrorKind::AlreadyExists {
        return CliError::Usage(format!("{shown} exists; name a new file"));
    }
    CliError::Failed(format!("cannot write {shown}: {error}"))
}
