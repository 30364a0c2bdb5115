use rusqlite::params;
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
        let mut statement = context.db.prepare_cached(
            "INSERT INTO records (kind, key, json, crc) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (kind, key) DO UPDATE SET json = excluded.json, crc = excluded.crc",
        )?;
        let kind = self.kind;
        for (key, json) in &self.documents {
            statement.execute(params![kind, key, json, crc(kind, key, json)])?;
        }
        Ok(())
    }
}

pub(crate) struct RemoveRecord {
    pub(crate) kind: &'static str,
    pub(crate) key: String,
}

impl Write for RemoveRecord {
    type Output = ();

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<(), WriteError> {
        let mut statement =
            context.db.prepare_cached("DELETE FROM records WHERE kind = ?1 AND key = ?2")?;
        statement.execute(params![self.kind, self.key])?;
        Ok(())
    }
}
