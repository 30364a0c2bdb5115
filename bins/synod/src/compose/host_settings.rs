use std::{collections::BTreeMap, path::PathBuf};

use synod_domain::{HostName, ModelName};

use crate::config::{HostEntry, OLLAMA_HOST, Source, Table};

/// The places where the settings of a host are made. Messages name them.
#[derive(Clone, Debug)]
pub(crate) struct HostSettings {
    host: HostName,
    key: KeySetting,
    /// The source of the address.
    url: Source,
    /// The keys that variables set, and these variables.
    variables: BTreeMap<&'static str, String>,
    /// The models that have a table of their own.
    models: Vec<ModelName>,
}

/// The place of the API key of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
enum KeySetting {
    Missing,
    Written,
    File(PathBuf),
}

impl HostSettings {
    pub(super) fn of(entry: &HostEntry) -> Self {
        let key = match (&entry.table.api_key, &entry.table.api_key_file) {
            (Some(_), _) => KeySetting::Written,
            (None, Some(path)) => KeySetting::File(path.clone()),
            (None, None) => KeySetting::Missing,
        };
        let variables =
            entry.table.given_in_order().filter_map(|(key, given)| match &given.source {
                Source::Variable(variable) => Some((key.name, variable.clone())),
                Source::Default | Source::File { .. } | Source::Flag(_) => None,
            });
        Self {
            host: entry.name.clone(),
            key,
            url: entry.table.given.source("url").cloned().unwrap_or(Source::Default),
            variables: variables.collect(),
            models: entry.models.iter().map(|model| model.id.clone()).collect(),
        }
    }

    /// Whether the host is configured: in the file, by a variable `SYNOD__…`, by `OLLAMA_HOST`.
    pub(crate) fn configured_by_hand(&self) -> bool {
        self.url != Source::Default
    }

    /// The models that have a table [hosts.NAME.models."MODEL"].
    pub(crate) fn models(&self) -> &[ModelName] {
        &self.models
    }

    /// The setting of the address.
    pub(crate) fn url(&self) -> String {
        match self.url {
            Source::Default => OLLAMA_HOST.to_owned(),
            Source::File { .. } | Source::Variable(_) | Source::Flag(_) => self.named("url"),
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
            KeySetting::Missing if self.url() == OLLAMA_HOST => format!(
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
