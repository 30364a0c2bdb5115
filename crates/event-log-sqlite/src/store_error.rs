use std::{io, path::PathBuf, sync::Arc};

use synod_event_log::{Cause, LogError};
use thiserror::Error;

/// The causes that the store gives with [`LogError::Unavailable`], [`LogError::Damaged`] and [`LogError::Unknown`].
#[derive(Debug, Error)]
pub enum StoreError {
    /// What was read is not what was written.
    #[error("{} is damaged: {what}; run `synod verify`, and restore a backup", .path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Another process has been writing for too long.
    #[error("another process keeps {} locked", .path.display())]
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// A write failed, so that the store has stopped.
    #[error("the store {} stopped after an error; restart the process", .path.display())]
    Stopped {
        /// The database.
        path: PathBuf,
        /// The error.
        #[source]
        source: Cause,
    },
    /// The database or its write-ahead log is no longer there under its name.
    #[error(
        "{} was deleted, moved or replaced while it was in use; put it back, or restore a backup, and start \
         the process again",
        .path.display()
    )]
    Gone {
        /// The file.
        path: PathBuf,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The operating system reported an error.
    #[error("{} cannot be used", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// SQLite reported an error.
    #[error("{} cannot be used", .path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
}

impl From<StoreError> for LogError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Damaged { .. } => Self::Damaged(Arc::new(error)),
            StoreError::Busy { .. }
            | StoreError::Stopped { .. }
            | StoreError::Gone { .. }
            | StoreError::Closed
            | StoreError::Io { .. }
            | StoreError::Sqlite { .. } => Self::Unavailable { source: Arc::new(error) },
        }
    }
}
