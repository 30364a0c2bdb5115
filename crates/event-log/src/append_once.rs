use std::time::Duration;

use crate::{Batch, Created, Epoch, EventLog, IdempotencyKey, LogError};

/// Retries, and the pause before the first one. Each pause is twice the one before.
const RETRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// Appends a batch exactly once, even if the store does not confirm the write.
///
/// After [`LogError::Unknown`] the log is read at the position of the batch. If its first event is
/// there, the whole batch was written. If not, the same batch is appended again, up to six times
/// within about three seconds.
///
/// # Errors
/// Those of [`append`](EventLog::append); `Unknown` only after the last retry.
pub async fn append_once(
    log: &dyn EventLog,
    batch: &Batch,
    epoch: Option<Epoch>,
) -> Result<u64, LogError> {
    let mut result = log.append(batch, epoch).await;
    for retry in 0..RETRIES {
        let Err(LogError::Unknown { .. }) = result else { break };
        tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(retry)).await;
        result = match is_written(log, batch).await {
            Ok(true) => Ok(batch.last()),
            Ok(false) => log.append(batch, epoch).await,
            Err(error) => Err(error),
        };
        // The retry may conflict with the first attempt, written late.
        if let Err(LogError::Conflict { .. } | LogError::Fenced { .. }) = result
            && is_written(log, batch).await?
        {
            result = Ok(batch.last());
        }
    }
    result
}

/// Creates a debate exactly once, as [`append_once`] appends.
///
/// # Errors
/// Those of [`create`](EventLog::create); `Unknown` only after the last retry.
pub async fn create_once(
    log: &dyn EventLog,
    first: &Batch,
    key: Option<&IdempotencyKey>,
) -> Result<Created, LogError> {
    let id = first.debate_id();
    let mut result = log.create(first, key).await;
    for retry in 0..RETRIES {
        let Err(LogError::Unknown { .. }) = result else { break };
        tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(retry)).await;
        result = match log.create(first, key).await {
            Ok(Created::Existing(existing)) if existing == id => Ok(Created::New(id)),
            Err(LogError::Conflict { .. }) if is_written(log, first).await? => Ok(Created::New(id)),
            other => other,
        };
    }
    result
}

/// Returns whether the batch is in the log; [`LogError::Unknown`] if the store cannot be read.
async fn is_written(log: &dyn EventLog, batch: &Batch) -> Result<bool, LogError> {
    match log.read(batch.debate_id(), batch.expected() + 1, 1).await {
        Ok(found) => {
            let (stored, ours) = (found.first(), batch.events().first());
            Ok(stored.zip(ours).is_some_and(|(stored, (id, _))| stored.event_id == *id))
        }
        Err(LogError::Unavailable { source } | LogError::Damaged(source)) => {
            Err(LogError::Unknown { source })
        }
        Err(error) => Err(error),
    }
}
