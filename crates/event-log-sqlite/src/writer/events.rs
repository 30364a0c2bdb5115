use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use synod_domain::DebateId;
use synod_event_log::{Created, Epoch, IdempotencyKey, LogError, Worker};

use super::{context::WriteContext, job::Write, write_error::WriteError};
use crate::{
    debate_row::DebateRow,
    event_row::EncodedBatch,
    row::{RowError, UuidBlob},
    watched::Growth,
};

pub(crate) struct Create {
    pub(crate) batch: EncodedBatch,
    pub(crate) key: Option<IdempotencyKey>,
    /// In lower case, if the first event has one.
    pub(crate) topic: Option<String>,
}

impl Write for Create {
    type Output = Created;

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<Created, WriteError> {
        let id = self.batch.id;
        if let Some(key) = &self.key {
            let found = find_key(context.db, key).map_err(|error| context.row_error(error))?;
            if let Some(existing) = found? {
                return Ok(Created::Existing(existing));
            }
        }
        match context.debate(id) {
            Ok(DebateRow { last, epoch, .. }) => {
                return Err(LogError::Conflict { last, epoch }.into());
            }
            Err(WriteError::Refused(LogError::UnknownDebate(_))) => {}
            Err(error) => return Err(error),
        }
        if self.batch.expected != 0 {
            return Err(LogError::Conflict { last: 0, epoch: Epoch(0) }.into());
        }
        context.check_space()?;
        let mut row = DebateRow::new(id);
        row.topic.clone_from(&self.topic);
        write_events(context, &mut row, &self.batch)?;
        row.insert(context.db)?;
        if let Some(key) = &self.key {
            let mut statement = context
                .db
                .prepare_cached("INSERT INTO keys (key, request, debate_id) VALUES (?1, ?2, ?3)")?;
            statement.execute(params![key.key(), key.request(), UuidBlob::debate(id)])?;
        }
        Ok(Created::New(id))
    }
}

/// Returns the debate that a request with this key created, or [`LogError::KeyReused`].
pub(crate) fn find_key(
    db: &Connection,
    key: &IdempotencyKey,
) -> Result<Result<Option<DebateId>, LogError>, RowError> {
    let mut statement = db.prepare_cached("SELECT request, debate_id FROM keys WHERE key = ?1")?;
    let found = statement
        .query_row([key.key()], |row| Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, UuidBlob>(1)?)));
    Ok(match found.optional()? {
        Some((request, _)) if request != *key.request() => Err(LogError::KeyReused),
        Some((_, id)) => Ok(Some(DebateId::from_uuid(id.0))),
        None => Ok(None),
    })
}

pub(crate) struct Append {
    pub(crate) batch: EncodedBatch,
    pub(crate) epoch: Option<Epoch>,
}

impl Write for Append {
    type Output = u64;

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<u64, WriteError> {
        let mut row = context.debate(self.batch.id)?;
        if self.epoch.is_some_and(|epoch| epoch != row.epoch) {
            return Err(LogError::Fenced { epoch: row.epoch }.into());
        }
        if self.batch.expected != row.last {
            return Err(LogError::Conflict { last: row.last, epoch: row.epoch }.into());
        }
        if self.batch.events.iter().any(|event| event.begins_calls) {
            context.check_space()?;
        }
        write_events(context, &mut row, &self.batch)?;
        row.update(context.db)?;
        Ok(row.last)
    }
}

pub(crate) struct Import {
    pub(crate) batch: EncodedBatch,
    pub(crate) worker: Worker,
    /// In lower case, if the first event of the batch has one.
    pub(crate) topic: Option<String>,
}

impl Write for Import {
    type Output = Option<u64>;

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<Option<u64>, WriteError> {
        let id = self.batch.id;
        let mut row = match context.debate(id) {
            Err(WriteError::Refused(LogError::UnknownDebate(_))) => {
                context.check_space()?;
                DebateRow::new(id)
            }
            known => known?,
        };
        if let Some(last) = &row.worker
            && context.holds(last)?
        {
            return Ok(None);
        }
        if self.batch.expected != row.last || row.is_finished {
            return Err(LogError::Conflict { last: row.last, epoch: row.epoch }.into());
        }
        let is_new = row.last == 0;
        if is_new {
            row.topic.clone_from(&self.topic);
        }
        row.grant(&self.worker);
        row.release();
        write_events(context, &mut row, &self.batch)?;
        if is_new {
            row.insert(context.db)?;
        } else {
            row.update(context.db)?;
        }
        Ok(Some(row.last))
    }
}

/// Inserts the events, and brings the row of their debate up to date.
fn write_events(
    context: &mut WriteContext<'_>,
    row: &mut DebateRow,
    batch: &EncodedBatch,
) -> rusqlite::Result<()> {
    for event in &batch.events {
        row.hash = row.hash.next(event.event_id, &event.body);
        event.insert(context.db, row.id, row.epoch, row.hash)?;
        (row.last, row.updated_at, row.is_finished) = (event.seq, event.at, event.closes);
        if event.sets_status {
            row.status = event.seq;
        }
    }
    context.effects.grown.push((row.id, Growth::To(row.last)));
    Ok(())
}

pub(crate) struct Purge {
    pub(crate) id: DebateId,
    /// Whether an unfinished debate that a worker holds is deleted, too.
    pub(crate) even_if_held: bool,
}

impl Write for Purge {
    type Output = ();

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<(), WriteError> {
        let id = self.id;
        let epoch = match DebateRow::load(context.db, id) {
            Ok(None) => return Err(LogError::UnknownDebate(id).into()),
            Ok(Some(row)) if row.is_purged => return Ok(()),
            Ok(Some(row)) => {
                if !self.even_if_held
                    && !row.is_finished
                    && let Some(last) = &row.worker
                    && context.holds(last)?
                {
                    return Err(LogError::Held { id, worker: Arc::clone(&last.name) }.into());
                }
                row.epoch
            }
            // A damaged debate can be deleted.
            Err(RowError::Damaged(_)) => Epoch(0),
            Err(error) => return Err(context.row_error(error)),
        };
        let key = UuidBlob::debate(id);
        context.db.execute("DELETE FROM events WHERE debate_id = ?1", [key])?;
        context.db.execute("DELETE FROM debates WHERE id = ?1", [key])?;
        let row = DebateRow { is_purged: true, is_finished: true, epoch, ..DebateRow::new(id) };
        row.insert(context.db)?;
        context.effects.grown.push((id, Growth::Purged));
        context.effects.has_purged = true;
        Ok(())
    }
}
