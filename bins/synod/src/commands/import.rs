mod counts;
mod source;

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use futures_util::future::join_all;
use synod_event_log::{
    Grade, Takeover, Worker,
    export::{ExportedDebate, ImportError, import},
};
use tokio::time::Instant;

use self::{counts::Counts, source::Source};
use super::verify::check_rules;
use crate::{
    CliError,
    args::ImportDebatesArgs,
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

/// Adds the debates of an export to the kept ones. The whole export is checked before anything is written.
pub(super) async fn run(
    args: &ImportDebatesArgs,
    config: &LogTable,
    environment: &Environment,
) -> Result<(), CliError> {
    let source = Source::open(&args.file)?;
    let keep = KeepArgs { data: args.data.clone(), ephemeral: false };
    // A first pass without the store: an export that is refused creates no data directory.
    let mut total = 0;
    for_each(&source, async |_| {
        total += 1;
        Ok(())
    })
    .await
    .map_err(nothing_imported)?;
    let config = LogTable { ephemeral: None, ..config.clone() };
    let Some(store) = Store::open(&keep, &config, environment)?.kept else {
        return Err(CliError::Failed("there is no data directory to import to".to_owned()));
    };
    let kept = Kept::of(store, &args.data);
    for_each(&source, async |debate| match debate.known_events(&*kept.log).await {
        Ok(_) | Err(ImportError::Deleted(_)) => Ok(()),
        Err(error) => Err(failed(error)),
    })
    .await
    .map_err(nothing_imported)?;
    let mut counts = Counts::default();
    let imported = import_all(&source, total, &kept, &mut counts).await;
    let dir = kept.dir.display();
    match (imported, counts.in_words()) {
        (Ok(()), Some(words)) => say(&format!("{words}; the data directory is {dir}")),
        (Ok(()), None) => say(&format!("no debates in the file; the data directory is {dir}")),
        (Err(error), None) => return Err(nothing_imported(error)),
        (Err(error), Some(words)) => {
            say(&format!(
                "the import was not completed: of {total} debates {words}; the data directory is {dir}"
            ));
            return Err(error);
        }
    }
    Ok(())
}

/// Reads the debates of an export, and checks their rules.
async fn for_each(
    source: &Source,
    mut work: impl AsyncFnMut(ExportedDebate) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let mut debates = source.debates()?;
    while let Some(debate) = debates.next() {
        let debate = debate.map_err(|error| source.flaw(&error))?;
        check_rules(&debate, debates.event_lines()).map_err(|flaw| source.broken(&flaw))?;
        work(debate).await?;
    }
    Ok(())
}

/// Imports the debates, and counts them even if one fails.
async fn import_all(
    source: &Source,
    total: usize,
    kept: &Kept,
    counts: &mut Counts,
) -> Result<(), CliError> {
    let worker = Worker::new(store::worker_name("import")).with_takeover(Takeover::OnRequest);
    let mut reported = Instant::now();
    let mut together = Vec::new();
    let read = for_each(source, async |debate| {
        together.push(debate);
        if together.len() < AT_ONCE {
            return Ok(());
        }
        if reported.elapsed() > REPORT_INTERVAL && io::stderr().is_terminal() {
            say(&format!("{} of {total} debates are imported", counts.total()));
            reported = Instant::now();
        }
        import_together(&std::mem::take(&mut together), kept, &worker, counts).await
    });
    // The export may have changed since it was checked.
    read.await?;
    import_together(&together, kept, &worker, counts).await
}

/// Imports debates, whose writes share a sync. Returns the first error, after it has counted the others.
async fn import_together(
    debates: &[ExportedDebate],
    kept: &Kept,
    worker: &Worker,
    counts: &mut Counts,
) -> Result<(), CliError> {
    let imports = debates.iter().map(|debate| import(&*kept.log, worker, debate));
    let mut result = Ok(());
    for (debate, done) in debates.iter().zip(join_all(imports).await) {
        let done = match done {
            Ok(done) => {
                counts.note(debate, done);
                keep_grade(kept, debate).await
            }
            Err(error @ ImportError::Deleted(_)) => {
                counts.skip(&error);
                Ok(())
            }
            Err(error) => Err(failed(error)),
        };
        result = result.and(done);
    }
    result
}

/// Keeps the grade of an imported debate, unless it has one.
async fn keep_grade(kept: &Kept, debate: &ExportedDebate) -> Result<(), CliError> {
    if let Some(grade) = debate.grade.as_deref().and_then(Grade::named) {
        kept.grades.put_new(debate.id, grade).await?;
    }
    Ok(())
}

fn failed(error: ImportError) -> CliError {
    match error {
        ImportError::Log(error) => CliError::Log(error),
        error @ (ImportError::OtherEvents { .. }
        | ImportError::Deleted(_)
        | ImportError::NoLog { .. }
        | ImportError::Driven(_)) => CliError::Failed(error.to_string()),
    }
}

/// Adds to an error of the export or of a debate that nothing was imported.
fn nothing_imported(mut error: CliError) -> CliError {
    if let CliError::BrokenLog(text) | CliError::Failed(text) = &mut error {
        text.push_str("; nothing was imported");
    }
    error
}
