use std::sync::Arc;

use rusqlite::{Connection, Row, params};
use synod_domain::{DebateId, Event, Recorded, Timestamp};
use synod_event_log::{Batch, ChainHash, Epoch, EventId, Stored, Summary};

use crate::row::{RowError, Unsigned, UuidBlob};

/// A batch as it is written.
pub(crate) struct EncodedBatch {
    pub(crate) id: DebateId,
    /// The sequence number that the batch follows.
    pub(crate) expected: u64,
    pub(crate) events: Vec<EncodedEvent>,
}

/// An event as it is written, and what its debate's row takes from it.
pub(crate) struct EncodedEvent {
    pub(crate) seq: u64,
    pub(crate) event_id: EventId,
    pub(crate) at: Timestamp,
    pub(crate) sets_status: bool,
    pub(crate) closes: bool,
    /// Whether calls follow.
    pub(crate) begins_calls: bool,
    /// The envelope as JSON.
    pub(crate) body: Vec<u8>,
}

impl EncodedBatch {
    /// # Errors
    /// Those of `serde_json`; events are maps with string keys, which have none.
    pub(crate) fn new(batch: &Batch) -> serde_json::Result<Self> {
        let encode = |(event_id, recorded): &(EventId, Arc<Recorded>)| {
            Ok(EncodedEvent {
                seq: recorded.seq,
                event_id: *event_id,
                at: recorded.at,
                sets_status: Summary::sets_status(&recorded.event),
                closes: matches!(recorded.event, Event::DebateClosed(_)),
                begins_calls: matches!(
                    recorded.event,
                    Event::DebateStarted | Event::DebateResumed(_)
                ),
                body: serde_json::to_vec(&**recorded)?,
            })
        };
        let events = batch.events().iter().map(encode).collect::<serde_json::Result<_>>()?;
        Ok(Self { id: batch.debate_id(), expected: batch.expected(), events })
    }
}

impl EncodedEvent {
    pub(crate) fn insert(
        &self,
        db: &Connection,
        id: DebateId,
        epoch: Epoch,
        hash: ChainHash,
    ) -> rusqlite::Result<()> {
        let mut statement = db.prepare_cached(
            "INSERT INTO events (debate_id, seq, event_id, epoch, body, crc, hash) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        statement.execute(params![
            UuidBlob::debate(id),
            Unsigned(self.seq),
            UuidBlob(*self.event_id.as_uuid()),
            Unsigned(epoch.0),
            self.body,
            crc(id, self.seq, self.event_id, epoch, &self.body, &hash),
            hash.as_bytes(),
        ])?;
        Ok(())
    }
}

/// An event as it is stored, with its hash.
pub(crate) struct EventRow {
    pub(crate) seq: u64,
    pub(crate) event_id: EventId,
    pub(crate) epoch: Epoch,
    pub(crate) body: Vec<u8>,
    pub(crate) hash: ChainHash,
}

impl EventRow {
    /// Reads the events of a debate, at most `limit` from `from` on, and checks that there are no gaps and
    /// that the log ends with `last`.
    pub(crate) fn page(
        db: &Connection,
        id: DebateId,
        from: u64,
        limit: usize,
        last: u64,
    ) -> Result<Vec<Self>, RowError> {
        let from = from.max(1);
        let mut statement = db.prepare_cached(
            "SELECT seq, event_id, epoch, body, crc, hash FROM events \
             WHERE debate_id = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3",
        )?;
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let mut rows =
            statement.query(params![UuidBlob::debate(id), Unsigned(from), Unsigned(limit)])?;
        let (mut events, mut next) = (Vec::new(), from);
        while let Some(row) = rows.next()? {
            let event = Self::read(row, id)?;
            if event.seq != next || next > last {
                let found = event.seq;
                return Err(RowError::Damaged(format!(
                    "debate {id} has event {found} where event {next} of {last} is due"
                )));
            }
            events.push(event);
            next += 1;
        }
        if next.saturating_sub(from) < limit && next <= last {
            return Err(RowError::Damaged(format!(
                "event {next} of {last} of debate {id} is missing"
            )));
        }
        Ok(events)
    }

    /// Reads the columns seq, event_id, epoch, body, crc and hash.
    fn read(row: &Row<'_>, id: DebateId) -> Result<Self, RowError> {
        let event = Self {
            seq: row.get::<_, Unsigned>(0)?.0,
            event_id: EventId::from_uuid(row.get::<_, UuidBlob>(1)?.0),
            epoch: Epoch(row.get::<_, Unsigned>(2)?.0),
            body: row.get(3)?,
            hash: ChainHash::from_bytes(row.get(5)?),
        };
        let Self { seq, event_id, epoch, body, hash } = &event;
        if crc(id, *seq, *event_id, *epoch, body, hash) == row.get::<_, u32>(4)? {
            Ok(event)
        } else {
            Err(RowError::Damaged(format!("the checksum of event {seq} of debate {id} is wrong")))
        }
    }

    pub(crate) fn stored(&self, id: DebateId) -> Result<Stored, RowError> {
        let seq = self.seq;
        let damaged =
            |what: String| RowError::Damaged(format!("event {seq} of debate {id} {what}"));
        let recorded: Recorded = serde_json::from_slice(&self.body)
            .map_err(|error| damaged(format!("cannot be read: {error}")))?;
        if recorded.seq != seq || recorded.debate_id != id {
            return Err(damaged("is another event".to_owned()));
        }
        Ok(Stored { event_id: self.event_id, epoch: self.epoch, recorded: Arc::new(recorded) })
    }
}

/// Reads one event of a debate.
pub(crate) fn event(db: &Connection, id: DebateId, seq: u64) -> Result<Stored, RowError> {
    let mut statement = db.prepare_cached(
        "SELECT seq, event_id, epoch, body, crc, hash FROM events WHERE debate_id = ?1 AND seq = ?2",
    )?;
    let mut rows = statement.query(params![UuidBlob::debate(id), Unsigned(seq)])?;
    match rows.next()? {
        Some(row) => EventRow::read(row, id)?.stored(id),
        None => Err(RowError::Damaged(format!("event {seq} of debate {id} is missing"))),
    }
}

/// The checksum of all columns of an event.
fn crc(
    id: DebateId,
    seq: u64,
    event_id: EventId,
    epoch: Epoch,
    body: &[u8],
    hash: &ChainHash,
) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(id.as_uuid().as_bytes());
    crc.update(&seq.to_be_bytes());
    crc.update(event_id.as_uuid().as_bytes());
    crc.update(&epoch.0.to_be_bytes());
    crc.update(hash.as_bytes());
    crc.update(body);
    crc.finalize()
}
