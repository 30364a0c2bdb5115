//! The version of the schema, and the way from earlier versions to this one.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use crate::{
    database::{
        APPLICATION_ID, Checkpoint, checkpoint, configure_writer, connect, let_shrink, open_error,
    },
    database_version::{RELEASE, SCHEMA_VERSION, check_header, schema_version},
    directory::{DataDirectory, DirectoryLock, LockMode, locked, make_private, remove},
    monotonic::{monotonic, since},
    new_file::NewFile,
    open_error::{StoreOpenError, no_space_or, not_writable},
    options::StoreOptions,
};

/// The migrations, each of which leads to the version that is its place, from 1 on.
const MIGRATIONS: [&str; 1] = [include_str!("../migrations/0001_events.sql")];
/// The oldest version of the schema whose code may use a database of this version, and the first release
/// that had it.
const OLDEST_READER: (i32, &str) = (1, "0.1.0");
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
    // SQLite opens a file that it may only read, and fails at the first write.
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK)
        .map_err(|error| not_writable(path, error.into()))?;
    let db = connect(path, options.lock_wait).map_err(|error| open_error(path, error))?;
    let is_current = schema_version(&db, path)? >= SCHEMA_VERSION;
    Ok(is_current.then_some(db))
}

/// Creates the database, or brings it to this version, with the directory locked.
fn upgrade(dir: &DataDirectory, options: &StoreOptions) -> Result<(), StoreOpenError> {
    let path = dir.database();
    if !check_header(&path)? {
        return create(dir, options);
    }
    make_private(&path).map_err(|error| no_space_or(&path, error))?;
    bring_up(&path, options)
}

/// Creates the database. It gets its name when it is complete, so that an empty file of this name is one
/// that has lost its contents.
fn create(dir: &DataDirectory, options: &StoreOptions) -> Result<(), StoreOpenError> {
    let path = dir.database();
    let failed = |error| no_space_or(&path, error);
    let unfinished = dir.path().join("synod.db.new");
    // Those of a process that was killed. SQLite would take the log and the journal for those of the new file.
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut leftover = unfinished.clone().into_os_string();
        leftover.push(suffix);
        remove(&PathBuf::from(leftover)).map_err(failed)?;
    }
    let new = NewFile::create_as(&path, unfinished).map_err(failed)?;
    bring_up(new.unfinished(), options)?;
    new.finish().map_err(failed)
}

/// Brings a database to this version, and its write-ahead log into the file.
fn bring_up(path: &Path, options: &StoreOptions) -> Result<(), StoreOpenError> {
    let failed = |error| open_error(path, error);
    let mut db = connect(path, options.lock_wait).map_err(failed)?;
    let version = schema_version(&db, path)?;
    if version >= SCHEMA_VERSION {
        return Ok(());
    }
    if version == 0 {
        let_shrink(&db).map_err(failed)?;
    }
    configure_writer(&db, path, options.durability)?;
    migrate(&mut db, version).map_err(failed)?;
    // The header says whose database it is from now on.
    checkpoint(&db, Checkpoint::Truncate, options.lock_wait).map(drop).map_err(failed)
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
