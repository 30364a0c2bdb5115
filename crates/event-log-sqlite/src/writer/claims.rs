use std::{collections::HashSet, time::Duration};

use rusqlite::{Row, params};
use std::sync::Arc;
use synod_domain::DebateId;
use synod_event_log::{Claim, LogError, Renewal, Worker};

use super::{context::WriteContext, job::Write, write_error::WriteError};
use crate::{
    debate_row::{COLUMNS, DebateRow, damage},
    left_debates::left_debates,
    row::UuidBlob,
};

pub(crate) struct Register {
    pub(crate) worker: Worker,
    pub(crate) lease: Duration,
}

impl Write for Register {
    type Output = ();

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<(), WriteError> {
        let earlier = context.worker(self.worker.name())?;
        context.hold(&self.worker)?;
        context.leases.grant(context.db, &self.worker, self.lease)?;
        let earlier = earlier.map(|row| row.incarnation);
        context.effects.ended.extend(earlier.filter(|id| id != self.worker.incarnation()));
        context.forget_ended_workers()
    }
}

pub(crate) struct Renew {
    pub(crate) worker: Worker,
    pub(crate) lease: Duration,
}

impl Write for Renew {
    type Output = Renewal;

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<Renewal, WriteError> {
        let incarnation = *self.worker.incarnation();
        let row = context.worker(self.worker.name())?;
        if row.is_some_and(|row| row.incarnation != incarnation) {
            return Err(lease_lost(&self.worker));
        }
        let has_expired = !context.has_lease(&self.worker)?;
        context.hold(&self.worker)?;
        if has_expired {
            let select =
                format!("SELECT {COLUMNS} FROM debates WHERE held = 1 AND incarnation = ?1");
            for mut row in rows(context, &select, params![UuidBlob(incarnation)])? {
                row.release();
                row.update(context.db)?;
            }
        }
        context.leases.grant(context.db, &self.worker, self.lease)?;
        Ok(if has_expired { Renewal::Restarted } else { Renewal::Continued })
    }
}

pub(crate) struct Deregister {
    pub(crate) worker: Worker,
}

impl Write for Deregister {
    type Output = ();

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<(), WriteError> {
        let incarnation = *self.worker.incarnation();
        let mut statement = context
            .db
            .prepare_cached("DELETE FROM workers WHERE name = ?1 AND incarnation = ?2")?;
        statement.execute(params![self.worker.name(), UuidBlob(incarnation)])?;
        context.effects.ended.insert(incarnation);
        Ok(())
    }
}

pub(crate) struct ClaimDebate {
    pub(crate) id: DebateId,
    pub(crate) worker: Worker,
}

impl Write for ClaimDebate {
    type Output = Option<Claim>;

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<Option<Claim>, WriteError> {
        check_lease(context, &self.worker)?;
        let mut row = context.debate(self.id)?;
        let is_others = match &row.worker {
            Some(last) => last.incarnation != *self.worker.incarnation() && context.holds(last)?,
            None => false,
        };
        if row.is_finished || is_others {
            return Ok(None);
        }
        let claim = row.grant(&self.worker);
        row.update(context.db)?;
        Ok(Some(claim))
    }
}

pub(crate) struct TakeOver {
    pub(crate) worker: Worker,
    pub(crate) except: HashSet<DebateId>,
    pub(crate) limit: usize,
}

impl Write for TakeOver {
    type Output = Vec<Claim>;

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<Vec<Claim>, WriteError> {
        check_lease(context, &self.worker)?;
        let live = context.live()?;
        let is_excepted = |id: &DebateId| self.except.contains(id);
        let left = left_debates(context.db, &live, is_excepted, self.limit, context.reported);
        let mut claims = Vec::new();
        for mut row in left.map_err(|error| context.row_error(error))? {
            claims.push(row.grant(&self.worker));
            row.update(context.db)?;
        }
        Ok(claims)
    }
}

pub(crate) struct Release(pub(crate) Claim);

impl Write for Release {
    type Output = ();

    fn apply(&self, context: &mut WriteContext<'_>) -> Result<(), WriteError> {
        let mut row = context.debate(self.0.id)?;
        if row.epoch == self.0.epoch {
            row.release();
            row.update(context.db)?;
        }
        Ok(())
    }
}

fn check_lease(context: &WriteContext<'_>, worker: &Worker) -> Result<(), WriteError> {
    if context.has_lease(worker)? { Ok(()) } else { Err(lease_lost(worker)) }
}

fn lease_lost(worker: &Worker) -> WriteError {
    LogError::LeaseLost { worker: Arc::clone(worker.name()) }.into()
}

fn rows(
    context: &WriteContext<'_>,
    select: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<DebateRow>, WriteError> {
    let mut statement = context.db.prepare_cached(select)?;
    let mut found = statement.query(params)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.extend(unless_damaged(context, row)?);
    }
    Ok(rows)
}

/// Reads the row of a debate. A damaged one is reported, and must not keep the others of a worker from being
/// driven.
fn unless_damaged(
    context: &WriteContext<'_>,
    row: &Row<'_>,
) -> Result<Option<DebateRow>, WriteError> {
    match DebateRow::read(row) {
        Ok(row) => Ok(Some(row)),
        Err(error) => {
            let damage = damage(row, error).map_err(|error| context.row_error(error))?;
            context.reported.report(&damage);
            Ok(None)
        }
    }
}
