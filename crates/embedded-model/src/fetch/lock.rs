use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
    time::Duration,
};

/// How often a lock that is held is tried again.
const RETRY: Duration = Duration::from_millis(100);

/// The right to fetch, held until dropped. The system takes it back when the process dies, so a
/// lock file that lies about means nothing and is never removed.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// The lock, unless another has it.
    pub(super) fn try_take(path: &Path) -> io::Result<Option<Self>> {
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Waits for the lock; `waits` is called once if another has it.
    pub(super) async fn take(path: &Path, waits: impl FnOnce()) -> io::Result<Self> {
        let mut waits = Some(waits);
        loop {
            if let Some(lock) = Self::try_take(path)? {
                return Ok(lock);
            }
            if let Some(tell) = waits.take() {
                tell();
            }
            tokio::time::sleep(RETRY).await;
        }
    }
}
