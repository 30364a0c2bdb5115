//! Whose database a file is, and the version of its schema.

use std::{
    fs,
    io::{ErrorKind, Read},
    path::Path,
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension};

use crate::{
    database::{APPLICATION_ID, open_error, open_reader},
    open_error::{StoreOpenError, no_space_or},
};

/// The version of the schema after the last migration.
pub(crate) const SCHEMA_VERSION: i32 = 1;
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
/// SQLite touches the file.
pub(crate) fn check_header(path: &Path) -> Result<bool, StoreOpenError> {
    let mut header = Vec::with_capacity(100);
    match fs::File::open(path) {
        Ok(file) => {
            file.take(100).read_to_end(&mut header).map_err(|error| no_space_or(path, error))?
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(no_space_or(path, error)),
    };
    if header.is_empty() {
        return Ok(false);
    }
    let damaged =
        |reason: &str| StoreOpenError::Damaged { path: path.to_owned(), reason: reason.to_owned() };
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(damaged("it does not begin as a database of SQLite does"));
    }
    let application =
        header.get(68..72).and_then(|bytes| bytes.try_into().ok()).map(i32::from_be_bytes);
    match application {
        // 0: the first migration may be in the write-ahead log only.
        Some(APPLICATION_ID | 0) => Ok(true),
        Some(_) => Err(StoreOpenError::OtherProgram { path: path.to_owned() }),
        None => Err(damaged("its header is cut off")),
    }
}
