use synod_domain::DebateId;
use synod_event_log::{Summary, SummaryStatus};

use super::short_question;

/// A debate that the user has named.
#[derive(Clone, Debug)]
pub(crate) enum KeptDebate {
    /// It can be read, at least its beginning.
    Readable(Box<Summary>),
    /// It cannot be listed.
    Damaged {
        /// Its id.
        id: DebateId,
        /// What is wrong.
        what: String,
    },
}

impl KeptDebate {
    pub(crate) fn id(&self) -> DebateId {
        match self {
            Self::Readable(summary) => summary.id,
            Self::Damaged { id, .. } => *id,
        }
    }

    /// The process that drives it, if that is known. A debate that is over is held for a moment longer.
    pub(crate) fn driver(&self) -> Option<&str> {
        match self {
            Self::Readable(summary) if matches!(summary.status(), SummaryStatus::Closed(_)) => None,
            Self::Readable(summary) => summary.worker.as_deref(),
            Self::Damaged { .. } => None,
        }
    }

    /// The question, or that it is damaged.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Readable(summary) => short_question(summary),
            Self::Damaged { .. } => "damaged".to_owned(),
        }
    }
}
