//! Folders, and the names in them, that survive a power failure.

use std::{
    fs::{DirBuilder, File},
    io::{self, ErrorKind},
    os::unix::fs::DirBuilderExt,
    path::Path,
};

/// Creates a directory, and those above it that are missing, for their owner alone (0700). Their names are
/// durable then.
///
/// # Errors
/// Those of the operating system.
pub fn create_private_dirs(path: &Path) -> io::Result<()> {
    create_dirs(path, &mut sync)
}

fn create_dirs(path: &Path, sync: &mut dyn FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    let mut created = builder.create(path);
    if let Err(error) = &created
        && error.kind() == ErrorKind::NotFound
        && let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty())
    {
        create_dirs(parent, sync)?;
        created = builder.create(path);
    }
    match created {
        Ok(()) => sync(folder_of(path)),
        Err(_) if path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes the name of a file durable, or its removal.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    sync(folder_of(path))
}

/// The directory of a file.
pub(crate) fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::MetadataExt};

    use super::*;

    #[test]
    fn each_new_directory_is_private_and_its_name_synced() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("a/b/c");
        let mut synced = Vec::new();
        let mut note = |folder: &Path| {
            synced.push(folder.to_owned());
            sync(folder)
        };
        create_dirs(&path, &mut note).unwrap();
        create_dirs(&path, &mut note).unwrap();
        let expected = ["", "a", "a/b"].map(|folder| dir.path().join(folder));
        assert!(synced.iter().eq(expected.iter()), "{synced:?}");
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o700);
        assert_eq!(path.parent().unwrap().metadata().unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_file_is_no_directory() {
        let dir = tempfile::TempDir::new().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let exists = create_private_dirs(&dir.path().join("file")).unwrap_err();
        assert_eq!(exists.kind(), ErrorKind::AlreadyExists);
        create_private_dirs(&dir.path().join("file/below")).unwrap_err();
        assert_eq!(folder_of(Path::new("a")), Path::new("."));
    }
}
