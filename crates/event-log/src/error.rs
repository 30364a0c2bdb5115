use std::{error::Error, sync::Arc};

use synod_domain::DebateId;
use thiserror::Error;

use crate::Epoch;

/// Why the log did not do it. Unless it says [`Unknown`](LogError::Unknown), nothing was written.
#[derive(Clone, Debug, Error)]
pub enum LogError {
    /// The log goes on after what the writer has seen.
    #[error("the debate has gone on to event {last}")]
    Conflict {
        /// The last sequence number.
        last: u64,
        /// The current epoch.
        epoch: Epoch,
    },
    /// Someone else has claimed the debate.
    #[error("the debate is owned by another process since epoch {}", .epoch.0)]
    Fenced {
        /// The current epoch.
        epoch: Epoch,
    },
    /// The store did not answer in time: the events may have been written, now or later.
    #[error("the store did not say whether the events were written")]
    Unknown {
        /// What went wrong.
        #[source]
        source: Cause,
    },
    /// The store has no room left.
    #[error("the store is full; free some disk space")]
    Full,
    /// An event or a batch exceeds what a store takes.
    #[error("{what} has {size}, and a log takes at most {most}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// Its size.
        size: usize,
        /// The limit.
        most: usize,
    },
    /// There is no such debate.
    #[error("there is no debate {0}")]
    UnknownDebate(DebateId),
    /// The debate was deleted.
    #[error("debate {0} was deleted")]
    Purged(DebateId),
    /// The idempotency key came with another request before.
    #[error("this idempotency key was used with another request; use a new one")]
    KeyReused,
    /// The store failed.
    #[error("the store cannot be used at the moment")]
    Unavailable {
        /// What went wrong.
        #[source]
        source: Cause,
    },
}

/// What a store says that went wrong.
pub type Cause = Arc<dyn Error + Send + Sync>;
