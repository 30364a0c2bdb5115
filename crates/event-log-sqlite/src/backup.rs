use std::{io, path::PathBuf};

use thiserror::Error;

/// A backup that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many debates it has.
    pub debates: u64,
}

/// Errors returned by [`backup_to`](crate::SqliteStore::backup_to). No file is left behind.
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
    /// Not yet.
    #[error("unsupported")]
    Unsupported,
}
