use std::sync::Arc;

use synod_domain::{DebateId, Recorded};
use thiserror::Error;

use super::{ExportedDebate, json};
use crate::{
    Batch, Claim, EventId, EventLog, IdempotencyKey, LogError, Worker, append_once, create_once,
};

/// What an import did with a debate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// The debate is new here.
    New,
    /// The store had the beginning of the debate, and has all of it now.
    Extended {
        /// The last event that it had.
        from: u64,
    },
    /// The store had the whole debate.
    Known {
        /// How many later events it has.
        newer: u64,
    },
}

/// Errors returned by [`import`].
#[derive(Debug, Error)]
pub enum ImportError {
    /// The store has other events under the id of the debate.
    #[error("debate {id} is kept here with other events from event {seq} on")]
    OtherEvents {
        /// The debate.
        id: DebateId,
        /// The first event that differs.
        seq: u64,
    },
    /// The debate was deleted here, and its id is never used again.
    #[error("debate {0} was deleted here, and a deleted debate cannot be imported again")]
    Deleted(DebateId),
    /// A process drives the debate, so that no events may be added.
    #[error("debate {0} is driven by a running process; stop it there first")]
    Driven(DebateId),
    /// The store failed.
    #[error(transparent)]
    Log(#[from] LogError),
}

impl ExportedDebate {
    /// Compares the debate with the one that a store has, without writing anything. Returns the number of
    /// events that the store has, 0 if it has no such debate.
    ///
    /// # Errors
    /// [`ImportError`] if the debate cannot be imported.
    pub async fn known_events(&self, log: &dyn EventLog) -> Result<u64, ImportError> {
        let known = match Self::read(log, self.id).await {
            Ok(known) => known,
            Err(LogError::UnknownDebate(_)) => return Ok(0),
            Err(LogError::Purged(id)) => return Err(ImportError::Deleted(id)),
            Err(error) => return Err(error.into()),
        };
        let pairs = self.events.iter().zip(&known.events);
        let other = (1..).zip(pairs).find(|(_, (ours, theirs))| ours != theirs);
        match other {
            Some((seq, _)) => Err(ImportError::OtherEvents { id: self.id, seq }),
            None => Ok(known.events.len() as u64),
        }
    }
}

/// Adds a debate to a store, or the events that the store does not have yet.
///
/// The first event is written alone, so that the debate has not started for other processes, and the rest
/// under a claim of `worker`, which must be registered with
/// [`Takeover::OnRequest`](crate::Takeover::OnRequest): no other process drives the debate before it is
/// complete. After a crash, another import of the debate writes the rest.
///
/// # Errors
/// [`ImportError`]
pub async fn import(
    log: &dyn EventLog,
    worker: &Worker,
    debate: &ExportedDebate,
) -> Result<Imported, ImportError> {
    let (id, all) = (debate.id, debate.events.len() as u64);
    let known = debate.known_events(log).await?;
    if known >= all {
        return Ok(Imported::Known { newer: known - all });
    }
    let mut written = known;
    if written == 0 {
        let first = Batch::copied(id, 0, debate.events[..1].to_vec())?;
        let no_key: Option<&IdempotencyKey> = None;
        create_once(log, &first, no_key).await?;
        written = 1;
    }
    let done = if known == 0 { Imported::New } else { Imported::Extended { from: known } };
    if written == all {
        return Ok(done);
    }
    let claim = log.claim(id, worker).await?.ok_or(ImportError::Driven(id))?;
    let rest = &debate.events[usize::try_from(written).unwrap_or(usize::MAX)..];
    let appended = append_rest(log, &claim, written, rest).await;
    let released = log.release(&claim).await;
    appended?;
    released?;
    Ok(done)
}

async fn append_rest(
    log: &dyn EventLog,
    claim: &Claim,
    mut written: u64,
    mut rest: &[(EventId, Arc<Recorded>)],
) -> Result<(), LogError> {
    while !rest.is_empty() {
        let (now, later) = rest.split_at(batch_length(rest));
        let batch = Batch::copied(claim.id, written, now.to_vec())?;
        written = append_once(log, &batch, Some(claim.epoch)).await?;
        rest = later;
    }
    Ok(())
}

/// How many events fit in a batch, at least one.
fn batch_length(events: &[(EventId, Arc<Recorded>)]) -> usize {
    let mut bytes = 0;
    let fits = |(_, recorded): &&(EventId, Arc<Recorded>)| {
        bytes += json(recorded).len();
        bytes <= Batch::MOST_BYTES
    };
    events.iter().take(Batch::MOST_EVENTS).take_while(fits).count().max(1)
}
