use std::{collections::HashSet, sync::Arc};

use rusqlite::{Connection, Row, params_from_iter, types::Value};
use synod_event_log::{DebateList, ListQuery, Summary, Which};
use uuid::Uuid;

use crate::{
    debate_row::{COLUMNS, DebateRow, damage},
    event_row::event,
    leases::Leases,
    row::RowError,
};

/// Lists debates, newest first.
pub(crate) fn list(
    db: &Connection,
    leases: &Leases,
    query: &ListQuery,
    limit: usize,
) -> Result<DebateList, RowError> {
    let live = leases.live(db)?;
    let mut listed = DebateList::default();
    let mut read = 0;
    // Once, unless debates are damaged: others take their places.
    loop {
        let wanted = limit.saturating_sub(listed.debates.len());
        let (select, parameters) = select(query, wanted, read);
        let mut statement = db.prepare_cached(&select)?;
        let mut rows = statement.query(params_from_iter(parameters))?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            found += 1;
            match summary(db, row, &live) {
                Ok(summary) => listed.debates.push(summary),
                Err(error) => listed.damage.push(damage(row, error)?),
            }
        }
        read += found;
        if found < wanted || listed.debates.len() == limit {
            return Ok(listed);
        }
    }
}

/// Reads a debate whose row was selected with [`COLUMNS`].
fn summary(db: &Connection, row: &Row<'_>, live: &HashSet<Uuid>) -> Result<Summary, RowError> {
    let row = DebateRow::read(row)?;
    let first = event(db, row.id, 1)?.recorded;
    let status =
        if row.is_started() { event(db, row.id, row.status)?.recorded } else { Arc::clone(&first) };
    let worker = row.worker.filter(|last| last.is_held && live.contains(&last.incarnation));
    Ok(Summary {
        id: row.id,
        first,
        status_event: status,
        last: row.last,
        updated_at: row.updated_at,
        epoch: row.epoch,
        worker: worker.map(|last| last.name),
    })
}

fn select(query: &ListQuery, limit: usize, offset: usize) -> (String, Vec<Value>) {
    let mut select = format!("SELECT {COLUMNS} FROM debates WHERE purged = 0 AND last_seq > 0");
    let mut parameters = Vec::new();
    match query.which {
        Which::All => {}
        Which::Unfinished => select.push_str(" AND finished = 0"),
        Which::Finished => select.push_str(" AND finished = 1"),
    }
    let mut filter = |sql: &str, value| {
        select.push_str(sql);
        parameters.push(value);
    };
    if let Some(topic) = &query.topic {
        filter(" AND instr(topic, ?) > 0", Value::Text(topic.to_lowercase()));
    }
    if let Some(from) = query.from {
        filter(" AND id >= ?", Value::Blob(from.as_uuid().as_bytes().to_vec()));
    }
    if let Some(before) = query.before {
        filter(" AND id < ?", Value::Blob(before.as_uuid().as_bytes().to_vec()));
    }
    let number = |number| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    filter(" ORDER BY id DESC LIMIT ?", number(limit));
    filter(" OFFSET ?", number(offset));
    (select, parameters)
}
