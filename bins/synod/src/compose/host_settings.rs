use std::{collections::BTreeMap, path::PathBuf};

use synod_domain::HostName;

use super::hosts::DEFAULT;
use crate::config::HostEntry;

/// The places where the settings of a host are made. Messages name them.
#[derive(Clone, Debug)]
pub(crate) struct HostSettings {
    host: HostName,
    /// The source of the address, if it is not the configuration.
    source: Option<&'static str>,
    key: KeySetting,
    variables: BTreeMap<String, String>,
}

/// The place of the API key of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
enum KeySetting {
    Missing,
    Written,
    File(PathBuf),
}

impl HostSettings {
    /// The settings of a host; `source` is that of its address, if it is not the configuration.
    pub(super) fn of(entry: &HostEntry, source: Option<&'static str>) -> Self {
        let key = match (&entry.api_key, &entry.api_key_file) {
            (Some(_), _) => KeySetting::Written,
            (None, Some(path)) => KeySetting::File(path.clone()),
            (None, None) => KeySetting::Missing,
        };
        Self { host: entry.name.clone(), source, key, variables: entry.variables.clone() }
    }

    /// Whether the host is configured: in the file, by a variable `SYNOD__…`, by `OLLAMA_HOST`.
    pub(crate) fn configured_by_hand(&self) -> bool {
        self.source != Some(DEFAULT)
    }

    /// The setting of the address.
    pub(crate) fn url(&self) -> String {
        match self.source {
            Some(_) => "OLLAMA_HOST".to_owned(),
            None => self.named("url"),
        }
    }

    /// The setting of a key: a variable, or the key of its table.
    pub(crate) fn named(&self, key: &str) -> String {
        match self.variables.get(key) {
            Some(variable) => variable.clone(),
            None => format!("`{key}` of [hosts.{}]", self.host),
        }
    }

    /// The remedy for an API key that the host does not accept.
    pub(crate) fn key_remedy(&self) -> String {
        match &self.key {
            KeySetting::Missing if self.source.is_some() => format!(
                "set the key as `api_key_file` of a table [hosts.{}] with a `url`, in synod.toml",
                self.host
            ),
            KeySetting::Missing => {
                format!("set `api_key_file` or `api_key` of [hosts.{}]", self.host)
            }
            KeySetting::Written => format!("correct the key in {}", self.named("api_key")),
            KeySetting::File(path) => format!(
                "correct the key in {}, which {} names",
                path.display(),
                self.named("api_key_file")
            ),
        }
    }
}
