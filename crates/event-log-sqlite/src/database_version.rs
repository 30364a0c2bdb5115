//! Whose database a file is, and the version of its schema.

use std::{fs, io::ErrorKind, path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OptionalExtension};

use crate::{
    database::{APPLICATION_ID, open_error, open_file_alone, open_reader},
    open_error::{StoreOpenError, no_space_or},
    traceless::Traceless,
};

/// The version of the schema after the last migration.
pub(crate) const SCHEMA_VERSION: i32 = 1;
/// The size of the header of a database.
const HEADER_BYTES: u64 = 100;
/// This release.
pub(crate) const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// Reads the version of the schema, and refuses databases that this version may not use.
pub(crate) fn schema_version(db: &Connection, path: &Path) -> Result<i32, StoreOpenError> {
    let failed = |error| open_error(path, error);
    let pragma =
        |name| db.pragma_query_value(None, name, |row| row.get::<_, i32>(0)).map_err(failed);
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    if application != APPLICATION_ID {
        let tables = "SELECT count(*) FROM sqlite_schema";
        let is_empty = db.query_row(tables, [], |row| row.get::<_, i64>(0)).map_err(failed)? == 0;
        if application == 0 && version == 0 && is_empty {
            return Ok(0);
        }
        return Err(StoreOpenError::OtherProgram { path: path.to_owned() });
    }
    if version > SCHEMA_VERSION {
        let oldest = meta(db, "oldest_reader_schema").map_err(failed)?;
        let may_read = oldest
            .and_then(|oldest| oldest.parse().ok())
            .is_some_and(|oldest: i32| oldest <= SCHEMA_VERSION);
        if !may_read {
            let release =
                |key| Ok(meta(db, key).map_err(failed)?.unwrap_or_else(|| "?".to_owned()));
            let (found, oldest) = (release("written_by")?, release("oldest_reader")?);
            return Err(StoreOpenError::NewerVersion {
                path: path.to_owned(),
                found,
                oldest,
                ours: RELEASE,
            });
        }
    }
    Ok(version)
}

/// Refuses the database of another program before anything is made beside it. What is wrong otherwise is
/// found later: a restore replaces a damaged database.
pub(crate) fn refuse_other_program(path: &Path) -> Result<(), StoreOpenError> {
    match check_header(path) {
        Ok(true) => {}
        Err(error @ StoreOpenError::OtherProgram { .. }) => return Err(error),
        Ok(false) | Err(_) => return Ok(()),
    }
    let _traceless = Traceless::begin(path, Duration::ZERO);
    let refusal = open_reader(path, Duration::ZERO).and_then(|db| {
        // One transaction, because another process may be creating the tables.
        let transaction = db.unchecked_transaction()?;
        Ok(schema_version(&transaction, path).err())
    });
    match refusal {
        Ok(Some(error @ StoreOpenError::OtherProgram { .. })) => Err(error),
        // Opening it under the lock says more.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// A value of the table `meta`.
pub(crate) fn meta(db: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    db.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()
}

/// Returns whether there is a database, and refuses what SQLite did not write or another program uses, before
/// SQLite makes files beside it.
///
/// The file is opened through SQLite only. A lock of SQLite belongs to the whole process: if any other
/// descriptor of the file is closed, the system drops the locks of all connections, and other programs take
/// the database for one that nobody uses.
pub(crate) fn check_header(path: &Path) -> Result<bool, StoreOpenError> {
    let length = match fs::metadata(path) {
        Ok(file) => file.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return refuse_log_alone(path).map(|()| false);
        }
        Err(error) => return Err(no_space_or(path, error)),
    };
    let damaged =
        |reason: &str| StoreOpenError::Damaged { path: path.to_owned(), reason: reason.to_owned() };
    // A new database gets its name when it is complete.
    if length == 0 {
        return Err(damaged("it is empty"));
    }
    if length < HEADER_BYTES {
        return Err(damaged("its header is cut off"));
    }
    // SQLite does not say why it cannot open a file.
    rustix::fs::access(path, rustix::fs::Access::READ_OK)
        .map_err(|error| no_space_or(path, error.into()))?;
    match application_id(path) {
        // 0: the first migration may be in the write-ahead log only.
        Ok(APPLICATION_ID | 0) => Ok(true),
        Ok(_) => Err(StoreOpenError::OtherProgram { path: path.to_owned() }),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => {
                Err(damaged("it does not begin as a database of SQLite does"))
            }
            // Another process may be copying its write-ahead log into the file.
            Some(ErrorCode::DatabaseCorrupt) => Ok(true),
            Some(_) | None => Err(open_error(path, error)),
        },
    }
}

/// Refuses a write-ahead log without its database: SQLite would delete it.
fn refuse_log_alone(path: &Path) -> Result<(), StoreOpenError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Err(StoreOpenError::LogWithoutDatabase { path: path.to_owned(), log: log.into() });
    }
    Ok(())
}

/// Whether a file is a database of Synod.
pub(crate) fn is_ours(path: &Path) -> bool {
    matches!(application_id(path), Ok(APPLICATION_ID))
}

fn application_id(path: &Path) -> rusqlite::Result<i32> {
    open_file_alone(path)?.pragma_query_value(None, "application_id", |row| row.get(0))
}
