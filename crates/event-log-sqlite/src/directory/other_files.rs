//! What may be in a directory that has no database yet.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::Path,
};

use synod_domain::DebateId;
use uuid::Uuid;

use super::DataDirectory;
use crate::{database_version::is_ours, holder::Holder};

/// How many bytes are read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// The name of a file that neither Synod nor the system has put there.
pub(super) fn first(dir: &DataDirectory) -> io::Result<Option<OsString>> {
    for entry in fs::read_dir(dir.path())? {
        let entry = entry?;
        match is_expected(dir, &entry.path()) {
            Ok(true) => {}
            Ok(false) => return Ok(Some(entry.file_name())),
            // Another process that opens the store for the first time has removed it.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Whether a file is one of an opening that was cut short, of a database that was moved away, or of the
/// system.
fn is_expected(dir: &DataDirectory, path: &Path) -> io::Result<bool> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.starts_with('.') || name.starts_with("synod.db") {
        return Ok(true);
    }
    if matches!(&*name, "lost+found" | "synod.toml") {
        return Ok(true);
    }
    if path == dir.backups() {
        return Ok(path.is_dir());
    }
    if path == dir.lock() {
        return Ok(path.is_file() && is_lock(path));
    }
    if path == dir.reserve() {
        return is_blank(path);
    }
    if path == dir.workers() || path == dir.processes() {
        return has_only(path, is_lock_file);
    }
    if path == dir.partials() {
        return has_only(path, is_debate);
    }
    // A backup that is to be restored.
    Ok(path.is_file() && is_ours(path))
}

/// Whether this is a file with zeros alone, as a reserve.
pub(crate) fn is_blank(path: &Path) -> io::Result<bool> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(false);
    }
    let (mut file, mut chunk, zeros) =
        (File::open(path)?, vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(true),
            read if chunk[..read] == zeros[..read] => {}
            _ => return Ok(false),
        }
    }
}

/// Whether a file is empty or names a process.
fn is_lock(path: &Path) -> bool {
    let text = fs::read_to_string(path);
    text.is_ok_and(|text| text.is_empty() || Holder::parse(&text).is_some())
}

fn has_only(folder: &Path, is_expected: impl Fn(&Path) -> bool) -> io::Result<bool> {
    if !folder.is_dir() {
        return Ok(false);
    }
    for entry in fs::read_dir(folder)? {
        if !is_expected(entry?.file_name().as_ref()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a name is that of the lock file of a process or a worker, perhaps before it is complete.
pub(super) fn is_lock_file(name: &Path) -> bool {
    let is_id = |stem: &str| stem.parse::<Uuid>().is_ok();
    let extension = name.extension().is_some_and(|e| e == "lock" || e == "new");
    extension && name.file_stem().and_then(|stem| stem.to_str()).is_some_and(is_id)
}

/// Whether a name is that of the text so far of a debate.
pub(crate) fn is_debate(name: &Path) -> bool {
    name.to_str().is_some_and(|name| name.parse::<DebateId>().is_ok())
}
