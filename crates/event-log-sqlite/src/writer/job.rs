use synod_event_log::LogError;
use tokio::sync::oneshot;

use super::{context::WriteContext, write_error::WriteError};
use crate::store_error::StoreError;

/// A write, as part of a transaction.
pub(crate) trait Write: Send + 'static {
    /// Its result.
    type Output: Send + 'static;

    /// Checks, then writes. It refuses before it writes anything, so that the rest of the transaction can
    /// be committed. It may be repeated after the transaction was rolled back.
    fn apply(&self, context: &mut WriteContext<'_>) -> Result<Self::Output, WriteError>;
}

/// A write with the place for its answer.
pub(super) struct Request<W: Write> {
    write: W,
    reply: oneshot::Sender<Result<W::Output, LogError>>,
    result: Option<Result<W::Output, LogError>>,
}

/// A [`Request`] of any kind.
pub(crate) trait Job: Send {
    /// Writes within the transaction, and keeps the answer.
    fn apply(&mut self, context: &mut WriteContext<'_>) -> rusqlite::Result<()>;

    /// Answers after the transaction, with `error` if it failed.
    fn answer(self: Box<Self>, error: Option<LogError>);
}

impl<W: Write> Request<W> {
    pub(super) fn new(write: W, reply: oneshot::Sender<Result<W::Output, LogError>>) -> Self {
        Self { write, reply, result: None }
    }
}

impl<W: Write> Job for Request<W> {
    fn apply(&mut self, context: &mut WriteContext<'_>) -> rusqlite::Result<()> {
        self.result = Some(match self.write.apply(context) {
            Ok(output) => Ok(output),
            Err(WriteError::Refused(error)) => Err(error),
            Err(WriteError::Failed(error)) => return Err(error),
        });
        Ok(())
    }

    fn answer(self: Box<Self>, error: Option<LogError>) {
        let result = match (error, self.result) {
            (Some(error), _) => Err(error),
            (None, Some(result)) => result,
            (None, None) => Err(StoreError::Closed.into()),
        };
        // A caller that no longer waits has no use for the answer.
        let _ = self.reply.send(result);
    }
}
