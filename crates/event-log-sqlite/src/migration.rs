//! The version of the schema, and the way from earlier versions to this one.

use std::{
    fs,
    io::{ErrorKind, Read},
    path::Path,
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::{
    database::{
        APPLICATION_ID, Checkpoint, checkpoint, configure_writer, connect, open_error, open_reader,
    },
    directory::{
        DataDirectory, DirectoryLock, LockMode, io_error, locked, make_private, no_space_or,
        open_private,
    },
    monotonic::{monotonic, since},
    open_error::StoreOpenError,
    options::StoreOptions,
};

/// The migrations, each of which leads to the version that is its place, from 1 on.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_events.sql")];
/// The version of the schema after the last migration.
pub(crate) const SCHEMA_VERSION: i32 = 1;
/// The oldest version of the schema whose code may use a database of this version, and the first release
/// that had it.
const OLDEST_READER: (i32, &str) = (1, "0.1.0");
/// This release.
pub(crate) const RELEASE: &str = env!("CARGO_PKG_VERSION");

const _: () = assert!(MIGRATIONS.len() == SCHEMA_VERSION as usize, "a migration for each version");

/// Opens the database for writing, and creates or upgrades it if needed.
pub(crate) fn open_database(
    dir: &DataDirectory,
    options: &StoreOptions,
) -> Result<(Connection, DirectoryLock), StoreOpenError> {
    let path = dir.database();
    let start = monotonic();
    loop {
        if let Some(lock) = DirectoryLock::try_acquire(dir, LockMode::Shared)?
            && let Some(db) = connect_current(&path, options)?
        {
            make_private(&path).map_err(|error| no_space_or(&path, error))?;
            configure_writer(&db, &path, options.durability)?;
            check_indexes(&db, &path)?;
            return Ok((db, lock));
        }
        if let Some(_lock) =
            DirectoryLock::try_acquire(dir, LockMode::Exclusive { purpose: "upgrade" })?
        {
            upgrade(dir, options)?;
        } else if since(start) >= options.lock_wait {
            return Err(locked(dir));
        } else {
            std::thread::sleep(DirectoryLock::PAUSE);
        }
    }
}

/// Compares the table of debates with its indexes, so that no debate is missing from lists unnoticed.
fn check_indexes(db: &Connection, path: &Path) -> Result<(), StoreOpenError> {
    let failed = |error| open_error(path, error);
    let count = |select: &str| db.query_row(select, [], |row| row.get::<_, i64>(0)).map_err(failed);
    for (index, filter) in [
        ("sqlite_autoindex_debates_1", "TRUE"),
        ("unfinished_debates", "finished = 0 AND purged = 0"),
        ("held_debates", "held = 1"),
    ] {
        let rows = count(&format!("SELECT count(*) FROM debates NOT INDEXED WHERE {filter}"))?;
        let indexed =
            count(&format!("SELECT count(*) FROM debates INDEXED BY {index} WHERE {filter}"))?;
        if rows != indexed {
            let reason = format!("it has {rows} debates, and {indexed} in the index {index}");
            return Err(StoreOpenError::Damaged { path: path.to_owned(), reason });
        }
    }
    Ok(())
}

/// Returns `None` if the database has to be created or upgraded first.
fn connect_current(
    path: &Path,
    options: &StoreOptions,
) -> Result<Option<Connection>, StoreOpenError> {
    if !check_header(path)? {
        return Ok(None);
    }
    let db = connect(path, options.lock_wait).map_err(|error| open_error(path, error))?;
    let is_current = schema_version(&db, path)? >= SCHEMA_VERSION;
    Ok(is_current.then_some(db))
}

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

/// Creates the database, or brings it to this version, with the directory locked.
fn upgrade(dir: &DataDirectory, options: &StoreOptions) -> Result<(), StoreOpenError> {
    let path = dir.database();
    check_header(&path)?;
    let file = open_private(&path).map_err(|error| no_space_or(&path, error))?;
    make_private(&path).map_err(|error| no_space_or(&path, error))?;
    drop(file);
    let failed = |error| open_error(&path, error);
    let mut db = connect(&path, options.lock_wait).map_err(failed)?;
    let version = schema_version(&db, &path)?;
    if version >= SCHEMA_VERSION {
        return Ok(());
    }
    configure_writer(&db, &path, options.durability)?;
    migrate(&mut db, version).map_err(failed)?;
    // The header says whose database it is from now on.
    checkpoint(&db, Checkpoint::Truncate, options.lock_wait).map_err(failed)?;
    drop(db);
    dir.sync().map_err(|error| io_error(dir.path(), error))
}

/// In one transaction.
fn migrate(db: &mut Connection, from: i32) -> rusqlite::Result<()> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Exclusive)?;
    for migration in MIGRATIONS.iter().skip(usize::try_from(from).unwrap_or(0)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    let (schema, release) = OLDEST_READER;
    for (key, value) in [
        ("written_by", RELEASE),
        ("oldest_reader", release),
        ("oldest_reader_schema", &schema.to_string()),
    ] {
        transaction
            .execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", [key, value])?;
    }
    transaction.commit()
}
