use std::sync::Arc;

use rusqlite::{Connection, types::Value};
use synod_event_log::{ListQuery, Summary, Which};

use crate::{
    debate_row::{COLUMNS, DebateRow},
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
) -> Result<Vec<Summary>, RowError> {
    let (select, parameters) = select(query, limit);
    let mut statement = db.prepare_cached(&select)?;
    let mut rows = statement.query(rusqlite::params_from_iter(parameters))?;
    let live = leases.live(db)?;
    let mut summaries = Vec::new();
    while let Some(row) = rows.next()? {
        let row = DebateRow::read(row)?;
        let first = event(db, row.id, 1)?.recorded;
        let status = if row.is_started() {
            event(db, row.id, row.status)?.recorded
        } else {
            Arc::clone(&first)
        };
        let worker = row.worker.filter(|last| last.is_held && live.contains(&last.incarnation));
        summaries.push(Summary {
            id: row.id,
            first,
            status_event: status,
            last: row.last,
            updated_at: row.updated_at,
            epoch: row.epoch,
            worker: worker.map(|last| last.name),
        });
    }
    Ok(summaries)
}

fn select(query: &ListQuery, limit: usize) -> (String, Vec<Value>) {
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
    filter(" ORDER BY id DESC LIMIT ?", Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    (select, parameters)
}
