use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use uuid::Uuid;

use super::{DataDirectory, open_private, other_files::is_lock_file};
use crate::open_error::{io_error, no_space_or};
use crate::{
    holder::Holder,
    monotonic::{monotonic, since},
    open_error::StoreOpenError,
};

/// The extension of a lock file, and until the file is locked.
const LOCK: &str = "lock";
const NEW: &str = "new";

/// The lock of a process on the whole directory. The system releases it when the process ends.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    file: File,
    mode: LockMode,
}

/// How a process locks the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LockMode {
    /// With others.
    Shared,
    /// Alone.
    Exclusive {
        /// Why, for the message of others.
        purpose: &'static str,
    },
}

impl DirectoryLock {
    /// How long a process waits between two attempts.
    pub(crate) const PAUSE: Duration = Duration::from_millis(10);

    /// Waits at most `wait` for the lock.
    pub(crate) fn acquire(
        dir: &DataDirectory,
        mode: LockMode,
        wait: Duration,
    ) -> Result<Self, StoreOpenError> {
        let start = monotonic();
        loop {
            if let Some(lock) = Self::try_acquire(dir, mode)? {
                return Ok(lock);
            }
            if since(start) >= wait {
                return Err(locked(dir));
            }
            std::thread::sleep(Self::PAUSE);
        }
    }

    /// The lock of a process that only looks. Returns `None` without the file: then no process uses the
    /// directory.
    pub(crate) fn acquire_to_look(
        dir: &DataDirectory,
        wait: Duration,
    ) -> Result<Option<Self>, StoreOpenError> {
        // Nothing is created by a look.
        if !dir.lock().exists() {
            return Ok(None);
        }
        Self::acquire(dir, LockMode::Shared, wait).map(Some)
    }

    /// Returns `None` if another process has a lock that excludes this one.
    pub(crate) fn try_acquire(
        dir: &DataDirectory,
        mode: LockMode,
    ) -> Result<Option<Self>, StoreOpenError> {
        let path = dir.lock();
        let mut file = open_private(&path).map_err(|error| no_space_or(&path, error))?;
        let result = match mode {
            LockMode::Shared => file.try_lock_shared(),
            LockMode::Exclusive { .. } => file.try_lock(),
        };
        match result {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(io_error(&path, error)),
        }
        if let LockMode::Exclusive { purpose } = mode {
            let line = Holder::this(purpose).line();
            let written = file.set_len(0).and_then(|()| file.write_all(line.as_bytes()));
            written.map_err(|error| no_space_or(&path, error))?;
        }
        Ok(Some(Self { file, mode }))
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        if let LockMode::Exclusive { .. } = self.mode {
            // Nothing depends on the text: it is read only while the lock is held.
            let _ = self.file.set_len(0);
        }
        let _ = self.file.unlock();
    }
}

/// The error that names the processes with a lock.
pub(crate) fn locked(dir: &DataDirectory) -> StoreOpenError {
    // The text of a process that was killed while it had the directory for itself stays in the file.
    let is_exclusive = is_held(&dir.lock()).unwrap_or(true);
    let mut holders: Vec<_> =
        Holder::read(&dir.lock()).filter(|_| is_exclusive).into_iter().collect();
    if holders.is_empty() {
        holders = running(dir).unwrap_or_default();
    }
    StoreOpenError::Locked { path: dir.path().to_owned(), holders }
}

/// The processes that use the directory.
pub(crate) fn running(dir: &DataDirectory) -> io::Result<Vec<Holder>> {
    let mut holders = Vec::new();
    for path in lock_files(&dir.processes(), &[LOCK])? {
        if is_held(&path)? {
            holders.extend(Holder::read(&path));
        }
    }
    Ok(holders)
}

/// A lock file of this process, which the system unlocks when the process ends.
#[derive(Debug)]
pub(crate) struct HeldFile {
    id: Uuid,
    _file: File,
    path: PathBuf,
}

impl HeldFile {
    /// The file is locked before it has its name, so that others never find it unlocked.
    pub(crate) fn create(folder: &Path, id: &Uuid, purpose: &str) -> io::Result<Self> {
        let (new, path) = (folder.join(format!("{id}.{NEW}")), lock_file(folder, id));
        loop {
            let mut file = open_private(&new)?;
            file.lock()?;
            file.write_all(Holder::this(purpose).line().as_bytes())?;
            match fs::rename(&new, &path) {
                // Another process has removed it before it was locked, as one that a killed process left.
                Err(error) if error.kind() == ErrorKind::NotFound && folder.is_dir() => {}
                renamed => return renamed.map(|()| Self { id: *id, _file: file, path }),
            }
        }
    }

    /// The id of its process or worker.
    pub(crate) const fn id(&self) -> Uuid {
        self.id
    }
}

impl Drop for HeldFile {
    fn drop(&mut self) {
        // A file that stays is unlocked, and removed by the next process.
        let _ = fs::remove_file(&self.path);
    }
}

/// The path of the lock file of a process or a worker.
pub(crate) fn lock_file(folder: &Path, id: &Uuid) -> PathBuf {
    folder.join(format!("{id}.{LOCK}"))
}

/// Whether a process holds the lock file at this path.
pub(crate) fn is_held(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    // Shared, so that two processes that look at once do not take each other for the holder.
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Removes the lock files of processes that have ended, some before their file had its name.
pub(crate) fn remove_stale(folder: &Path) -> io::Result<()> {
    for path in lock_files(folder, &[LOCK, NEW])? {
        if !is_held(&path)? {
            remove(&path)?;
        }
    }
    Ok(())
}

pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The lock files with one of these extensions.
fn lock_files(folder: &Path, extensions: &[&str]) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        let is_wanted = |extension| extensions.iter().any(|wanted| extension == *wanted);
        if path.extension().is_some_and(is_wanted) && is_lock_file(name.as_ref()) {
            found.push(path);
        }
    }
    Ok(found)
}
