use std::{
    io::Write,
    path::{Path, PathBuf},
};

use synod_debate_engine::SystemClock;
use synod_domain::Clock;
use synod_event_log_sqlite::{BackupReport, SqliteStore};

use super::{count, with_notice};
use crate::{
    CliError,
    args::BackupArgs,
    backup::BackupFolder,
    bounded_read::expand_tilde,
    causes::with_causes,
    config::Config,
    environment::Environment,
    output::{Bytes, say},
    store,
};

/// Writes a backup of the data directory, which other processes may use.
pub(super) async fn run(
    args: &BackupArgs,
    config: &Config,
    environment: &Environment,
) -> Result<(), CliError> {
    let dir = store::directory(&args.data, &config.log, environment)?;
    let found = SqliteStore::inspect(&dir)?;
    if found.schema_version < found.current_schema_version {
        return Err(CliError::Failed(format!(
            "{} was last used by Synod {}, and this version would upgrade it before the backup; make the \
             backup with that version, or copy the directory while no process uses it",
            dir.display(),
            found.written_by
        )));
    }
    let path = target(args, &config.backup.folder(&dir))?;
    let store = SqliteStore::open(&dir, store::options(&config.log))?;
    let notice = || format!("writing {} to {}", Bytes(found.database_bytes), path.display());
    let made = with_notice(store.backup_to(&path), notice).await;
    store.close();
    let BackupReport { path, bytes, debates } =
        made.map_err(|error| CliError::Failed(with_causes(&error)))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    if let Err(error) = BackupFolder::at(folder).delete_abandoned(SystemClock::new().now()) {
        let shown = folder.display();
        say(&format!("unfinished backups of killed processes are left in {shown}: {error}"));
    }
    say(&format!(
        "{} in {}; restore it with `synod restore`",
        count(debates, "debate"),
        Bytes(bytes)
    ));
    let mut stdout = anstream::stdout().lock();
    writeln!(stdout, "{}", path.display())?;
    Ok(stdout.flush()?)
}

/// The file to write. A directory gets a file with the date in its name.
fn target(args: &BackupArgs, folder: &BackupFolder) -> Result<PathBuf, CliError> {
    let now = SystemClock::new().now();
    let Some(into) = &args.into else {
        create(folder)?;
        return Ok(folder.requested_at(now));
    };
    if into == Path::new("-") {
        let message = "a backup cannot be written to stdout; name a file or a directory";
        return Err(CliError::Usage(message.to_owned()));
    }
    let into = expand_tilde(into);
    let names_directory = into.as_os_str().as_encoded_bytes().ends_with(b"/");
    if !into.is_dir() && !names_directory {
        return Ok(into.into_owned());
    }
    let folder = BackupFolder::at(&into);
    create(&folder)?;
    Ok(folder.requested_at(now))
}

fn create(folder: &BackupFolder) -> Result<(), CliError> {
    let shown = folder.path().display();
    let failed = |error| CliError::Failed(format!("cannot create the directory {shown}: {error}"));
    folder.create().map_err(failed)
}
