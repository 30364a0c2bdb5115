//! The data directory: its files, who may use it, and who does.

mod lock;
mod other_files;

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};

pub(crate) use self::lock::{
    DirectoryLock, HeldFile, LockMode, is_held, lock_file, locked, remove, remove_stale, running,
};
pub(crate) use self::other_files::{is_blank, is_debate};
use crate::{
    database_version::refuse_other_program,
    disk::Disk,
    folders::create_private_dirs,
    open_error::{StoreOpenError, io_error, no_space_or, not_writable},
};

/// The paths of a data directory.
#[derive(Clone, Debug)]
pub(crate) struct DataDirectory(PathBuf);

impl DataDirectory {
    /// The directory, without a look at it.
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Creates the directory if it is missing, and checks that this process may use it.
    pub(crate) fn prepare(
        path: &Path,
        disk: &dyn Disk,
        allow_network_fs: bool,
    ) -> Result<Self, StoreOpenError> {
        let dir = Self(path.to_owned());
        dir.check_links()?;
        match fs::metadata(path) {
            Ok(metadata) if !metadata.is_dir() => {
                return Err(StoreOpenError::IsFile { path: path.to_owned() });
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {
                create_private_dirs(path).map_err(|error| no_space_or(path, error))?;
            }
            Err(error) => {
                dir.check_owners()?;
                return Err(no_space_or(path, error));
            }
        }
        dir.check_owners()?;
        refuse_other_program(&dir.database())?;
        rustix::fs::access(path, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK)
            .map_err(|error| not_writable(path, error.into()))?;
        let network = disk.network_file_system(path).map_err(|error| io_error(path, error))?;
        if let (Some(file_system), false) = (network, allow_network_fs) {
            return Err(StoreOpenError::NetworkFileSystem { path: path.to_owned(), file_system });
        }
        dir.refuse_other_files()?;
        dir.make_private().map_err(|error| no_space_or(path, error))?;
        for folder in [dir.workers(), dir.processes(), dir.partials()] {
            create_private_dir(&folder)?;
        }
        Ok(dir)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("synod.db")
    }

    pub(crate) fn write_ahead_log(&self) -> PathBuf {
        self.0.join("synod.db-wal")
    }

    /// The index of the write-ahead log, which all processes that use the database share.
    pub(crate) fn shared_memory(&self) -> PathBuf {
        self.0.join("synod.db-shm")
    }

    pub(crate) fn backups(&self) -> PathBuf {
        self.0.join("backups")
    }

    pub(crate) fn reserve(&self) -> PathBuf {
        self.0.join("reserve")
    }

    /// The lock file that each process that uses the directory shares.
    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("LOCK")
    }

    /// The lock files of workers, by incarnation.
    pub(crate) fn workers(&self) -> PathBuf {
        self.0.join("workers")
    }

    /// A lock file for each process that uses the directory.
    pub(crate) fn processes(&self) -> PathBuf {
        self.0.join("processes")
    }

    /// The text so far of open calls, by debate.
    pub(crate) fn partials(&self) -> PathBuf {
        self.0.join("partials")
    }

    /// Whether the user may write nothing more, by a file that is written and removed.
    pub(crate) fn is_quota_used_up(&self) -> bool {
        let path = self.0.join("synod.db-quota");
        let written = open_private(&path).and_then(|mut file| file.write_all(&[1; 64 << 10]));
        // A file that stays is removed by the next look.
        remove(&path).unwrap_or_default();
        written.is_err_and(|error| error.kind() == ErrorKind::QuotaExceeded)
    }

    /// Refuses the directory of another program before anything is made in it.
    fn refuse_other_files(&self) -> Result<(), StoreOpenError> {
        // Users may keep files of their own beside a database.
        if fs::metadata(self.database()).is_ok_and(|file| file.len() > 0) {
            return Ok(());
        }
        match other_files::first(self) {
            Ok(None) => Ok(()),
            Ok(Some(name)) => Err(StoreOpenError::OtherFiles { path: self.0.clone(), name }),
            Err(error) => Err(no_space_or(&self.0, error)),
        }
    }

    /// Takes the rights of others from the directory.
    fn make_private(&self) -> io::Result<()> {
        if self.0.metadata()?.mode() & 0o077 != 0 {
            fs::set_permissions(&self.0, Permissions::from_mode(0o700))?;
        }
        Ok(())
    }

    /// Refuses a link to a missing directory, and a database that is a link. The directory itself may be one:
    /// locks, owners and file systems are those of what it names.
    pub(crate) fn check_links(&self) -> Result<(), StoreOpenError> {
        for path in self.0.ancestors() {
            if let Ok(target) = fs::read_link(path)
                && !path.exists()
            {
                return Err(StoreOpenError::BrokenLink { path: path.to_owned(), target });
            }
        }
        let path = self.database();
        match fs::read_link(&path) {
            Ok(target) => Err(StoreOpenError::DatabaseIsLink { path, target }),
            Err(_) => Ok(()),
        }
    }

    /// Refuses the directory, or the database, of another user.
    pub(crate) fn check_owners(&self) -> Result<(), StoreOpenError> {
        check_owner(&self.0)?;
        check_owner(&self.database())
    }
}

/// Refuses a path of another user. A directory of another user that hides it is refused in its place.
fn check_owner(path: &Path) -> Result<(), StoreOpenError> {
    let owner = match fs::metadata(path) {
        Ok(metadata) => metadata.uid(),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            return parent.map_or(Ok(()), check_owner);
        }
        Err(_) => return Ok(()),
    };
    let user = rustix::process::geteuid().as_raw();
    if owner == user {
        return Ok(());
    }
    Err(StoreOpenError::OtherOwner { path: path.to_owned(), owner, user })
}

/// A file, by whatever name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// The file that has this name now.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self { device: metadata.dev(), inode: metadata.ino() })
    }
}

/// Opens a file that only its owner may read, and creates it if it is missing.
pub(crate) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options.open(path)
}

/// Creates a file that only its owner may read, unless there is one with this name.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

/// Takes the rights of others from a file.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(0o600))
}

fn create_private_dir(path: &Path) -> Result<(), StoreOpenError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(no_space_or(path, error)),
    }
}
