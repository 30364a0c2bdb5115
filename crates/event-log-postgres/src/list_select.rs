use std::sync::Arc;

use synod_domain::{DebateId, Recorded, Timestamp};
use synod_event_log::{Damage, DebateList, Epoch, EventId, ListQuery, LogError, Summary, Which};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use crate::{
    database::Database,
    parameters::{limit as most, signed_crc},
    stored_rows::{event_crc, recorded},
};

/// Lists debates, newest first.
pub(crate) async fn list(
    database: &Database,
    query: &ListQuery,
    limit: usize,
) -> Result<DebateList, LogError> {
    let (mut listed, mut query) = (DebateList::default(), query.clone());
    // Once, unless debates are damaged: others take their places.
    loop {
        let wanted = limit.saturating_sub(listed.debates.len());
        let (select, parameters) = select(database.lease_time(), &query, wanted);
        let parameters: Vec<&(dyn ToSql + Sync)> =
            parameters.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect();
        let rows = database.read(&select, &parameters).await?;
        for row in &rows {
            let id = row.try_get(0).map_err(|error| database.damaged(error.to_string()))?;
            let id = DebateId::from_uuid(id);
            query.before = Some(id);
            match summary(id, row) {
                Ok(summary) => listed.debates.push(summary),
                Err(what) => listed.damage.push(Damage { debate: Some(id), what }),
            }
        }
        if rows.len() < wanted || listed.debates.len() >= limit {
            return Ok(listed);
        }
    }
}

type Parameter = Box<dyn ToSql + Sync + Send>;

fn select(lease_time: Option<i64>, query: &ListQuery, limit: usize) -> (String, Vec<Parameter>) {
    let mut select = "SELECT d.id, d.last_seq, d.status_seq, d.updated_at, d.epoch, w.name, \
         f.event_id, f.body, f.crc, s.event_id, s.body, s.crc \
         FROM debates d \
         LEFT JOIN events f ON f.debate_id = d.id AND f.seq = 1 \
         LEFT JOIN events s ON s.debate_id = d.id AND s.seq = d.status_seq AND d.status_seq > 1 \
         LEFT JOIN workers w ON w.lease = d.lease AND w.lease_until > lease_time($1) \
         WHERE NOT d.purged AND d.last_seq > 0"
        .to_owned();
    let mut parameters: Vec<Parameter> = vec![Box::new(lease_time)];
    match query.which {
        Which::All => {}
        Which::Unfinished => select.push_str(" AND NOT d.finished"),
        Which::Finished => select.push_str(" AND d.finished"),
    }
    let mut filter = |before: &str, value: Parameter, after: &str| {
        parameters.push(value);
        select.push_str(&format!(" {before}${}{after}", parameters.len()));
    };
    if let Some(topic) = &query.topic {
        let topic = topic.to_lowercase().into_bytes();
        filter("AND position(", Box::new(topic), "::bytea IN d.topic) > 0");
    }
    if let Some(from) = query.from {
        filter("AND d.id >= ", Box::new(*from.as_uuid()), "");
    }
    if let Some(before) = query.before {
        filter("AND d.id < ", Box::new(*before.as_uuid()), "");
    }
    filter("ORDER BY d.id DESC LIMIT ", Box::new(most(limit)), "");
    (select, parameters)
}

fn summary(id: DebateId, row: &Row) -> Result<Summary, String> {
    let failed = |error: tokio_postgres::Error| error.to_string();
    let number = |column| row.try_get::<_, i64>(column).map(i64::unsigned_abs).map_err(failed);
    // Its id, body and checksum are in three columns from this one on.
    let event = |column: usize, seq| -> Result<Arc<Recorded>, String> {
        let event_id = row.try_get::<_, Option<Uuid>>(column).map_err(failed)?;
        let event_id = event_id.ok_or_else(|| format!("event {seq} of debate {id} is missing"))?;
        let body = row.try_get::<_, &[u8]>(column + 1).map_err(failed)?;
        let crc = signed_crc(event_crc(id, seq, EventId::from_uuid(event_id), body));
        if row.try_get::<_, i32>(column + 2).map_err(failed)? != crc {
            return Err(format!("the checksum of event {seq} of debate {id} is wrong"));
        }
        recorded(id, seq, body)
    };
    let (first, status) = (event(6, 1)?, number(2)?);
    Ok(Summary {
        id,
        status_event: if status > 1 { event(9, status)? } else { Arc::clone(&first) },
        first,
        last: number(1)?,
        updated_at: Timestamp::from_unix_ms(row.try_get(3).map_err(failed)?),
        epoch: Epoch(number(4)?),
        worker: row.try_get::<_, Option<String>>(5).map_err(failed)?.map(Into::into),
    })
}
