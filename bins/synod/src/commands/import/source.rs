use std::{
    fs::{File, Metadata},
    io::{self, BufRead, BufReader, Cursor, Seek},
    path::{Path, PathBuf},
};

use synod_event_log::export::{ExportError, ExportReader, LineProblem};

use crate::{
    CliError,
    bounded_read::{at_most, expand_tilde},
};

/// Maximum bytes of an export that is not in a file, and is kept in memory.
const MOST_IN_MEMORY: u64 = 256 << 20;

/// An export, which is read several times.
pub(super) struct Source {
    path: PathBuf,
    content: Content,
}

enum Content {
    /// A file, opened once: all passes read the same one.
    File(File),
    /// What came from stdin or another pipe.
    Memory(Vec<u8>),
}

impl Source {
    /// # Errors
    /// [`CliError::Read`].
    pub(super) fn open(path: &Path) -> Result<Self, CliError> {
        let content = if path == Path::new("-") {
            at_most(MOST_IN_MEMORY, io::stdin().lock()).map(Content::Memory)
        } else {
            Content::of(path)
        };
        let path = path.to_owned();
        match content {
            Ok(content) => Ok(Self { path, content }),
            Err(source) => Err(CliError::Read { path, source }),
        }
    }

    /// Reads the export from its beginning.
    ///
    /// # Errors
    /// [`CliError::Read`], and those of [`flaw`](Self::flaw).
    pub(super) fn debates(&self) -> Result<ExportReader<Box<dyn BufRead + '_>>, CliError> {
        let input: Box<dyn BufRead + '_> = match &self.content {
            Content::Memory(bytes) => Box::new(Cursor::new(bytes)),
            Content::File(file) => {
                let mut file = file;
                file.rewind().map_err(|error| self.unreadable(error))?;
                Box::new(BufReader::new(file))
            }
        };
        ExportReader::new(input).map_err(|error| self.flaw(&error))
    }

    /// The error of a line.
    pub(super) fn flaw(&self, error: &ExportError) -> CliError {
        match &error.problem {
            LineProblem::Read(cause) => self.unreadable(io::Error::other(cause.clone())),
            LineProblem::TooLong { .. }
            | LineProblem::NotAnExport
            | LineProblem::NewerFormat { .. }
            | LineProblem::Truncated { .. }
            | LineProblem::Malformed { .. }
            | LineProblem::OtherDebate { .. }
            | LineProblem::Sequence { .. }
            | LineProblem::Hash { .. }
            | LineProblem::HeaderHash { .. }
            | LineProblem::TooMany { .. } => self.broken(error),
        }
    }

    /// The error of an export that is not as one should be.
    pub(super) fn broken(&self, flaw: &dyn std::fmt::Display) -> CliError {
        let is_stdin = self.path == Path::new("-");
        let name = if is_stdin { "stdin".into() } else { self.path.display().to_string() };
        CliError::BrokenLog(format!("{name}, {flaw}"))
    }

    fn unreadable(&self, source: io::Error) -> CliError {
        CliError::Read { path: self.path.clone(), source }
    }
}

impl Content {
    fn of(path: &Path) -> io::Result<Self> {
        let file = File::open(expand_tilde(path))?;
        // A pipe can be read once.
        if file.metadata().as_ref().is_ok_and(Metadata::is_file) {
            return Ok(Self::File(file));
        }
        at_most(MOST_IN_MEMORY, file).map(Self::Memory)
    }
}
