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
    /// Waits for the lock; `waits` is called once if another has it.
    pub(super) async fn acquire(path: &Path, waits: impl FnOnce()) -> io::Result<Self> {
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        let mut waits = Some(waits);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) => {
                    if let Some(tell) = waits.take() {
                        tell();
                    }
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }
}
