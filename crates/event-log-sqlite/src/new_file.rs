use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::Duration,
};

use uuid::Uuid;

use crate::{
    directory::{create_private, remove},
    folders::{folder_of, sync_folder},
};

/// The time after which a file that is not finished was left by a process that was killed.
const ABANDONED_AFTER: Duration = Duration::from_hours(24);

/// A file that gets its name when it is complete and durable. Only its owner may read it (0600). Until then, it
/// is beside its place as `.NAME.ID.partial`; it is removed if it is dropped. That of a process that was killed
/// is removed by the next one that begins a file of this name a day later or more.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    unfinished: PathBuf,
    file: File,
}

impl NewFile {
    /// Begins a file.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if the name is taken, and those of the operating system.
    pub fn create(path: &Path) -> io::Result<Self> {
        if is_taken(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let id = Uuid::now_v7();
        let unfinished = path.with_file_name(format!(".{name}.{id}.partial"));
        let new = Self::create_as(path, unfinished)?;
        if let Err(error) = remove_abandoned(folder_of(path), &name, &id) {
            let folder = folder_of(path).display();
            tracing::warn!(%error, "unfinished files in {folder} could not be removed");
        }
        Ok(new)
    }

    /// Begins a file, which has this name until it is complete.
    pub(crate) fn create_as(path: &Path, unfinished: PathBuf) -> io::Result<Self> {
        let file = create_private(&unfinished)?;
        Ok(Self { path: path.to_owned(), unfinished, file })
    }

    /// The file, to be written.
    pub const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// The path until the file has its name.
    #[must_use]
    pub fn unfinished(&self) -> &Path {
        &self.unfinished
    }

    /// Gives the file its name, unless another file has got it meanwhile.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] if the name is taken, and those of the operating system.
    pub fn finish(self) -> io::Result<()> {
        self.file.sync_all()?;
        // A link fails if the name is taken. A rename replaces the other file.
        match fs::hard_link(&self.unfinished, &self.path) {
            Ok(()) => remove(&self.unfinished)?,
            Err(_) if is_taken(&self.path) => return Err(ErrorKind::AlreadyExists.into()),
            // Not every file system has links.
            Err(_) => fs::rename(&self.unfinished, &self.path)?,
        }
        sync_folder(&self.path)
    }

    /// Gives the file its name, and takes it from another file in one step.
    pub(crate) fn replace(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.unfinished, &self.path)?;
        sync_folder(&self.path)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // It has its name, or an error is being reported.
        let _ = remove(&self.unfinished);
    }
}

/// Removes what was begun under this name a day before `now`, the id of a file that is begun now, or earlier.
fn remove_abandoned(folder: &Path, name: &str, now: &Uuid) -> io::Result<()> {
    let seconds = |id: &Uuid| id.get_timestamp().map(|time| time.to_unix().0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.file_name();
        let begun = found.to_str().and_then(|found| {
            let id = found.strip_prefix('.')?.strip_prefix(name)?.strip_prefix('.')?;
            seconds(&id.strip_suffix(".partial")?.parse().ok()?)
        });
        if begun.is_some_and(|begun| Some(begun + ABANDONED_AFTER.as_secs()) < seconds(now)) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Whether a file has this name, also a symbolic link to nowhere.
fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[cfg(test)]
mod tests {
    use std::{io::Write, os::unix::fs::MetadataExt};

    use tempfile::TempDir;
    use uuid::Timestamp;

    use super::*;

    fn begun(path: &Path) -> NewFile {
        let mut new = NewFile::create(path).unwrap();
        new.file().write_all(b"ours").unwrap();
        new
    }

    fn names(dir: &TempDir) -> Vec<PathBuf> {
        let entries = fs::read_dir(dir.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into()).collect()
    }

    #[test]
    fn a_file_is_private_and_has_its_name_once_it_is_complete() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("file");
        let new = begun(&path);
        assert!(!path.exists() && new.unfinished().exists());
        new.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"ours");
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        assert_eq!(names(&dir), [Path::new("file")]);
    }

    #[test]
    fn a_file_that_has_appeared_meanwhile_is_not_replaced() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("file");
        let new = begun(&path);
        fs::write(&path, "theirs").unwrap();
        assert_eq!(new.finish().unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        let refused = NewFile::create(&path).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
        assert_eq!(names(&dir), [Path::new("file")]);
    }

    #[test]
    fn a_file_that_is_not_finished_is_removed() {
        let dir = TempDir::new().unwrap();
        drop(begun(&dir.path().join("file")));
        assert_eq!(names(&dir), [] as [PathBuf; 0]);
    }

    #[test]
    fn what_a_killed_process_left_a_day_ago_is_removed() {
        let dir = TempDir::new().unwrap();
        let at = |seconds: u64| {
            let time = Timestamp::from_unix(uuid::NoContext, seconds, 0);
            Uuid::new_v7(time)
        };
        let (now, _) = Uuid::now_v7().get_timestamp().unwrap().to_unix();
        let (old, recent) = (at(now - 86_500), at(now - 86_300));
        let left = [
            format!(".file.{recent}.partial"),
            format!(".other.{old}.partial"),
            format!(".file.{old}.partial.txt"),
            ".file.x.partial".to_owned(),
        ];
        for name in left.iter().chain([&format!(".file.{old}.partial")]) {
            fs::write(dir.path().join(name), "").unwrap();
        }
        begun(&dir.path().join("file")).finish().unwrap();
        let found = names(&dir);
        assert_eq!(found.len(), left.len() + 1, "{found:?}");
        assert!(left.iter().all(|name| dir.path().join(name).exists()), "{found:?}");
    }

    #[test]
    fn a_file_replaces_another_if_it_is_to() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("file");
        let new = begun(&path);
        fs::write(&path, "theirs").unwrap();
        new.replace().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"ours");
    }
}
