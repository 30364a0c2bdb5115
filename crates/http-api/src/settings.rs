use std::{num::NonZeroUsize, time::Duration};

use crate::{ApiKey, DebateDefaults, Network, PathPrefix};

/// The settings of an [`Api`](crate::Api): access, published path, defaults and limits.
#[derive(Clone, Debug, Default)]
pub struct ApiSettings {
    /// The key that clients must send; `None`: no key is needed.
    pub key: Option<ApiKey>,
    /// Names and addresses of the server in `Host`, besides those of loopback: `synod.lan` under any port,
    /// `synod.lan:8000` under that one.
    pub hosts: Vec<String>,
    /// Origins of pages of other servers that may send requests, as `https://desk.example`.
    pub origins: Vec<String>,
    /// The path that a proxy publishes the interface under; links and redirects begin with it.
    pub prefix: Option<PathPrefix>,
    /// Proxies whose `X-Forwarded-Prefix` is trusted. It is put before [`prefix`](Self::prefix).
    pub proxies: Vec<Network>,
    /// Defaults of requests that open debates.
    pub debates: DebateDefaults,
    /// Whether debates can be shared: the link of a share shows its debate without a key.
    pub shares: bool,
    /// Limits of requests.
    pub limits: RequestLimits,
}

/// Limits of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLimits {
    /// Bytes of a body.
    pub body: usize,
    /// How long a body may arrive at less than 1 KiB per second.
    pub body_time: Duration,
    /// Arrays and objects within one another in a body.
    pub json_depth: usize,
    /// Bytes of a WebSocket frame, and of a message of several frames.
    pub frame: usize,
}

impl Default for RequestLimits {
    /// 1 MiB, 10 s, 64 deep, 64 KiB.
    fn default() -> Self {
        Self { body: 1 << 20, body_time: Duration::from_secs(10), json_depth: 64, frame: 64 << 10 }
    }
}

/// Where and how an [`ApiServer`](crate::ApiServer) listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// A name or an address. `localhost` is the loopback of both families.
    pub host: String,
    /// 0: a free one.
    pub port: u16,
    /// Threads that serve requests. Debates run on none of them.
    pub workers: NonZeroUsize,
    /// Connections at a time; further ones wait to be accepted.
    pub connections: NonZeroUsize,
    /// Connections at a time from one address that is not loopback; further ones are closed.
    pub connections_per_address: NonZeroUsize,
    /// How long a request's head may take.
    pub slow_head: Duration,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// How long a client may read less than 1 KiB per second of a response.
    pub slow_write: Duration,
    /// Serves other machines without a key.
    pub insecure: bool,
    /// How long the server still serves once it stops, with 503 at `/readyz`: longer than the interval of
    /// probes.
    pub drain: Duration,
    /// How long requests in progress may take to end once the server stops.
    pub grace: Duration,
}

impl Default for ServerSettings {
    /// `localhost`, port 8000, 2 workers, 1,024 connections, 64 per address, 5 s for a head, kept
    /// for 15 s, 30 s for a write, 1 s to drain, 10 s of grace.
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 8_000,
            workers: const { NonZeroUsize::new(2).expect("not zero") },
            connections: const { NonZeroUsize::new(1_024).expect("not zero") },
            connections_per_address: const { NonZeroUsize::new(64).expect("not zero") },
            slow_head: Duration::from_secs(5),
            keep_alive: Duration::from_secs(15),
            slow_write: Duration::from_secs(30),
            insecure: false,
            drain: Duration::from_secs(1),
            grace: Duration::from_secs(10),
        }
    }
}
