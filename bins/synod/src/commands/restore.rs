use std::{
    fs::{self, File},
    io::ErrorKind,
    path::Path,
};

use synod_debate_engine::SystemClock;
use synod_domain::Clock;
use synod_event_log_sqlite::{
    RestoreError, Restored, SqliteStore, StoreInspection, StoreOpenError,
};

use super::{confirmation::ask, count};
use crate::{
    CliError, args::RestoreArgs, bounded_read::expand_tilde, causes::with_causes, config::LogTable,
    environment::Environment, output::say, store,
};

/// Replaces the data in the data directory with a backup.
pub(super) fn run(
    args: &RestoreArgs,
    config: &LogTable,
    environment: &Environment,
) -> Result<(), CliError> {
    let backup = expand_tilde(&args.file);
    check_readable(&backup)?;
    let dir = store::directory(&args.data, config, environment)?;
    refuse_database(&backup, &dir)?;
    let before = match SqliteStore::inspect(&dir) {
        Ok(found) => {
            refuse_in_use(&found, &dir)?;
            Some(count(found.debates, "debate"))
        }
        Err(StoreOpenError::Missing { .. }) => None,
        // A damaged database is what a backup is for.
        Err(StoreOpenError::Damaged { .. } | StoreOpenError::NewerVersion { .. }) => {
            Some("a database that cannot be read".to_owned())
        }
        Err(StoreOpenError::LogWithoutDatabase { .. }) => {
            Some("a write-ahead log without its database".to_owned())
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(before) = before
        && !args.yes
    {
        confirm(&before, &dir)?;
    }
    let restored =
        SqliteStore::restore(&dir, &backup, SystemClock::new().now(), &store::options(config));
    let Restored { previous, previous_log, debates } =
        restored.map_err(|error| refused(error, &backup))?;
    say(&format!("restored {} to {}", count(debates, "debate"), dir.display()));
    if let Some(previous) = previous {
        say(&format!(
            "the previous database is kept as {}; delete it once you do not need it",
            previous.display()
        ));
    }
    if let Some(log) = previous_log {
        say(&format!(
            "the previous write-ahead log, whose writes that database lacks, is kept as {}; delete it once \
             you do not need it",
            log.display()
        ));
    }
    Ok(())
}

/// Refuses a path that is not a file, before anything in the directory is read.
fn check_readable(backup: &Path) -> Result<(), CliError> {
    let unreadable = |source| CliError::Read { path: backup.to_owned(), source };
    let metadata = fs::metadata(backup).map_err(unreadable)?;
    if metadata.is_dir() {
        let shown = backup.display();
        return Err(CliError::Usage(format!("{shown} is a directory; name a file in it")));
    }
    if !metadata.is_file() {
        return Err(unreadable(ErrorKind::InvalidInput.into()));
    }
    File::open(backup).map(drop).map_err(unreadable)
}

/// Refuses a file that lacks the last writes, which are in the write-ahead log beside it.
fn refuse_database(backup: &Path, dir: &Path) -> Result<(), CliError> {
    let shown = backup.display();
    let is_in_use = match (backup.canonicalize(), dir.join("synod.db").canonicalize()) {
        (Ok(backup), Ok(database)) => backup == database,
        (Ok(_) | Err(_), _) => false,
    };
    if is_in_use {
        return Err(CliError::Usage(format!("{shown} is the database itself; name a backup")));
    }
    let mut log = backup.as_os_str().to_owned();
    log.push("-wal");
    if fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        return Err(CliError::Failed(format!(
            "{shown} is a copy of a database with its write-ahead log, not a backup; move it with its \
             `-wal` file into an empty directory as synod.db and synod.db-wal, and run `synod backup` with \
             --data there"
        )));
    }
    Ok(())
}

fn refuse_in_use(found: &StoreInspection, dir: &Path) -> Result<(), CliError> {
    if found.processes.is_empty() {
        return Ok(());
    }
    let (path, holders) = (dir.to_owned(), found.processes.clone());
    Err(CliError::Failed(in_use(&StoreOpenError::Locked { path, holders })))
}

/// The refusal while processes use the directory.
fn in_use(error: &StoreOpenError) -> String {
    format!(
        "{error}; a restore replaces the whole database, so no process may use it meanwhile \
         (stop a server with `systemctl stop synod` or SIGTERM); nothing was changed"
    )
}

fn confirm(before: &str, dir: &Path) -> Result<(), CliError> {
    let dir = dir.display();
    match ask(&format!("{dir} has {before}. Replace it with the backup? The old one is kept."))? {
        Some(true) => Ok(()),
        Some(false) => Err(CliError::Failed("nothing was restored".to_owned())),
        None => Err(CliError::Usage(format!(
            "{dir} has {before}; add --yes to replace it with the backup, or name another directory with --data"
        ))),
    }
}

fn refused(error: RestoreError, backup: &Path) -> CliError {
    let backup = backup.display();
    CliError::Failed(match error {
        RestoreError::Directory(locked @ StoreOpenError::Locked { .. }) => in_use(&locked),
        RestoreError::Backup(StoreOpenError::Missing { .. }) => {
            format!("{backup} is empty; nothing was changed: choose another backup")
        }
        RestoreError::Backup(StoreOpenError::Damaged { reason, .. }) => {
            format!("{backup} is damaged ({reason}); nothing was changed: choose another backup")
        }
        RestoreError::Backup(StoreOpenError::OtherProgram { .. }) => format!(
            "{backup} is the database of another program; nothing was changed: choose a backup of Synod"
        ),
        RestoreError::Backup(StoreOpenError::NewerVersion { found, oldest, ours, .. }) => format!(
            "{backup} was made with Synod {found} and needs version {oldest} or later; this is {ours}: \
             install a later version; nothing was changed"
        ),
        error
        @ (RestoreError::Directory(_) | RestoreError::Backup(_) | RestoreError::Io { .. }) => {
            format!("{}; the database was not changed", with_causes(&error))
        }
    })
}
