use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::Connection;
use synod_event_log::Damage;
use thiserror::Error;

use crate::{
    database::{can_shrink, let_shrink, open_reader, reason},
    new_file::NewFile,
    verify::{in_short, verify},
};

/// A backup that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many debates it has, without deleted ones.
    pub debates: u64,
}

/// Errors returned by [`backup_to`](crate::SqliteStore::backup_to). No file is left behind. A process that is killed
/// leaves one, as a [`NewFile`](crate::NewFile).
#[derive(Debug, Error)]
pub enum BackupError {
    /// There is a file with this name.
    #[error("{} exists; name a new file for the backup", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The disk has too little space.
    #[error("the disk of {} is full; free some space or name another one", .path.display())]
    NoSpace {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("the backup {} cannot be written", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// SQLite reported an error.
    #[error("the backup {} cannot be written", .path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
    /// The database is damaged. A backup of it would take the place of earlier, sound ones.
    #[error(
        "{} is damaged, so that no backup was made: {}; restore an earlier backup, or delete the damaged \
         debates; `synod verify` lists them",
        .database.display(),
        in_short(.damage)
    )]
    Damaged {
        /// The database.
        database: PathBuf,
        /// What is wrong; not empty.
        damage: Vec<Damage>,
    },
    /// The task of the backup ended early.
    #[error("the backup {} was not finished", .path.display())]
    Interrupted {
        /// The file.
        path: PathBuf,
    },
}

/// Writes a backup of the database, as it is now, to a new file. Writers need not wait.
pub(crate) fn back_up(
    database: &Path,
    path: &Path,
    lock_wait: Duration,
) -> Result<BackupReport, BackupError> {
    let target = Target { path: path.to_owned() };
    let new = NewFile::create(path).map_err(|error| target.io(error))?;
    let copied = copy(database, new.unfinished(), lock_wait);
    let (debates, damage) = copied.map_err(|error| target.copying(database, error))?;
    if !damage.is_empty() {
        return Err(BackupError::Damaged { database: database.to_owned(), damage });
    }
    let bytes = fs::metadata(new.unfinished()).map_err(|error| target.io(error))?.len();
    new.finish().map_err(|error| target.io(error))?;
    Ok(BackupReport { path: target.path, bytes, debates })
}

/// Copies the database into an empty file, and returns the number of debates and what is damaged in the copy.
pub(crate) fn copy(
    database: &Path,
    to: &Path,
    lock_wait: Duration,
) -> rusqlite::Result<(u64, Vec<Damage>)> {
    let Some(name) = to.to_str() else { return Err(rusqlite::Error::InvalidPath(to.to_owned())) };
    let db = open_reader(database, lock_wait)?;
    // The copy of a database that an earlier version has made.
    if !can_shrink(&db)? {
        let_shrink(&db)?;
    }
    db.execute("VACUUM INTO ?1", [name])?;
    drop(db);
    let damage = verify(to, lock_wait, |_| {})?.damage;
    Ok((count_debates(&open_reader(to, lock_wait)?)?, damage))
}

/// Counts the debates that were not purged.
pub(crate) fn count_debates(db: &Connection) -> rusqlite::Result<u64> {
    let count: i64 =
        db.query_row("SELECT count(*) FROM debates WHERE purged = 0", [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// The file of a backup, for its errors.
struct Target {
    path: PathBuf,
}

impl Target {
    fn io(&self, source: io::Error) -> BackupError {
        let path = self.path.clone();
        if matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
            BackupError::NoSpace { path }
        } else if source.kind() == ErrorKind::AlreadyExists {
            BackupError::Exists { path }
        } else {
            BackupError::Io { path, source }
        }
    }

    fn copying(&self, database: &Path, source: rusqlite::Error) -> BackupError {
        use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase};
        let path = self.path.clone();
        match source.sqlite_error_code() {
            Some(DiskFull) => BackupError::NoSpace { path },
            Some(DatabaseCorrupt | NotADatabase) => {
                let damage = vec![Damage { debate: None, what: reason(&source) }];
                BackupError::Damaged { database: database.to_owned(), damage }
            }
            Some(_) | None => BackupError::Sqlite { path, source },
        }
    }
}
