use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
    time::Duration,
};

/// The interval between attempts to take a lock.
const RETRY: Duration = Duration::from_millis(100);

/// The right to fetch, until it is dropped. The system releases it when the process dies, so a lock
/// file that is left behind has no effect and is never removed.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, unless another holder has it.
    pub(super) fn try_take(path: &Path) -> io::Result<Option<Self>> {
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Waits for the lock; `waits` is called once if another holder has it.
    pub(super) async fn take(path: &Path, waits: impl FnOnce()) -> io::Result<Self> {
        let mut waits = Some(waits);
        loop {
            if let Some(lock) = Self::try_take(path)? {
                return Ok(lock);
            }
            if let Some(notify) = waits.take() {
                notify();
            }
            tokio::time::sleep(RETRY).await;
        }
    }
}
