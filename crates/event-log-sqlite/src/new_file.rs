use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use crate::{
    directory::{create_private, remove},
    folders::sync_folder,
};

/// A file that gets its name when it is complete and durable. Only its owner may read it (0600). Until then, it
/// is beside its place as `.NAME.ID.partial`; it is removed if it is dropped.
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
        let unfinished = path.with_file_name(format!(".{name}.{}.partial", Uuid::now_v7()));
        Self::create_as(path, unfinished)
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

/// Whether a file has this name, also a symbolic link to nowhere.
fn is_taken(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[cfg(test)]
mod tests {
    use std::{io::Write, os::unix::fs::MetadataExt};

    use tempfile::TempDir;

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
    fn a_file_replaces_another_if_it_is_to() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("file");
        let new = begun(&path);
        fs::write(&path, "theirs").unwrap();
        new.replace().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"ours");
    }
}
