use synod_event_log::LogError;

/// Errors returned by a write within a transaction.
pub(crate) enum WriteError {
    /// The write is refused, and the transaction is as before.
    Refused(LogError),
    /// The transaction is to be rolled back.
    Failed(rusqlite::Error),
}

impl From<LogError> for WriteError {
    fn from(error: LogError) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}
