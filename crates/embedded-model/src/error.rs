use std::{io, path::PathBuf};

use thiserror::Error;

/// Errors returned when weights are located or the embedded model is opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// The manifest of the weights is malformed.
    #[error("the manifest of the weights is malformed: {detail}")]
    Manifest {
        /// What is wrong.
        detail: String,
        /// The error of the parser.
        #[source]
        source: Option<toml::de::Error>,
    },
    /// The user's file of weights cannot be read.
    #[error("cannot read the weights {}", path.display())]
    OwnFile {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The user's file is not a model.
    #[error("{} is not a GGUF file: give the path of a model in llama.cpp's GGUF format", path.display())]
    NotGguf {
        /// The file.
        path: PathBuf,
    },
    /// The weights are not on this machine and could not be fetched. The message lists what the user
    /// can do.
    #[error("no weights for {name}: {reason}; {remedies}")]
    Unavailable {
        /// The model.
        name: String,
        /// The reason.
        reason: String,
        /// What the user can do.
        remedies: String,
        /// The cause, if it is an I/O error.
        #[source]
        source: Option<io::Error>,
    },
    /// The fetched package differs from the manifest and was discarded.
    #[error(
        "the package {package} differs from the pinned one and was discarded: {detail}; try again"
    )]
    Corrupt {
        /// The package.
        package: String,
        /// What is wrong.
        detail: String,
        /// The cause, if reading failed.
        #[source]
        source: Option<zip::result::ZipError>,
    },
    /// The cache directory cannot be read or written, or is full.
    #[error("cannot use the cache directory {}: free some space or choose another directory", path.display())]
    Cache {
        /// The directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The weights are not a model that llama.cpp can load.
    #[error("llama.cpp cannot load {}: the file is damaged or of an unsupported architecture", path.display())]
    Unloadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The engine thread could not be started.
    #[error("cannot start the thread of the embedded model")]
    Thread {
        /// The cause.
        #[source]
        source: io::Error,
    },
}
