//! The configuration: `synod.toml`, the variables `SYNOD__SECTION__KEY` that override it, and the flags that
//! override both. The tables `[agents.NAME]` are read by the registry.
//!
//! Each key of the other tables is declared once, in [`server`], [`debate`], [`log`],
//! [`backup`] and [`host`].

mod api_key;
mod backup;
mod debate;
mod error;
mod file;
mod host;
mod key;
mod log;
mod sample;
mod server;
mod show;
mod source;
mod table;
mod value;
mod variables;

use std::{
    io,
    path::{Path, PathBuf},
};

use synod_agents::Registry;
use synod_domain::HostName;

use crate::{bounded_read, environment::Environment};

pub(crate) use api_key::read_api_key;
pub(crate) use backup::BackupTable;
pub(crate) use debate::DebateTable;
pub(crate) use error::{ApiKeyError, ConfigError};
pub(crate) use host::{HostEntry, HostKind, HostTable};
pub(crate) use key::Key;
pub(crate) use log::LogTable;
pub(crate) use sample::sample;
pub(crate) use server::ServerTable;
pub(crate) use source::Source;
pub(crate) use table::Table;
pub(crate) use value::ModelNames;

/// The default path of the file.
pub(crate) const DEFAULT: &str = "synod.toml";
/// The name of the host that `OLLAMA_HOST` addresses.
pub(crate) const LOCAL: &str = "local";
/// The variable of Ollama that holds its address.
pub(crate) const OLLAMA_HOST: &str = "OLLAMA_HOST";
/// The default address of Ollama.
const OLLAMA_URL: &str = "http://127.0.0.1:11434";

/// The configuration of the command.
#[derive(Debug)]
pub(crate) struct Config {
    /// The path of the file; `None` without a file.
    pub(crate) path: Option<PathBuf>,
    /// The built-in agents and those of the configuration.
    pub(crate) registry: Registry,
    /// The configured hosts, in the order of the file.
    pub(crate) hosts: Vec<HostEntry>,
    pub(crate) server: ServerTable,
    pub(crate) debate: DebateTable,
    pub(crate) log: LogTable,
    pub(crate) backup: BackupTable,
}

impl Config {
    /// Reads this file, or `synod.toml` of the working directory if it exists, and the variables that
    /// override it.
    ///
    /// # Errors
    /// [`ConfigError`] for the first problem, with its line or variable.
    pub(crate) fn find(
        given: Option<&Path>,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        let config = Self::read(given)?;
        if let Some(variable) = environment.not_unicode.first() {
            return Err(ConfigError::Variable {
                variable: variable.clone(),
                detail: "must be UTF-8".to_owned(),
            });
        }
        config.overridden(&environment.overrides)
    }

    fn read(given: Option<&Path>) -> Result<Self, ConfigError> {
        let path = given.unwrap_or(Path::new(DEFAULT));
        match bounded_read::text(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if given.is_none() && error.kind() == io::ErrorKind::NotFound => {
                Ok(Self::built_in())
            }
            Err(source) => Err(ConfigError::Unreadable { path: path.to_owned(), source }),
        }
    }

    /// The configuration without a file.
    pub(crate) fn built_in() -> Self {
        Self {
            path: None,
            registry: Registry::built_in(),
            hosts: Vec::new(),
            server: ServerTable::default(),
            debate: DebateTable::default(),
            log: LogTable::default(),
            backup: BackupTable::default(),
        }
    }

    /// Reads a file with this text.
    ///
    /// # Errors
    /// [`ConfigError`] for the first problem, with its line.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        file::read(path, text)
    }

    /// The keys in use that a later version will no longer accept, each with the one that replaces it.
    pub(crate) fn deprecated(&self) -> Vec<String> {
        let of_hosts = self.hosts.iter().flat_map(|host| {
            let models = host.models.iter().flat_map(|model| model.table.deprecated());
            host.table.deprecated().into_iter().chain(models)
        });
        let of_tables = [
            self.server.deprecated(),
            self.debate.deprecated(),
            self.log.deprecated(),
            self.backup.deprecated(),
        ];
        of_tables.into_iter().flatten().chain(of_hosts).collect()
    }

    /// The configured hosts, with the address that `OLLAMA_HOST` gives to the Ollama `local`. That host
    /// exists too if no host is configured.
    pub(crate) fn hosts_with(&self, environment: &Environment) -> Vec<HostEntry> {
        let mut hosts = self.hosts.clone();
        let is_empty = hosts.is_empty();
        let local = hosts.iter_mut().find(|host| host.name.as_str() == LOCAL);
        let by_variable = Source::Variable(OLLAMA_HOST.to_owned());
        match (&environment.ollama_host, local) {
            (Some(url), Some(local)) if local.kind() == HostKind::Ollama => {
                local.set_url(url, by_variable);
            }
            (Some(url), None) => hosts.insert(0, local_host(url, by_variable)),
            (None, None) if is_empty => {
                hosts.push(local_host(OLLAMA_URL, Source::Default));
            }
            (Some(_) | None, Some(_)) | (None, None) => {}
        }
        hosts
    }
}

fn local_host(url: &str, source: Source) -> HostEntry {
    let mut host = HostEntry::new(HostName::new(LOCAL).expect("`local` is a valid name"));
    host.set_url(url, source);
    host
}

#[cfg(test)]
mod tests;
