//! Events as they are read.

use std::sync::Arc;

use synod_domain::{DebateId, Recorded};
use synod_event_log::{ChainHash, Epoch, EventId, LogError, Stored};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    database::Database,
    parameters::{limit as most, signed, signed_crc},
};

/// The most events that one statement reads: a long one would keep the server from cleaning up.
const PAGE: usize = 512;

/// Selects a debate and a page of its events in one snapshot.
const SELECT: &str = "SELECT e.seq, e.event_id, e.epoch, e.body, e.crc, e.hash, d.last_seq, d.purged \
     FROM debates d LEFT JOIN LATERAL (SELECT * FROM events WHERE debate_id = d.id AND seq >= $2 \
     ORDER BY seq LIMIT $3) e ON true WHERE d.id = $1 ORDER BY e.seq";

/// An event as it is stored, with its hash.
pub(crate) struct StoredRow {
    pub(crate) seq: u64,
    pub(crate) event_id: EventId,
    pub(crate) epoch: Epoch,
    pub(crate) body: Vec<u8>,
    pub(crate) hash: Option<ChainHash>,
}

/// Reads the events of a debate, at most `limit` from number `from` on.
pub(crate) async fn read_events(
    database: &Database,
    id: DebateId,
    from: u64,
    limit: usize,
) -> Result<Vec<Stored>, LogError> {
    let (mut events, mut from) = (Vec::new(), from.max(1));
    loop {
        let ask = (limit - events.len()).min(PAGE);
        let page = read_page(database, id, from, ask).await?;
        let is_last = page.len() < ask || ask == 0;
        from = from.saturating_add(page.len() as u64);
        for row in &page {
            events.push(row.stored(id).map_err(|what| database.damaged(what))?);
        }
        if is_last || events.len() == limit {
            return Ok(events);
        }
    }
}

/// Reads a page of events, and checks that there are no gaps and that the log ends with the debate's last one.
pub(crate) async fn read_page(
    database: &Database,
    id: DebateId,
    from: u64,
    limit: usize,
) -> Result<Vec<StoredRow>, LogError> {
    let parameters = (id.as_uuid(), signed(from), most(limit));
    let rows = database.read(SELECT, &[parameters.0, &parameters.1, &parameters.2]).await?;
    let Some(first) = rows.first() else { return Err(unknown(database, id).await) };
    let damaged = |error: tokio_postgres::Error| database.damaged(format!("debate {id}: {error}"));
    if first.try_get(7).map_err(damaged)? {
        return Err(LogError::Purged(id));
    }
    let last = first.try_get::<_, i64>(6).map_err(damaged)?.unsigned_abs();
    let (mut page, mut next) = (Vec::with_capacity(rows.len()), from);
    for row in &rows {
        // A debate without such events is one row.
        let Some(seq) = row.try_get::<_, Option<i64>>(0).map_err(damaged)? else { break };
        let seq = seq.unsigned_abs();
        if seq != next || next > last {
            let what = format!("debate {id} has event {seq} where event {next} of {last} is due");
            return Err(database.damaged(what));
        }
        page.push(StoredRow::read(row, id, seq).map_err(|what| database.damaged(what))?);
        next += 1;
    }
    if page.len() < limit && next <= last {
        return Err(database.damaged(format!("event {next} of {last} of debate {id} is missing")));
    }
    Ok(page)
}

/// What it means that a debate has no row.
async fn unknown(database: &Database, id: DebateId) -> LogError {
    let select = "SELECT FROM events WHERE debate_id = $1 LIMIT 1";
    match database.read(select, &[id.as_uuid()]).await {
        Ok(events) if events.is_empty() => LogError::UnknownDebate(id),
        Ok(_) => database.damaged(format!("the row of debate {id} is missing")),
        Err(error) => error.into(),
    }
}

impl StoredRow {
    fn read(row: &Row, id: DebateId, seq: u64) -> Result<Self, String> {
        let failed = |error: tokio_postgres::Error| format!("event {seq} of debate {id}: {error}");
        let hash = row.try_get::<_, &[u8]>(5).map_err(failed)?;
        let event = Self {
            seq,
            event_id: EventId::from_uuid(row.try_get::<_, Uuid>(1).map_err(failed)?),
            epoch: Epoch(row.try_get::<_, i64>(2).map_err(failed)?.unsigned_abs()),
            body: row.try_get(3).map_err(failed)?,
            hash: hash.try_into().ok().map(ChainHash::from_bytes),
        };
        let crc = row.try_get::<_, i32>(4).map_err(failed)?;
        if crc == signed_crc(event_crc(id, seq, event.event_id, &event.body)) {
            Ok(event)
        } else {
            Err(format!("the checksum of event {seq} of debate {id} is wrong"))
        }
    }

    pub(crate) fn stored(&self, id: DebateId) -> Result<Stored, String> {
        let recorded = recorded(id, self.seq, &self.body)?;
        Ok(Stored { event_id: self.event_id, epoch: self.epoch, recorded })
    }
}

/// Reads the envelope of an event.
pub(crate) fn recorded(id: DebateId, seq: u64, body: &[u8]) -> Result<Arc<Recorded>, String> {
    let recorded: Recorded = serde_json::from_slice(body)
        .map_err(|error| format!("event {seq} of debate {id} cannot be read: {error}"))?;
    if recorded.seq != seq || recorded.debate_id != id {
        return Err(format!("event {seq} of debate {id} is another event"));
    }
    Ok(Arc::new(recorded))
}

/// The checksum of an event, of what its writer knows before it is written.
pub(crate) fn event_crc(id: DebateId, seq: u64, event_id: EventId, body: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(id.as_uuid().as_bytes());
    crc.update(&seq.to_be_bytes());
    crc.update(event_id.as_uuid().as_bytes());
    crc.update(body);
    crc.finalize()
}
