use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::Connection;

use crate::database::connect;

/// A look at a database that no process uses, which leaves no files behind.
///
/// Any reader creates the write-ahead log and its index. Only a connection that may write deletes them, if it
/// is the last one that is closed. A log or journal that is there already stays as it is.
pub(crate) struct Traceless {
    /// Closed after the reader.
    _last: Option<Connection>,
}

impl Traceless {
    /// Has to be kept until the reader is closed.
    pub(crate) fn begin(database: &Path, lock_wait: Duration) -> Self {
        let beside = |suffix| {
            let mut path = database.as_os_str().to_owned();
            path.push(suffix);
            PathBuf::from(path)
        };
        let has_log = beside("-wal").exists() || beside("-journal").exists();
        let is_read = |db: &Connection| {
            db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).is_ok()
        };
        // Without the right to write, no reader creates files either.
        let last = (!has_log).then(|| connect(database, lock_wait).ok()).flatten();
        Self { _last: last.filter(is_read) }
    }
}
