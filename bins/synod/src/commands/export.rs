use std::{
    fs::{self, File},
    io::{self, BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
};

use synod_domain::DebateId;
use synod_event_log::{
    DebateList, ListQuery, LogError,
    export::{ExportedDebate, export_header},
};

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
    let found = if args.all {
        let DebateList { debates: mut all, damage } =
            kept.list(ListQuery::default(), usize::MAX, |_| true).await?;
        if !damage.is_empty() {
            kept.report_damage(&damage).await?;
            let message = "nothing was exported; the other debates can be exported by their ids";
            return Err(CliError::Failed(message.to_owned()));
        }
        // Oldest first, as they are imported.
        all.reverse();
        all
    } else {
        kept.find_all(&args.ids).await?
    };
    let ids: Vec<_> = found.iter().map(|summary| summary.id).collect();
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
    let mut file = NewFile::create(&path)?;
    write(&mut file.writer).await.map_err(|error| file.explained(error))?;
    file.finish()?;
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

/// A file that appears under its name when it is complete.
struct NewFile {
    path: PathBuf,
    unfinished: PathBuf,
    writer: BufWriter<File>,
}

impl NewFile {
    fn create(path: &Path) -> Result<Self, CliError> {
        if path.exists() {
            let message = format!("{} exists; name a new file", path.display());
            return Err(CliError::Usage(message));
        }
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(format!(".{}.part", std::process::id()));
        let unfinished = PathBuf::from(unfinished);
        let file = File::create_new(&unfinished).map_err(|error| unwritable(path, &error))?;
        Ok(Self { path: path.to_owned(), unfinished, writer: BufWriter::new(file) })
    }

    fn finish(&mut self) -> Result<(), CliError> {
        let synced = self.writer.flush().and_then(|()| self.writer.get_ref().sync_all());
        // A hard link fails if a file has appeared under the name, and a rename would replace it.
        let named = synced.and_then(|()| {
            fs::hard_link(&self.unfinished, &self.path).or_else(|_| {
                if self.path.exists() {
                    return Err(io::Error::from(io::ErrorKind::AlreadyExists));
                }
                // Not all file systems have links.
                fs::rename(&self.unfinished, &self.path)
            })
        });
        // Users delete what they have exported.
        let durable = named.and_then(|()| sync_folder(&self.path));
        durable.map_err(|error| unwritable(&self.path, &error))
    }

    fn explained(&self, error: CliError) -> CliError {
        if let CliError::Write(error) = &error { unwritable(&self.path, error) } else { error }
    }
}

/// Makes the name of a new file durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // It has been renamed, or the export has failed and its cause is reported.
        fs::remove_file(&self.unfinished).unwrap_or_default();
    }
}

fn unwritable(path: &Path, error: &io::Error) -> CliError {
    CliError::Failed(format!("cannot write {}: {error}", path.display()))
}
