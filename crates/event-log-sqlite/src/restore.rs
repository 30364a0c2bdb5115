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
    /// The write-ahead log that was there before, if its writes could not be copied into that database.
    pub previous_log: Option<PathBuf>,
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
    // Without this, the log of the old database would be taken for that of the new one.
    let previous_log = empty_write_ahead_log(&dir, at, options)?;
    let previous = keep(&database, "synod.db.before-restore", at).map_err(failed(&database))?;
    // The calls of the restored debates are others, even if they have the same numbers.
    let partials = dir.partials();
    PartialsFolder::at(partials.clone()).clear().map_err(failed(&partials))?;
    // The one step by which the new database is in use.
    new.replace().map_err(failed(&database))?;
    Ok(Restored { previous, previous_log, debates })
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
    let (debates, damage) = copied.map_err(|error| {
        let error = open_error(&unfinished, error);
        let is_damaged = matches!(error, StoreOpenError::Damaged { .. });
        if is_damaged { RestoreError::Backup(error) } else { RestoreError::Directory(error) }
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

/// Copies the write-ahead log into the old database, or moves it away if that is damaged or missing. Returns
/// where it is then.
fn empty_write_ahead_log(
    dir: &DataDirectory,
    at: Timestamp,
    options: &StoreOptions,
) -> Result<Option<PathBuf>, RestoreError> {
    let (database, log) = (dir.database(), dir.write_ahead_log());
    let is_copied = matches!(check_header(&database), Ok(true))
        && connect(&database, options.lock_wait)
            .and_then(|db| checkpoint(&db, Checkpoint::Truncate, options.lock_wait))
            .is_ok();
    let is_empty = fs::metadata(&log).map_or(true, |log| log.len() == 0);
    if is_copied && is_empty {
        return Ok(None);
    }
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| RestoreError::Io { path, source }
    };
    let kept = if is_empty {
        None
    } else {
        keep(&log, "synod.db-wal.before-restore", at).map_err(failed(&log))?
    };
    // The index says which parts of the log are valid, and belongs to no other database either.
    for path in [log, dir.shared_memory()] {
        remove(&path).map_err(failed(&path))?;
    }
    Ok(kept)
}

/// Gives a file, if it is there, a second name beside it, which is this one with a date.
fn keep(file: &Path, name: &str, at: Timestamp) -> io::Result<Option<PathBuf>> {
    let date: String = at.to_string().chars().filter(|c| !matches!(c, ':' | '-' | '.')).collect();
    for number in 0.. {
        let mut kept = format!("{name}-{date}");
        if number > 0 {
            kept.push_str(&format!("-{number}"));
        }
        let kept = file.with_file_name(kept);
        match fs::hard_link(file, &kept) {
            Ok(()) => {
                sync_folder(&kept)?;
                return Ok(Some(kept));
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            // Not every file system has links. No process uses the files, so that no lock is lost.
            Err(_) => {
                let mut new = NewFile::create(&kept)?;
                io::copy(&mut File::open(file)?, new.file())?;
                new.finish()?;
                return Ok(Some(kept));
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
