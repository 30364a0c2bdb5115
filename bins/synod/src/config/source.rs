use std::{
    fmt,
    path::{Path, PathBuf},
};

/// The source of a value. A later variant overrides the ones before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The command has it built in.
    Default,
    /// The configuration file.
    File {
        path: PathBuf,
        /// The line of the key, from 1.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
    /// A flag of the command.
    Flag(&'static str),
}

impl Source {
    pub(super) fn line_of(path: &Path, line: usize) -> Self {
        Self::File { path: path.to_owned(), line }
    }

    /// Whether values of both have the same precedence.
    pub(super) const fn ranks_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Default, Self::Default)
            | (Self::File { .. }, Self::File { .. })
            | (Self::Variable(_), Self::Variable(_))
            | (Self::Flag(_), Self::Flag(_)) => true,
            (Self::Default | Self::File { .. } | Self::Variable(_) | Self::Flag(_), _) => false,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, .. } => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}
