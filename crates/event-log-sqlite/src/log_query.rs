//! What reads of a log ask the database.

use rusqlite::Connection;
use synod_domain::DebateId;
use synod_event_log::{LogError, Stored};

use crate::{debate_row::DebateRow, event_row::EventRow, row::RowError};

/// The result of a query: the inner error is an answer of the log.
type Found<T> = Result<Result<T, LogError>, RowError>;

/// Reads events of a debate.
pub(crate) fn read(db: &Connection, id: DebateId, from: u64, limit: usize) -> Found<Vec<Stored>> {
    let row = match debate(db, id)? {
        Ok(row) => row,
        Err(error) => return Ok(Err(error)),
    };
    let page = EventRow::page(db, id, from, limit, row.last)?;
    Ok(Ok(page.iter().map(|event| event.stored(id)).collect::<Result<_, _>>()?))
}

/// The row of a debate that was not purged.
pub(crate) fn debate(db: &Connection, id: DebateId) -> Found<DebateRow> {
    Ok(match DebateRow::load(db, id)? {
        Some(row) if row.is_purged => Err(LogError::Purged(id)),
        Some(row) => Ok(row),
        None => Err(LogError::UnknownDebate(id)),
    })
}
