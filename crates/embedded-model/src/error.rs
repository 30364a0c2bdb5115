use std::{io, path::PathBuf};

use thiserror::Error;

/// Why there are no weights, or no model.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// A manifest of weights is malformed.
    #[error("the manifest of the weights is malformed: {detail}")]
    Manifest {
        /// What is wrong.
        detail: String,
        /// What the parser said.
        #[source]
        source: Option<toml::de::Error>,
    },
    /// The user's own weights cannot be read.
    #[error("cannot read the weights {}", path.display())]
    OwnFile {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The user's own file is no model.
    #[error("{} is not a GGUF file: give the path of a model in llama.cpp's GGUF format", path.display())]
    NotGguf {
        /// The file.
        path: PathBuf,
    },
    /// The weights are not on this machine and could not be fetched. The message is one sentence
    /// that names every way on.
    #[error("there are no weights for {name}: {reason}; {ways_on}")]
    Unavailable {
        /// The model.
        name: String,
        /// Why there are none.
        reason: String,
        /// What the user can do, as a clause.
        ways_on: String,
        /// The cause, if it is one of the system's.
        #[source]
        source: Option<io::Error>,
    },
    /// What was fetched is not what the manifest pins. None of it was kept.
    #[error("the package {package} was not as pinned and none of it was kept: {detail}; try again")]
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
    #[error("cannot use the cache directory {}: free some space there or set another", path.display())]
    Cache {
        /// The directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The weights are not a model that llama.cpp can load.
    #[error("llama.cpp cannot load {}: it is damaged, or of a kind that is not known here", path.display())]
    Unloadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The thread of the engine could not be started.
    #[error("cannot start the thread of the embedded model")]
    Thread {
        /// The cause.
        #[source]
        source: io::Error,
    },
}
