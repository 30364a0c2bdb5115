use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use synod_event_log::{Documents, LogError, ProcessId, RecordStore};
use tokio_postgres::Row;

use crate::{
    database::{Database, Parameters},
    function_answer::confirmed_or_unavailable,
    open_lock::is_open_in,
    parameters::signed_crc,
    store_parts::StoreParts,
};

/// The documents in a [`PostgresStore`](crate::PostgresStore). Clones share them.
#[derive(Clone, Debug)]
pub struct PostgresRecords(pub(crate) Arc<StoreParts>);

const PUT: &str = "INSERT INTO records AS r (kind, key, json, crc) \
     SELECT $1, d.key, d.json, d.crc FROM unnest($2::bytea[], $3::bytea[], $4::integer[]) d (key, json, crc) \
     ON CONFLICT (kind, key) DO UPDATE SET json = excluded.json, crc = excluded.crc";

const INSERT: &str = "INSERT INTO records (kind, key, json, crc) VALUES ($1, $2, $3, $4) \
     ON CONFLICT DO NOTHING RETURNING true";

const REPLACE: &str = "UPDATE records SET json = $3, crc = $4 WHERE kind = $1 AND key = $2 AND json = $5 RETURNING true";
const REMOVE: &str =
    "DELETE FROM records WHERE kind = $1 AND key = $2 AND json = $3 RETURNING true";
const IS_ABSENT: &str =
    "SELECT true WHERE NOT EXISTS (SELECT FROM records WHERE kind = $1 AND key = $2)";

impl RecordStore for PostgresRecords {
    fn put(&self, kind: &'static str, documents: Documents) -> BoxFuture<'_, Result<(), LogError>> {
        async move {
            let crc = |(key, json): (&String, &String)| signed_crc(record_crc(kind, key, json));
            let crcs: Vec<i32> = documents.iter().map(crc).collect();
            let keys: Vec<&[u8]> = documents.keys().map(String::as_bytes).collect();
            let texts: Vec<&[u8]> = documents.values().map(String::as_bytes).collect();
            self.write(PUT, &[&kind, &keys, &texts, &crcs]).await.map(drop)
        }
        .boxed()
    }

    fn swap(
        &self,
        kind: &'static str,
        key: String,
        current: Option<String>,
        new: Option<String>,
    ) -> BoxFuture<'_, Result<bool, LogError>> {
        async move {
            let crc = new.as_ref().map(|new| signed_crc(record_crc(kind, &key, new)));
            let key = key.as_bytes();
            let (current, new) = (current.as_deref().map(str::as_bytes), new.as_deref());
            let changed = match (current, new.map(str::as_bytes)) {
                (Some(current), Some(new)) => {
                    self.write(REPLACE, &[&kind, &key, &new, &crc, &current]).await
                }
                (None, Some(new)) => self.write(INSERT, &[&kind, &key, &new, &crc]).await,
                (Some(current), None) => self.write(REMOVE, &[&kind, &key, &current]).await,
                (None, None) => self.write(IS_ABSENT, &[&kind, &key]).await,
            };
            Ok(!changed?.is_empty())
        }
        .boxed()
    }

    fn remove(&self, kind: &'static str, key: String) -> BoxFuture<'_, Result<(), LogError>> {
        async move {
            let delete = "DELETE FROM records WHERE kind = $1 AND key = $2";
            self.write(delete, &[&kind, &key.as_bytes()]).await.map(drop)
        }
        .boxed()
    }

    fn get(
        &self,
        kind: &'static str,
        key: String,
    ) -> BoxFuture<'_, Result<Option<String>, LogError>> {
        async move {
            let select = "SELECT key, json, crc FROM records WHERE kind = $1 AND key = $2";
            let rows = self.0.database.read(select, &[&kind, &key.as_bytes()]).await?;
            let row = rows.first().map(|row| self.document(row, kind)).transpose()?;
            Ok(row.map(|(_, json)| json))
        }
        .boxed()
    }

    fn all(&self, kind: &'static str) -> BoxFuture<'_, Result<Documents, LogError>> {
        async move {
            let select = "SELECT key, json, crc FROM records WHERE kind = $1";
            let rows = self.0.database.read(select, &[&kind]).await?;
            rows.iter().map(|row| self.document(row, kind)).collect()
        }
        .boxed()
    }

    fn process(&self) -> ProcessId {
        self.0.process
    }

    fn is_open_in(&self, process: ProcessId) -> BoxFuture<'_, Result<bool, LogError>> {
        async move { Ok(is_open_in(&self.0.database, &self.0.schema, process).await?) }.boxed()
    }
}

impl PostgresRecords {
    /// Writers of documents read them again after an error.
    async fn write(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, LogError> {
        let rows = self.0.database.write_rows(sql, parameters).await;
        rows.map_err(confirmed_or_unavailable)
    }

    fn document(&self, row: &Row, kind: &str) -> Result<(String, String), LogError> {
        read_document(row, kind).map_err(|what| self.0.database.damaged(what))
    }
}

fn read_document(row: &Row, kind: &str) -> Result<(String, String), String> {
    let failed = |error: tokio_postgres::Error| format!("a document of kind {kind}: {error}");
    let text = |column| {
        let bytes = row.try_get::<_, Vec<u8>>(column).map_err(failed)?;
        String::from_utf8(bytes).map_err(|error| format!("a document of kind {kind}: {error}"))
    };
    let (key, json) = (text(0)?, text(1)?);
    if signed_crc(record_crc(kind, &key, &json)) == row.try_get::<_, i32>(2).map_err(failed)? {
        Ok((key, json))
    } else {
        Err(format!("the checksum of the {kind} {key} is wrong"))
    }
}

/// Returns what is wrong with documents.
pub(crate) async fn check_records(database: &Database) -> Result<Vec<String>, LogError> {
    let select = "SELECT key, json, crc, kind FROM records";
    let mut damage = Vec::new();
    for row in database.read(select, &[]).await? {
        match row.try_get::<_, String>(3) {
            Ok(kind) => damage.extend(read_document(&row, &kind).err()),
            Err(error) => damage.push(error.to_string()),
        }
    }
    Ok(damage)
}

/// The checksum of a document.
fn record_crc(kind: &str, key: &str, json: &str) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    for part in [kind, "\0", key, "\0", json] {
        crc.update(part.as_bytes());
    }
    crc.finalize()
}
