//! The table `[server]`: what each key means, and where its value comes from.

mod keys;
mod source;

use std::{
    collections::BTreeMap, fmt::Display, num::NonZeroUsize, path::PathBuf, str::FromStr,
    time::Duration,
};

use serde::{Deserialize, Deserializer, de::Error};
use synod_domain::instead_of;
use synod_http_api::{ApiKey, ApiSettings, Network, PathPrefix, RequestLimits, ServerSettings};
use toml::{Table, Value};

use crate::{CliError, bounded_read, logging::LogFormat};

pub(crate) use keys::{Form, KEYS, Key};
pub(crate) use source::Source;

/// The values of `[server]`, each from the strongest that gives it: a flag, a variable, the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Server {
    values: BTreeMap<&'static str, (Value, Source)>,
}

/// The values as what they are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ServerTable {
    host: Option<String>,
    port: Option<u16>,
    api_key: Option<String>,
    api_key_file: Option<PathBuf>,
    hosts: Option<Vec<String>>,
    origins: Option<Vec<String>>,
    #[serde(deserialize_with = "parsed")]
    prefix: Option<PathPrefix>,
    #[serde(deserialize_with = "all_parsed")]
    proxies: Vec<Network>,
    pub(crate) log_format: Option<LogFormat>,
    workers: Option<NonZeroUsize>,
    connections: Option<NonZeroUsize>,
    connections_per_address: Option<NonZeroUsize>,
    head_seconds: Option<u32>,
    body_seconds: Option<u32>,
    write_seconds: Option<u32>,
    keep_alive_seconds: Option<u32>,
    drain_seconds: Option<u32>,
    grace_seconds: Option<u32>,
    body_bytes: Option<NonZeroUsize>,
    json_depth: Option<NonZeroUsize>,
    frame_bytes: Option<NonZeroUsize>,
}

impl Server {
    /// Takes a value; what was there before is overruled.
    ///
    /// # Errors
    /// A sentence if there is no such key, or it holds no such value.
    pub(crate) fn set(&mut self, key: &str, value: Value, source: Source) -> Result<(), String> {
        let known = key_named(key)?;
        let table = Table::from_iter([(key.to_owned(), value.clone())]);
        ServerTable::deserialize(table)
            .map_err(|_| format!("`{key}` must be {}", known.takes()))?;
        self.values.insert(known.name, (value, source));
        Ok(())
    }

    /// Takes the value of a variable: a text as it is, a list parted by commas.
    ///
    /// # Errors
    /// A sentence if there is no such key, or it holds no such value.
    pub(crate) fn set_text(&mut self, key: &str, text: &str, source: Source) -> Result<(), String> {
        let value = key_named(key)?.value_of(text);
        self.set(key, value, source)
    }

    /// A key's value and its source; `None` if it has none.
    pub(crate) fn value(&self, key: &Key) -> Option<&(Value, Source)> {
        self.values.get(key.name)
    }

    /// All values.
    ///
    /// # Errors
    /// None: each was read when it was set.
    pub(crate) fn table(&self) -> Result<ServerTable, CliError> {
        let values = self.values.iter().map(|(key, (value, _))| ((*key).to_owned(), value.clone()));
        let table = ServerTable::deserialize(values.collect::<Table>());
        table.map_err(|error| CliError::Failed(error.message().to_owned()))
    }
}

impl ServerTable {
    /// Where and how to listen.
    pub(crate) fn server_settings(&self, insecure: bool) -> ServerSettings {
        let defaults = ServerSettings::default();
        ServerSettings {
            host: self.host.clone().unwrap_or(defaults.host),
            port: self.port.unwrap_or(defaults.port),
            workers: self.workers.unwrap_or(defaults.workers),
            connections: self.connections.unwrap_or(defaults.connections),
            connections_per_address: self
                .connections_per_address
                .unwrap_or(defaults.connections_per_address),
            slow_head: seconds(self.head_seconds, defaults.slow_head),
            keep_alive: seconds(self.keep_alive_seconds, defaults.keep_alive),
            slow_write: seconds(self.write_seconds, defaults.slow_write),
            insecure,
            drain: seconds(self.drain_seconds, defaults.drain),
            grace: seconds(self.grace_seconds, defaults.grace),
        }
    }

    /// Whom to answer, and how much to take from them.
    ///
    /// # Errors
    /// [`CliError::Usage`] if the key is none, [`CliError::Read`] if its file cannot be read.
    pub(crate) fn api_settings(&self) -> Result<ApiSettings, CliError> {
        let defaults = RequestLimits::default();
        let limit = |given: Option<NonZeroUsize>, default| given.map_or(default, NonZeroUsize::get);
        let limits = RequestLimits {
            body: limit(self.body_bytes, defaults.body),
            body_time: seconds(self.body_seconds, defaults.body_time),
            json_depth: limit(self.json_depth, defaults.json_depth),
            frame: limit(self.frame_bytes, defaults.frame),
        };
        let mut hosts = self.hosts.clone().unwrap_or_default();
        // A name or address that the server binds to is an accepted Host.
        hosts.extend(self.host.clone());
        let origins = self.origins.clone().unwrap_or_default();
        let (prefix, proxies) = (self.prefix.clone(), self.proxies.clone());
        let key = self.key()?;
        Ok(ApiSettings { key, hosts, origins, prefix, proxies, limits, ..ApiSettings::default() })
    }

    fn key(&self) -> Result<Option<ApiKey>, CliError> {
        let (name, text) = match (&self.api_key, &self.api_key_file) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                let sentence = "`server.api_key` and `server.api_key_file` are both set";
                return Err(CliError::Usage(sentence.to_owned()));
            }
            (Some(key), None) => ("server.api_key", key.clone()),
            (None, Some(path)) => {
                let text = bounded_read::text(path)
                    .map_err(|source| CliError::Read { path: path.clone(), source })?;
                ("server.api_key_file", text.trim_end().to_owned())
            }
        };
        let key = ApiKey::new(&text);
        Ok(Some(key.map_err(|error| CliError::Usage(format!("`{name}`: {error}")))?))
    }
}

fn parsed<'de, D, T>(value: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    String::deserialize(value)?.parse().map(Some).map_err(D::Error::custom)
}

fn all_parsed<'de, D, T>(value: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let texts = Vec::<String>::deserialize(value)?;
    texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
}

fn seconds(given: Option<u32>, default: Duration) -> Duration {
    given.map_or(default, |seconds| Duration::from_secs(seconds.into()))
}

/// The key of this name.
fn key_named(name: &str) -> Result<&'static Key, String> {
    KEYS.iter().find(|key| key.name == name).ok_or_else(|| {
        let instead = instead_of(name, KEYS.iter().map(|key| key.name));
        format!("unknown key `{name}` in [server]{instead}")
    })
}
