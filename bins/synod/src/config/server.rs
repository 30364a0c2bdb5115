//! The table `[server]`.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use synod_http_api::{ApiKey, ApiSettings, Network, PathPrefix, RequestLimits, ServerSettings};

use super::{api_key::read_api_key, error::ApiKeyError, key::keys, value::Secret};
use crate::{bounds, logging::LogFormat};

keys! {
    /// The values of `[server]`.
    pub(crate) struct ServerTable(" in [server]") {
        host: String {
            "address to listen on; localhost is 127.0.0.1 and ::1",
            default: "\"localhost\"",
        }
        port: u16 { "0 selects a free port", default: "8000" }
        api_key: Secret { "key that clients must send; required beyond localhost" }
        api_key_file: PathBuf { "file with the key, instead of api_key" }
        hosts: Vec<String> {
            "accepted Host names besides localhost",
            default: "[]",
        }
        origins: Vec<String> {
            "origins of other servers whose pages may send requests: `https://desk.example`",
            default: "[]",
        }
        prefix: PathPrefix { "path under which a proxy publishes the server: /synod" }
        proxies: Vec<Network> {
            "addresses of proxies whose X-Forwarded-Prefix is used: 10.0.0.0/8",
            default: "[]",
        }
        shares: bool {
            "whether a debate can be shared by a link that shows it without a key",
            default: "false",
        }
        log_format: LogFormat { "human or json; human on a terminal if not set" }
        workers: NonZeroUsize {
            "threads that serve requests",
            default: "2",
            range: Some((1.0, 512.0)),
            takes: bounds::WORKERS,
        }
        connections: NonZeroUsize { "connections at a time", default: "1024" }
        connections_per_address: NonZeroUsize {
            "connections of one address at a time; localhost is not limited",
            default: "64",
        }
        head_seconds: u32 { "maximum time for the head of a request", default: "5" }
        body_seconds: u32 {
            "seconds below 1 KiB/s after which a body is refused",
            default: "10",
        }
        write_seconds: u32 {
            "seconds below 1 KiB/s after which a client that reads a response is disconnected",
            default: "30",
        }
        keep_alive_seconds: u32 { "maximum time that a connection may be idle", default: "15" }
        drain_seconds: u32 {
            "time that the server still serves requests after a signal to stop, with 503 at /readyz",
            default: "1",
        }
        grace_seconds: u32 {
            "maximum time for requests in progress after that",
            default: "10",
        }
        body_bytes: NonZeroUsize { "maximum size of a body", default: "1048576" }
        json_depth: NonZeroUsize {
            "maximum nesting of arrays and objects in a body",
            default: "64",
        }
        frame_bytes: NonZeroUsize { "maximum size of a WebSocket frame", default: "65536" }
    }
}

impl ServerTable {
    /// The addresses, threads and time limits of the server.
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

    /// The access rules and the limits of requests.
    ///
    /// # Errors
    /// [`ApiKeyError`].
    pub(crate) fn api_settings(&self) -> Result<ApiSettings, ApiKeyError> {
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
        Ok(ApiSettings {
            key: self.key()?,
            hosts,
            origins: self.origins.clone().unwrap_or_default(),
            prefix: self.prefix.clone(),
            proxies: self.proxies.clone().unwrap_or_default(),
            shares: self.shares.unwrap_or_default(),
            limits,
            ..ApiSettings::default()
        })
    }

    fn key(&self) -> Result<Option<ApiKey>, ApiKeyError> {
        let (key, file) = (self.api_key.as_ref(), self.api_key_file.as_deref());
        let Some((setting, text)) = read_api_key(key, file, "server.")? else { return Ok(None) };
        match ApiKey::new(&text) {
            Ok(key) => Ok(Some(key)),
            Err(source) => Err(ApiKeyError::Invalid { setting, source }),
        }
    }
}

fn seconds(given: Option<u32>, default: Duration) -> Duration {
    given.map_or(default, |seconds| Duration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Source, Table};

    #[test]
    fn declared_defaults_are_those_of_the_server() {
        let mut table = ServerTable::default();
        for key in ServerTable::KEYS.iter().filter(|key| !key.default.is_empty()) {
            let default: toml::Table = format!("v = {}", key.default).parse().expect(key.name);
            table.set(key.name, &default["v"], Source::Default).expect(key.name);
        }
        let unset = ServerTable::default();
        let shown = |table: &ServerTable| format!("{:?}", table.server_settings(false));
        assert_eq!(shown(&table), shown(&unset));
        let limits = |table: &ServerTable| format!("{:?}", table.api_settings().unwrap().limits);
        assert_eq!(limits(&table), limits(&unset));
    }

    #[test]
    fn a_key_and_its_file_exclude_each_other() {
        let mut table = ServerTable::default();
        for (key, text) in [("api_key", "0123456789abcdef"), ("api_key_file", "key")] {
            table.set_text(key, text, Source::Default).expect(key);
        }
        let error = table.api_settings().unwrap_err().to_string();
        assert_eq!(error, "`server.api_key` and `server.api_key_file` are both set");
        assert!(!format!("{table:?}").contains("0123456789abcdef"));
    }
}
