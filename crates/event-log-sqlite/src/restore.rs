use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use synod_domain::Timestamp;
use thiserror::Error;

use crate::{
    backup::{copy, count_debates},
    database::{Checkpoint, checkpoint, connect, open_error, open_file_alone, open_reader},
    database_version::{check_header, schema_version},
    directory::{DataDirectory, DirectoryLock, LockMode, remove},
    folders::sync_folder,
    new_file::NewFile,
    open_error::{StoreOpenError, no_space_or},
    options::StoreOptions,
    partials_folder::PartialsFolder,
    verify::{in_short, verify},
};

/// A backup that was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The database that was in use before, if there was one.
    pub previous: Option<PathBuf>,
    /// How many debates the backup has, without deleted ones.
    pub debates: u64,
}

/// Errors returned by [`restore`](crate::SqliteStore::restore). The database in use is unchanged.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// The directory cannot be used, or other processes use it.
    #[error(transparent)]
    Directory(#[from] StoreOpenError),
    /// The backup cannot be used.
    #[error("the backup cannot be restored")]
    Backup(#[source] StoreOpenError),
    /// A file cannot be written.
    #[error("{} cannot be written", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

/// Puts a backup in the place of the database.
pub(crate) fn restore(
    dir: &Path,
    backup: &Path,
    at: Timestamp,
    options: &StoreOptions,
) -> Result<Restored, RestoreError> {
    // Before anything is made in the directory.
    check_backup(backup, options).map_err(RestoreError::Backup)?;
    let dir = DataDirectory::prepare(dir, &*options.disk, options.allow_network_fs)?;
    let exclusive = LockMode::Exclusive { purpose: "restore" };
    let _lock = DirectoryLock::acquire(&dir, exclusive, options.lock_wait)?;

    let (new, debates) = copy_checked(backup, &dir, options)?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| RestoreError::Io { path, source }
    };
    let database = dir.database();
    let previous = if database.exists() {
        // Without this, the log of the old database would be taken for that of the new one.
        empty_write_ahead_log(&dir, at, options)?;
        Some(keep_previous(&dir, at).map_err(failed(&database))?)
    } else {
        None
    };
    // The calls of the restored debates are others, even if they have the same numbers.
    let partials = dir.partials();
    PartialsFolder::at(partials.clone()).clear().map_err(failed(&partials))?;
    // The one step by which the new database is in use.
    new.replace().map_err(failed(&database))?;
    Ok(Restored { previous, debates })
}

/// Copies a backup into the locked directory, and checks the copy: the backup may have changed since it was
/// checked, or the disk may be bad. Returns the copy, and how many debates it has.
fn copy_checked(
    backup: &Path,
    dir: &DataDirectory,
    options: &StoreOptions,
) -> Result<(NewFile, u64), RestoreError> {
    let unfinished = dir.path().join("synod.db.restoring");
    let failed = |error| no_space_or(&unfinished, error);
    // That of a restore that was killed.
    remove(&unfinished).map_err(failed)?;
    let new = NewFile::create_as(&dir.database(), unfinished.clone()).map_err(failed)?;
    let copied = copy(backup, &unfinished, options.lock_wait);
    let (debates, damage) = copied.map_err(|error| match open_error(&unfinished, error) {
        damaged @ StoreOpenError::Damaged { .. } => RestoreError::Backup(damaged),
        error => RestoreError::Directory(error),
    })?;
    if !damage.is_empty() {
        let (path, reason) = (backup.to_owned(), in_short(&damage));
        return Err(RestoreError::Backup(StoreOpenError::Damaged { path, reason }));
    }
    Ok((new, debates))
}

/// Refuses a backup that is damaged, of a later version or of another program.
pub(crate) fn check_backup(backup: &Path, options: &StoreOptions) -> Result<u64, StoreOpenError> {
    if !check_header(backup)? {
        return Err(StoreOpenError::Missing { path: backup.to_owned() });
    }
    let failed = |error| open_error(backup, error);
    if is_cut_off(backup).map_err(failed)? {
        let reason = "it is cut off".to_owned();
        return Err(StoreOpenError::Damaged { path: backup.to_owned(), reason });
    }
    let db = open_reader(backup, options.lock_wait).map_err(failed)?;
    if schema_version(&db, backup)? == 0 {
        return Err(StoreOpenError::Missing { path: backup.to_owned() });
    }
    let damage = verify(backup, options.lock_wait, |_| {}).map_err(failed)?.damage;
    if !damage.is_empty() {
        let reason = in_short(&damage);
        return Err(StoreOpenError::Damaged { path: backup.to_owned(), reason });
    }
    count_debates(&db).map_err(failed)
}

/// Whether a file has fewer bytes than its header says. SQLite accepts a last page that is cut off.
fn is_cut_off(database: &Path) -> rusqlite::Result<bool> {
    let db = open_file_alone(database)?;
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    // In this order: the size of a page is known once the header was read.
    let (pages, page_size) = (number("page_count")?, number("page_size")?);
    let bytes = pages.unsigned_abs().saturating_mul(page_size.unsigned_abs());
    // If the file is gone by now, opening it says so.
    Ok(fs::metadata(database).is_ok_and(|file| file.len() < bytes))
}

/// Copies the write-ahead log into the old database, or moves it away if that is damaged.
fn empty_write_ahead_log(
    dir: &DataDirectory,
    at: Timestamp,
    options: &StoreOptions,
) -> Result<(), RestoreError> {
    let (database, log) = (dir.database(), dir.write_ahead_log());
    let emptied = check_header(&database).is_ok()
        && connect(&database, options.lock_wait)
            .and_then(|db| checkpoint(&db, Checkpoint::Truncate, options.lock_wait))
            .is_ok();
    let is_empty = fs::metadata(&log).map_or(true, |log| log.len() == 0);
    if emptied && is_empty {
        return Ok(());
    }
    // A log that an earlier restore has kept is not replaced.
    let moved = keep(&log, &dir.path().join("synod.db-wal.damaged"), at).and_then(|_| remove(&log));
    match moved {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(RestoreError::Io { path: log, source })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Gives the old database a second name, with the date.
fn keep_previous(dir: &DataDirectory, at: Timestamp) -> io::Result<PathBuf> {
    keep(&dir.database(), &dir.path().join("synod.db.before-restore"), at)
}

/// Gives a file a second name, which is this one with a date.
fn keep(file: &Path, name: &Path, at: Timestamp) -> io::Result<PathBuf> {
    let date: String = at.to_string().chars().filter(|c| !matches!(c, ':' | '-' | '.')).collect();
    for number in 0.. {
        let mut kept = name.as_os_str().to_owned();
        kept.push(format!("-{date}"));
        if number > 0 {
            kept.push(format!("-{number}"));
        }
        let kept = PathBuf::from(kept);
        match fs::hard_link(file, &kept) {
            Ok(()) => {
                sync_folder(&kept)?;
                return Ok(kept);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(error),
            // Not every file system has links. No process uses the files, so that no lock is lost.
            Err(_) => {
                let mut new = NewFile::create(&kept)?;
                io::copy(&mut File::open(file)?, new.file())?;
                new.finish()?;
                return Ok(kept);
            }
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::SqliteStore;

    /// The backup was sound when it was checked.
    #[test]
    fn a_copy_that_is_damaged_is_refused_and_removed() {
        let dir = TempDir::new().unwrap();
        let options = StoreOptions { reserve_bytes: 0, ..StoreOptions::default() };
        drop(SqliteStore::open(dir.path(), options.clone()).unwrap());
        let (data, backup) = (DataDirectory::at(dir.path()), dir.path().join("backup.db"));
        fs::copy(data.database(), &backup).unwrap();
        let db = rusqlite::Connection::open(&backup).unwrap();
        let wrong = "INSERT INTO records (kind, key, json, crc) VALUES ('agent', 'ann', '{}', 1)";
        db.execute(wrong, []).unwrap();
        drop(db);
        let refused = copy_checked(&backup, &data, &options).unwrap_err();
        let damaged = matches!(refused, RestoreError::Backup(StoreOpenError::Damaged { .. }));
        assert!(damaged, "{refused:?}");
        assert!(!dir.path().join("synod.db.restoring").exists());
    }
}
