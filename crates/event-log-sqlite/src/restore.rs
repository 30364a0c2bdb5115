use std::{io, path::PathBuf};

use thiserror::Error;

use crate::OpenError;

/// A backup that was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The database that was in use before, if there was one.
    pub previous: Option<PathBuf>,
    /// How many debates the backup has.
    pub debates: u64,
}

/// Errors returned by [`restore`](crate::SqliteStore::restore). The database in use is unchanged.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// The directory cannot be used, or other processes use it.
    #[error(transparent)]
    Directory(#[from] OpenError),
    /// The backup cannot be used.
    #[error("the backup cannot be restored: {0}")]
    Backup(#[source] OpenError),
    /// A file cannot be written.
    #[error("{} cannot be written", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// Not yet.
    #[error("unsupported")]
    Unsupported,
}
