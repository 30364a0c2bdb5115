//! Connections to the database.

use std::{fmt::Write, os::unix::ffi::OsStrExt, path::Path, time::Duration};

use rusqlite::{
    Connection, OpenFlags,
    ffi::{SQLITE_ERROR, SQLITE_IOERR_SHMSIZE},
};

use crate::{open_error::StoreOpenError, options::Durability};

/// The number in the header of the database that says it is one of Synod: "SYND".
pub(crate) const APPLICATION_ID: i32 = 0x5359_4E44;

/// The page cache of the connection that writes, in KiB.
const WRITER_CACHE_KIB: i32 = 2_048;
/// The page cache of a connection that reads, in KiB.
const READER_CACHE_KIB: i32 = 512;
/// The size to which a write-ahead log is cut when it begins anew, in bytes.
const WAL_BYTES: i64 = 4 << 20;

/// Opens a connection that may write, without a change of the database.
pub(crate) fn connect(path: &Path, lock_wait: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(lock_wait)?;
    Ok(db)
}

/// Sets what the connection that writes needs, and reads back what durability depends on.
pub(crate) fn configure_writer(
    db: &Connection,
    path: &Path,
    durability: Durability,
) -> Result<(), StoreOpenError> {
    let failed = |error| open_error(path, error);
    db.set_prepared_statement_cache_capacity(64);
    let (synchronous, number) = match durability {
        Durability::Fsync => ("FULL", 2),
        Durability::Os => ("NORMAL", 1),
    };
    let mode: String = db
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(failed)?;
    let mut settings = format!(
        "PRAGMA synchronous = {synchronous};
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = {WAL_BYTES};
         PRAGMA cache_size = -{WRITER_CACHE_KIB};
         PRAGMA mmap_size = 0;
         PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = ON;
         PRAGMA cell_size_check = ON;
         PRAGMA trusted_schema = OFF;"
    );
    if cfg!(target_vendor = "apple") {
        settings.push_str("PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;");
    }
    db.execute_batch(&settings).map_err(failed)?;
    let wrong = |setting, found, wanted| {
        Err(StoreOpenError::Mode { path: path.to_owned(), setting, found, wanted })
    };
    if !mode.eq_ignore_ascii_case("wal") {
        return wrong("journal_mode", mode, "wal");
    }
    let found: i64 =
        db.pragma_query_value(None, "synchronous", |row| row.get(0)).map_err(failed)?;
    if found != number {
        return wrong("synchronous", found.to_string(), synchronous);
    }
    Ok(())
}

/// Opens a connection that reads.
pub(crate) fn open_reader(path: &Path, lock_wait: Duration) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(lock_wait)?;
    db.execute_batch(&format!(
        "PRAGMA cache_size = -{READER_CACHE_KIB};
         PRAGMA mmap_size = 0;
         PRAGMA temp_store = MEMORY;
         PRAGMA cell_size_check = ON;
         PRAGMA trusted_schema = OFF;"
    ))?;
    Ok(db)
}

/// Opens a connection that reads the file alone, without its write-ahead log or journal. It takes no lock,
/// creates nothing and, unlike a file that is opened and closed, drops no lock of this process.
///
/// While others write, pages may be missing; then SQLite says that the file is corrupt.
pub(crate) fn open_file_alone(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() {
            uri.push(char::from(*byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags)
}

/// Prepares a database for readers: undoes a change that a killed process left in a rollback journal, which
/// a connection that only reads may not do.
pub(crate) fn recover(path: &Path, lock_wait: Duration) -> rusqlite::Result<()> {
    let read = |db: Connection| db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    match open_reader(path, lock_wait).and_then(read) {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ReadOnly) => {
            connect(path, lock_wait).and_then(read)
        }
        other => other,
    }
}

/// Changes when another connection has committed.
pub(crate) fn data_version(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// How the write-ahead log is copied to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checkpoint {
    /// As far as readers allow.
    Passive,
    /// Whole, so that its file can be emptied; not at all while others read or write.
    Truncate,
}

/// Copies the write-ahead log to the database, without waiting for other connections. Returns whether all of it
/// was copied.
pub(crate) fn checkpoint(
    db: &Connection,
    kind: Checkpoint,
    lock_wait: Duration,
) -> rusqlite::Result<bool> {
    let mode = match kind {
        Checkpoint::Passive => "PASSIVE",
        Checkpoint::Truncate => "TRUNCATE",
    };
    db.busy_timeout(Duration::ZERO)?;
    let result = db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
        let (is_busy, pages, copied): (bool, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(!is_busy && pages == copied)
    });
    db.busy_timeout(lock_wait)?;
    match result {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
            Ok(false)
        }
        other => other,
    }
}

/// The pages of a database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pages {
    pub(crate) all: u64,
    /// Those that deletions have left free.
    pub(crate) free: u64,
    size: u64,
}

impl Pages {
    pub(crate) fn of(db: &Connection) -> rusqlite::Result<Self> {
        let pragma = |name| {
            let number: i64 = db.pragma_query_value(None, name, |row| row.get(0))?;
            Ok::<_, rusqlite::Error>(number.unsigned_abs())
        };
        Ok(Self {
            all: pragma("page_count")?,
            free: pragma("freelist_count")?,
            size: pragma("page_size")?,
        })
    }

    /// The size of some pages.
    pub(crate) const fn bytes(self, pages: u64) -> u64 {
        self.size.saturating_mul(pages)
    }
}

/// Lets a new database become smaller in use. It has no effect on one that has pages.
pub(crate) fn let_shrink(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "auto_vacuum", "INCREMENTAL")
}

/// Whether [`let_shrink`] was called when the database was new.
pub(crate) fn can_shrink(db: &Connection) -> rusqlite::Result<bool> {
    const INCREMENTAL: i64 = 2;
    Ok(db.pragma_query_value(None, "auto_vacuum", |row| row.get::<_, i64>(0))? == INCREMENTAL)
}

/// Moves pages from the end of the database to at most this many free ones.
pub(crate) fn give_pages_back(db: &Connection, most: u32) -> rusqlite::Result<()> {
    let mut statement = db.prepare(&format!("PRAGMA incremental_vacuum({most})"))?;
    // A row for each page.
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// The error of opening a database.
pub(crate) fn open_error(path: &Path, error: rusqlite::Error) -> StoreOpenError {
    use rusqlite::ErrorCode::{
        DatabaseCorrupt, DiskFull, NotADatabase, PermissionDenied, ReadOnly,
    };
    let path = path.to_owned();
    let is = |code| error.sqlite_error().is_some_and(|error| error.extended_code == code);
    // SQLite has no room for the index of the write-ahead log, which even a reader needs.
    let (is_sql, is_full) = (is(SQLITE_ERROR), is(SQLITE_IOERR_SHMSIZE));
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => {
            StoreOpenError::Damaged { path, reason: reason(&error) }
        }
        // The statements fit the version of the schema, so that a table or a column was lost.
        Some(_) if is_sql => StoreOpenError::Damaged { path, reason: reason(&error) },
        Some(DiskFull) => StoreOpenError::NoSpace { path },
        Some(_) if is_full => StoreOpenError::NoSpace { path },
        Some(PermissionDenied | ReadOnly) => {
            StoreOpenError::NotWritable { path, reason: std::io::Error::other(reason(&error)) }
        }
        Some(_) | None => StoreOpenError::Sqlite { path, source: error },
    }
}

/// What SQLite says, without its codes.
pub(crate) fn reason(error: &rusqlite::Error) -> String {
    if let rusqlite::Error::SqliteFailure(_, Some(message)) = error {
        message.clone()
    } else {
        error.to_string()
    }
}
