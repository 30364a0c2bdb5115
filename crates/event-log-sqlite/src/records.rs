use std::{io, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use rusqlite::Rows;
use synod_event_log::{Documents, LogError, ProcessId, RecordStore};

use crate::{
    directory::{is_held, lock_file},
    open_store::OpenStore,
    record_row,
    row::RowError,
    store_error::StoreError,
    writer::{PutRecords, RemoveRecord, SwapRecord},
};

/// The documents in a [`SqliteStore`](crate::SqliteStore). Clones share them.
///
/// Its futures are polled in a runtime of tokio, as those of [`SqliteLog`](crate::SqliteLog).
#[derive(Clone, Debug)]
pub struct SqliteRecords(pub(crate) Arc<OpenStore>);

impl RecordStore for SqliteRecords {
    fn put(&self, kind: &'static str, documents: Documents) -> BoxFuture<'_, Result<(), LogError>> {
        self.0.writer.write(PutRecords { kind, documents }).boxed()
    }

    fn swap(
        &self,
        kind: &'static str,
        key: String,
        current: Option<String>,
        new: Option<String>,
    ) -> BoxFuture<'_, Result<bool, LogError>> {
        self.0.writer.write(SwapRecord { kind, key, current, new }).boxed()
    }

    fn remove(&self, kind: &'static str, key: String) -> BoxFuture<'_, Result<(), LogError>> {
        self.0.writer.write(RemoveRecord { kind, key }).boxed()
    }

    fn get(
        &self,
        kind: &'static str,
        key: String,
    ) -> BoxFuture<'_, Result<Option<String>, LogError>> {
        let read = move |db: &rusqlite::Connection| {
            let select = "SELECT key, json, crc FROM records WHERE kind = ?1 AND key = ?2";
            let mut statement = db.prepare_cached(select)?;
            let mut rows = statement.query([kind, &key])?;
            Ok(match rows.next()? {
                Some(row) => Some(record_row::read(row, kind)?.1),
                None => None,
            })
        };
        self.0.readers.read(read).boxed()
    }

    fn all(&self, kind: &'static str) -> BoxFuture<'_, Result<Documents, LogError>> {
        let read = move |db: &rusqlite::Connection| {
            let mut statement =
                db.prepare_cached("SELECT key, json, crc FROM records WHERE kind = ?1")?;
            documents(statement.query([kind])?, kind)
        };
        self.0.readers.read(read).boxed()
    }

    fn with_prefix(
        &self,
        kind: &'static str,
        prefix: String,
    ) -> BoxFuture<'_, Result<Documents, LogError>> {
        let read = move |db: &rusqlite::Connection| {
            // A range of the index. The last character that there is ends it.
            let end = format!("{prefix}{}", char::MAX);
            let select =
                "SELECT key, json, crc FROM records WHERE kind = ?1 AND key >= ?2 AND key < ?3";
            let mut statement = db.prepare_cached(select)?;
            documents(statement.query([kind, &prefix, &end])?, kind)
        };
        self.0.readers.read(read).boxed()
    }

    fn page(
        &self,
        kind: &'static str,
        after: Option<String>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Documents, LogError>> {
        let read = move |db: &rusqlite::Connection| {
            // Without a key, `key > NULL` would select nothing.
            let select =
                "SELECT key, json, crc FROM records WHERE kind = ?1 AND (?2 IS NULL OR key > ?2)
                ORDER BY key LIMIT ?3";
            let mut statement = db.prepare_cached(select)?;
            documents(statement.query((kind, &after, limit))?, kind)
        };
        self.0.readers.read(read).boxed()
    }

    fn process(&self) -> ProcessId {
        ProcessId::from_uuid(self.0.process.id())
    }

    fn is_open_in(&self, process: ProcessId) -> BoxFuture<'_, Result<bool, LogError>> {
        let path = lock_file(&self.0.dir.processes(), process.as_uuid());
        async move {
            let task = tokio::task::spawn_blocking({
                let path = path.clone();
                move || is_held(&path)
            });
            let is_held = task.await.unwrap_or_else(|error| Err(io::Error::other(error)));
            is_held.map_err(|source| StoreError::Io { path, source }.into())
        }
        .boxed()
    }
}

fn documents(mut rows: Rows<'_>, kind: &str) -> Result<Documents, RowError> {
    let mut found = Documents::new();
    while let Some(row) = rows.next()? {
        found.extend([record_row::read(row, kind)?]);
    }
    Ok(found)
}
