use std::{io::ErrorKind, path::PathBuf};

use crate::directory::{DataDirectory, FileId};

/// The files that SQLite has open, whatever has their names by now. It deletes none of them while one of its
/// connections is open.
pub(super) struct OpenFiles(Vec<(PathBuf, FileId)>);

impl OpenFiles {
    pub(super) fn of(dir: &DataDirectory) -> Self {
        let paths = [dir.database(), dir.write_ahead_log(), dir.shared_memory()];
        let ids = paths.into_iter().filter_map(|path| FileId::of(&path).ok().map(|id| (path, id)));
        Self(ids.collect())
    }

    /// A file that was deleted, moved or replaced: what is written would be lost.
    pub(super) fn gone(&self) -> Option<PathBuf> {
        let is_gone = |(path, opened): &&(PathBuf, FileId)| match FileId::of(path) {
            Ok(found) => found != *opened,
            Err(error) => error.kind() == ErrorKind::NotFound,
        };
        self.0.iter().find(is_gone).map(|(path, _)| path.clone())
    }
}
