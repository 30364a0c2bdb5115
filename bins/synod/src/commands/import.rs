use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, IsTerminal, Read},
    path::Path,
    time::Duration,
};

use futures_util::future::join_all;
use synod_event_log::{
    Grade, Takeover, Worker,
    export::{
        ExportError, ExportReader, ExportedDebate, ImportError, Imported, LineProblem, import,
    },
};
use tokio::time::Instant;

use super::verify::check_rules;
use crate::{
    CliError,
    args::ImportDebatesArgs,
    bounded_read::expand_tilde,
    config::LogTable,
    data_args::KeepArgs,
    environment::Environment,
    kept::Kept,
    output::say,
    store::{self, Store},
};

/// How many debates are written at once.
const AT_ONCE: usize = 32;
/// The interval of messages on the terminal.
const REPORT_INTERVAL: Duration = Duration::from_secs(2);

/// Adds the debates of an export to the kept ones. The whole file is checked before anything is written.
pub(super) async fn run(
    args: &ImportDebatesArgs,
    config: &LogTable,
    environment: &Environment,
) -> Result<(), CliError> {
    let source = Source::of(&args.file)?;
    let refused = |error: ExportError| refusal(&args.file, &error);
    let keep = KeepArgs { data: args.data.clone(), ephemeral: false };
    // A first pass without the store: a file that is refused creates no data directory.
    let mut total = 0;
    let mut reader = ExportReader::new(source.open()?).map_err(refused)?;
    while let Some(debate) = reader.next() {
        check_rules(&debate.map_err(refused)?, reader.line())
            .map_err(|flaw| broken(&args.file, &flaw))?;
        total += 1;
    }
    let config = LogTable { ephemeral: None, ..config.clone() };
    let Some(store) = Store::open(&keep, &config, environment)?.kept else {
        return Err(CliError::Failed("there is no data directory to import to".to_owned()));
    };
    let kept = Kept::of(store, &args.data);
    for debate in ExportReader::new(source.open()?).map_err(refused)? {
        match debate.map_err(refused)?.known_events(&*kept.log).await {
            Ok(_) | Err(ImportError::Deleted(_)) => {}
            Err(error) => return Err(nothing_imported(error)),
        }
    }
    let counts = import_all(&source, total, &kept).await?;
    say(&counts.in_words(&kept.dir));
    Ok(())
}

async fn import_all(source: &Source<'_>, total: usize, kept: &Kept) -> Result<Counts, CliError> {
    let refused = |error: ExportError| refusal(source.path, &error);
    let worker = Worker::new(store::worker_name("import")).with_takeover(Takeover::OnRequest);
    let mut counts = Counts::default();
    let mut reported = Instant::now();
    let mut debates = ExportReader::new(source.open()?).map_err(refused)?;
    loop {
        let together: Vec<_> =
            debates.by_ref().take(AT_ONCE).collect::<Result<_, _>>().map_err(refused)?;
        if together.is_empty() {
            return Ok(counts);
        }
        if reported.elapsed() > REPORT_INTERVAL && io::stderr().is_terminal() {
            say(&format!("{} of {total} debates are imported", counts.total()));
            reported = Instant::now();
        }
        // Their writes share a sync.
        let imports = together.iter().map(|debate| import(&*kept.log, &worker, debate));
        for (debate, done) in together.iter().zip(join_all(imports).await) {
            match done {
                Ok(done) => {
                    counts.note(debate, done);
                    keep_grade(kept, debate).await?;
                }
                Err(error @ ImportError::Deleted(_)) => counts.skip(&error),
                Err(ImportError::Log(error)) => return Err(CliError::Log(error)),
                Err(
                    error @ (ImportError::OtherEvents { .. }
                    | ImportError::Driven(_)
                    | ImportError::NoLog { .. }),
                ) => {
                    return Err(CliError::Failed(error.to_string()));
                }
            }
        }
    }
}

/// Keeps the grade of an imported debate, unless it has one.
async fn keep_grade(kept: &Kept, debate: &ExportedDebate) -> Result<(), CliError> {
    if let Some(grade) = debate.grade.as_deref().and_then(Grade::named) {
        kept.grades.put_new(debate.id, grade).await?;
    }
    Ok(())
}

/// What was done with the debates of a file.
#[derive(Default)]
struct Counts {
    new: usize,
    extended: usize,
    known: usize,
    /// Debates that were deleted here.
    skipped: usize,
}

impl Counts {
    const fn total(&self) -> usize {
        self.new + self.extended + self.known + self.skipped
    }

    fn skip(&mut self, error: &ImportError) {
        self.skipped += 1;
        say(&format!("{error}; it is skipped"));
    }

    fn note(&mut self, debate: &ExportedDebate, done: Imported) {
        let id = debate.id;
        match done {
            Imported::New => self.new += 1,
            Imported::Extended { from } => {
                self.extended += 1;
                say(&format!("{id} was kept up to event {from}; the events after it are added"));
            }
            Imported::Known { newer: 0 } => {
                self.known += 1;
                say(&format!("{id} is kept already, and is left as it is"));
            }
            Imported::Known { newer } => {
                self.known += 1;
                say(&format!(
                    "{id} is kept already, with {newer} later events, and is left as it is"
                ));
            }
        }
    }

    fn in_words(&self, dir: &Path) -> String {
        let Self { new, extended, known, skipped } = self;
        let parts = [(new, "imported"), (extended, "completed"), (known, "kept already")];
        let parts = parts.into_iter().chain([(skipped, "skipped")]);
        let parts = parts.filter(|(count, _)| **count > 0);
        let parts: Vec<_> = parts.map(|(count, what)| format!("{count} {what}")).collect();
        let what =
            if parts.is_empty() { "no debates in the file".to_owned() } else { parts.join(", ") };
        format!("{what}; the data directory is {}", dir.display())
    }
}

/// The file of an import, which is read several times.
struct Source<'a> {
    path: &'a Path,
    /// The text from stdin.
    stdin: Option<Vec<u8>>,
}

impl<'a> Source<'a> {
    fn of(path: &'a Path) -> Result<Self, CliError> {
        let unreadable = |source| CliError::Read { path: path.to_owned(), source };
        if path != Path::new("-") {
            return Ok(Self { path, stdin: None });
        }
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(Self { path, stdin: Some(bytes) })
    }

    fn open(&self) -> Result<Box<dyn BufRead + '_>, CliError> {
        if let Some(bytes) = &self.stdin {
            return Ok(Box::new(Cursor::new(bytes)));
        }
        let unreadable = |source| CliError::Read { path: self.path.to_owned(), source };
        let file = File::open(expand_tilde(self.path)).map_err(unreadable)?;
        Ok(Box::new(BufReader::new(file)))
    }
}

fn refusal(path: &Path, error: &ExportError) -> CliError {
    if let LineProblem::Read(cause) = &error.problem {
        return CliError::Read { path: path.to_owned(), source: io::Error::other(cause.clone()) };
    }
    broken(path, error)
}

fn broken(path: &Path, flaw: &dyn std::fmt::Display) -> CliError {
    let name = if path == Path::new("-") { "stdin".into() } else { path.display().to_string() };
    CliError::BrokenLog(format!("{name}, {flaw}; nothing was imported"))
}

fn nothing_imported(error: ImportError) -> CliError {
    match error {
        ImportError::Log(error) => CliError::Log(error),
        error @ (ImportError::OtherEvents { .. }
        | ImportError::Deleted(_)
        | ImportError::NoLog { .. }
        | ImportError::Driven(_)) => CliError::Failed(format!("{error}; nothing was imported")),
    }
}
