use synod_domain::{DebateId, Recorded};
use thiserror::Error;

use super::ExportedDebate;
use crate::{Batch, EventLog, LogError, Worker};

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
    /// The events are not those of one debate in their order. [`ExportReader`](super::ExportReader) reads none
    /// such.
    #[error("debate {id} lacks event {seq}, or has another event in its place")]
    NoLog {
        /// The debate.
        id: DebateId,
        /// The number of the event.
        seq: u64,
    },
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
        self.check_order()?;
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

    /// The fields are public, so that the events may be any.
    fn check_order(&self) -> Result<(), ImportError> {
        let id = self.id;
        let is_in_place =
            |seq, recorded: &Recorded| recorded.seq == seq && recorded.debate_id == id;
        let mut events = (1..).zip(&self.events);
        let wrong = events.find(|(seq, (_, recorded))| !is_in_place(*seq, recorded));
        match wrong.map(|(seq, _)| seq).or(self.events.is_empty().then_some(1)) {
            Some(seq) => Err(ImportError::NoLog { id, seq }),
            None => Ok(()),
        }
    }
}

/// Adds a debate to a store, or the events that the store does not have yet, in one step: other processes
/// see the whole debate or none of it. No other process drives it before it is asked to, if `worker` has
/// [`Takeover::OnRequest`](crate::Takeover::OnRequest).
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
    let rest = debate.events.get(usize::try_from(known).unwrap_or(usize::MAX)..);
    let rest = Batch::copied(id, known, rest.unwrap_or_default().to_vec())?;
    match log.import(&rest, worker).await {
        Ok(Some(_)) if known == 0 => Ok(Imported::New),
        Ok(Some(_)) => Ok(Imported::Extended { from: known }),
        Ok(None) => Err(ImportError::Driven(id)),
        // It has ended here, or has other events by now.
        Err(LogError::Conflict { .. }) => Err(ImportError::OtherEvents { id, seq: known + 1 }),
        Err(LogError::Purged(id)) => Err(ImportError::Deleted(id)),
        Err(error) => Err(error.into()),
    }
}
