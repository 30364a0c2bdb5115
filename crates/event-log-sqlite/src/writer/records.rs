use rusqlite::{Connection, OptionalExtension, params};
use synod_event_log::Documents;

use super::{context::WriteContext, job::Write, write_error::WriteError};
use crate::record_row::crc;

pub(crate) struct PutRecords {
    pub(crate) kind: &'static str,
    pub(crate) documents: Documents,
}

impl Write for PutRecords {
    type Output = ();

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<(), WriteError> {
        self.documents.iter().try_for_each(|(key, json)| put(context.db, self.kind, key, json))?;
        Ok(())
    }
}

fn put(db: &Connection, kind: &str, key: &str, json: &str) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(
        "INSERT INTO records (kind, key, json, crc) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (kind, key) DO UPDATE SET json = excluded.json, crc = excluded.crc",
    )?;
    statement.execute(params![kind, key, json, crc(kind, key, json)])?;
    Ok(())
}

pub(crate) struct SwapRecord {
    pub(crate) kind: &'static str,
    pub(crate) key: String,
    pub(crate) current: Option<String>,
    /// `None` removes the document.
    pub(crate) new: Option<String>,
}

impl Write for SwapRecord {
    type Output = bool;

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<bool, WriteError> {
        let stored = {
            let select = "SELECT json FROM records WHERE kind = ?1 AND key = ?2";
            let mut statement = context.db.prepare_cached(select)?;
            statement.query_row([self.kind, &self.key], |row| row.get::<_, String>(0)).optional()?
        };
        if stored != self.current {
            return Ok(false);
        }
        match &self.new {
            Some(new) => put(context.db, self.kind, &self.key, new)?,
            None => remove(context.db, self.kind, &self.key)?,
        }
        Ok(true)
    }
}

pub(crate) struct RemoveRecord {
    pub(crate) kind: &'static str,
    pub(crate) key: String,
}

impl Write for RemoveRecord {
    type Output = ();

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<(), WriteError> {
        remove(context.db, self.kind, &self.key)?;
        Ok(())
    }
}

fn remove(db: &Connection, kind: &str, key: &str) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached("DELETE FROM records WHERE kind = ?1 AND key = ?2")?;
    statement.execute(params![kind, key])?;
    Ok(())
}
