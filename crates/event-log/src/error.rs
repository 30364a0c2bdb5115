use std::{error::Error, path::Path, sync::Arc};

use synod_domain::DebateId;
use thiserror::Error;

use crate::Epoch;

/// Errors returned by an event log. Nothing was written, except possibly after
/// [`Unknown`](LogError::Unknown).
#[derive(Clone, Debug, Error)]
pub enum LogError {
    /// The log has events after the last one that the writer expected.
    #[error("another write came first; the last event is {last}")]
    Conflict {
        /// The last sequence number.
        last: u64,
        /// The current epoch.
        epoch: Epoch,
    },
    /// Another process has claimed the debate.
    #[error("the debate is owned by another process since epoch {}", .epoch.0)]
    Fenced {
        /// The current epoch.
        epoch: Epoch,
    },
    /// The process has no lease, so that it holds no debates and cannot claim any.
    #[error("the process {worker} has no lease: it expired, or another process has taken its name")]
    LeaseLost {
        /// The name of the process.
        worker: Arc<str>,
    },
    /// A process drives the debate, so that it is not deleted.
    #[error("debate {id} is driven by the process {worker}; stop the debate there first")]
    Held {
        /// The debate.
        id: DebateId,
        /// The name of the process.
        worker: Arc<str>,
    },
    /// The store did not answer in time: the events may have been written, or may still be.
    #[error("the store did not confirm the write; the events may have been written")]
    Unknown {
        /// The cause.
        #[source]
        source: Cause,
    },
    /// The store has no space left.
    #[error("the store is full; free some disk space")]
    Full,
    /// Too little disk space is left for a debate to begin or to continue.
    #[error(
        "the disk has {} MiB of free space; debates need {} MiB to begin or continue; free some space",
        .free_bytes >> 20,
        .needed_bytes >> 20
    )]
    LowSpace {
        /// The directory of the store, which clients should not see.
        dir: Arc<Path>,
        /// The free space, in bytes.
        free_bytes: u64,
        /// The space that must be free, in bytes.
        needed_bytes: u64,
    },
    /// An event or a batch exceeds a limit of the log.
    #[error("{what} is too large: {size} (limit {most})")]
    TooLarge {
        /// The measured item and its unit.
        what: &'static str,
        /// Its size.
        size: usize,
        /// The limit.
        most: usize,
    },
    /// The log has no debate with this id.
    #[error("there is no debate {0}")]
    UnknownDebate(DebateId),
    /// The debate was deleted.
    #[error("debate {0} was deleted")]
    Purged(DebateId),
    /// The idempotency key was used with a different request before.
    #[error("this idempotency key was used with a different request; use a new key")]
    KeyReused,
    /// What the store holds is not what was written. Another attempt reads the same.
    #[error(transparent)]
    Damaged(Cause),
    /// The store is unavailable.
    #[error("the event store is unavailable")]
    Unavailable {
        /// The cause.
        #[source]
        source: Cause,
    },
}

/// The cause of a failure, as the store reported it.
pub type Cause = Arc<dyn Error + Send + Sync>;
