use std::{
    ffi::OsString,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::holder::Holder;

/// Errors returned by opening a store. The database and what is in it are as they were; folders, locks and the
/// rights of the directory may be as in an opening that succeeds.
#[derive(Debug, Error)]
pub enum StoreOpenError {
    /// The path of the directory is a file.
    #[error("{} is a file; name a directory for the data", .path.display())]
    IsFile {
        /// The path.
        path: PathBuf,
    },
    /// The directory, or one above it, is a symbolic link to what does not exist.
    #[error(
        "{} is a symbolic link to {}, which is missing; mount its disk, create that directory, or name another \
         one",
        .path.display(),
        .target.display()
    )]
    BrokenLink {
        /// The link.
        path: PathBuf,
        /// What it names.
        target: PathBuf,
    },
    /// The database is a symbolic link.
    #[error(
        "{} is a symbolic link to {}, and processes that use this file by another directory would not see the \
         locks of this one; name the directory of the file, or move the file here",
        .path.display(),
        .target.display()
    )]
    DatabaseIsLink {
        /// The link.
        path: PathBuf,
        /// What it names.
        target: PathBuf,
    },
    /// This user may not write to the directory or its file system.
    #[error(
        "{} is not writable ({reason}); make it writable, name another data directory, or, if the whole file \
         system is read-only, copy the directory to a writable place and name the copy",
        .path.display()
    )]
    NotWritable {
        /// The directory or a file in it.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// Another user owns the directory or the database.
    #[error(
        "{} belongs to the user with id {owner}, and this process runs as {user}; run it as that user, \
         name another directory, or change the owner (chown)",
        .path.display()
    )]
    OtherOwner {
        /// The directory or the file.
        path: PathBuf,
        /// The user that owns it.
        owner: u32,
        /// The user of this process.
        user: u32,
    },
    /// The directory is on a network file system.
    #[error(
        "the data directory {} is on a network file system ({file_system}), where locks and syncs are not \
         reliable; name a directory on a local disk, or allow network file systems",
        .path.display()
    )]
    NetworkFileSystem {
        /// The directory.
        path: PathBuf,
        /// The name of the file system.
        file_system: &'static str,
    },
    /// The disk has too little space to open the store.
    #[error("the disk of {} is full; free some space", .path.display())]
    NoSpace {
        /// The directory.
        path: PathBuf,
    },
    /// Another process has locked the directory for itself, or still uses it.
    #[error("the data directory {} is in use by {}; wait until it ends, or stop it", .path.display(), Holder::list(.holders))]
    Locked {
        /// The directory.
        path: PathBuf,
        /// The processes that hold it.
        holders: Vec<Holder>,
    },
    /// A later version wrote the database, and this one may not read it.
    #[error(
        "{} was written by Synod {found} and needs version {oldest} or later; this is {ours}: install a \
         later version, or restore a backup made with this one",
        .path.display()
    )]
    NewerVersion {
        /// The database.
        path: PathBuf,
        /// The version that wrote it.
        found: String,
        /// The oldest version that may read it.
        oldest: String,
        /// This version.
        ours: &'static str,
    },
    /// The database belongs to another program, as far as its header tells.
    #[error(
        "{} is the database of another program, or its header is damaged; name another directory, or restore a \
         backup",
        .path.display()
    )]
    OtherProgram {
        /// The database.
        path: PathBuf,
    },
    /// The directory has no database, but files of other programs, which might be overwritten.
    #[error(
        "{} holds other files, such as {}; name an empty or a new directory for the data",
        .path.display(),
        .name.display()
    )]
    OtherFiles {
        /// The directory.
        path: PathBuf,
        /// The name of one of the files.
        name: OsString,
    },
    /// The database cannot be read.
    #[error("{} is damaged ({reason}); restore a backup, or move it away to begin anew", .path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The database is missing, and its write-ahead log, which has the last writes, is still there.
    #[error(
        "{} is missing, but its write-ahead log {} is there, with writes that only the two files together \
         have; put the database back, or restore a backup, or move the log away as well to begin anew",
        .path.display(),
        .log.display()
    )]
    LogWithoutDatabase {
        /// The database.
        path: PathBuf,
        /// The write-ahead log.
        log: PathBuf,
    },
    /// SQLite is not in the mode that the durability needs.
    #[error("{} cannot be used safely: {setting} is {found}, not {wanted}", .path.display())]
    Mode {
        /// The database.
        path: PathBuf,
        /// The setting of SQLite.
        setting: &'static str,
        /// Its value.
        found: String,
        /// The value that was set.
        wanted: &'static str,
    },
    /// There is no store in the directory.
    #[error("there is no data in {}", .path.display())]
    Missing {
        /// The directory.
        path: PathBuf,
    },
    /// The operating system reported an error.
    #[error("{} cannot be used", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// SQLite reported an error.
    #[error("{} cannot be opened", .path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// The cause.
        #[source]
        source: rusqlite::Error,
    },
}

/// The error of a file operation at the start.
pub(crate) fn no_space_or(path: &Path, error: io::Error) -> StoreOpenError {
    if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        StoreOpenError::NoSpace { path: path.to_owned() }
    } else if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) {
        not_writable(path, error)
    } else {
        io_error(path, error)
    }
}

pub(crate) fn not_writable(path: &Path, reason: io::Error) -> StoreOpenError {
    StoreOpenError::NotWritable { path: path.to_owned(), reason }
}

pub(crate) fn io_error(path: &Path, source: io::Error) -> StoreOpenError {
    StoreOpenError::Io { path: path.to_owned(), source }
}
