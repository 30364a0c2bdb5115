use std::{io, path::PathBuf};

use synod_agents::AgentsFileError;
use synod_http_api::InvalidKey;
use thiserror::Error;

/// Errors of the configuration.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A table of an agent is invalid.
    #[error("{}, {source}", path.display())]
    Agents {
        /// The file.
        path: PathBuf,
        /// The problem.
        source: Box<AgentsFileError>,
    },
    /// A variable is invalid.
    #[error("{variable}: {detail}")]
    Variable {
        /// Its name.
        variable: String,
        /// The problem.
        detail: String,
    },
    /// Another part of the file is invalid.
    #[error("{}, line {line}: {detail}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The problem.
        detail: String,
    },
}

/// Errors of an API key in the configuration.
#[derive(Debug, Error)]
pub(crate) enum ApiKeyError {
    /// The key is set twice.
    #[error("`{table}api_key` and `{table}api_key_file` are both set")]
    SetTwice {
        /// The table before the keys, with its dot; empty: it is not named.
        table: &'static str,
    },
    /// The file of the key cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The text is not a key.
    #[error("`server.{setting}`: {source}")]
    Invalid {
        /// The key of the configuration that gives it.
        setting: &'static str,
        /// The problem.
        source: InvalidKey,
    },
}
