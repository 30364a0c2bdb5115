mod addresses;
mod connections;
mod expectation;
mod peer_list;
mod peer_stream;
mod serving;

use std::{
    io,
    net::{SocketAddr, TcpListener},
};

use actix_web::dev::ServerHandle;
use thiserror::Error;
use tokio::time::{sleep, timeout};

use crate::{Api, ServerSettings, middleware::guard::is_loopback};

/// An [`Api`] on its addresses.
///
/// Requests are served on threads of the server; debates run on the runtime of their hub.
pub struct ApiServer {
    api: Api,
    settings: ServerSettings,
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
}

/// Errors of a server that cannot listen.
#[derive(Debug, Error)]
pub enum BindError {
    /// The server would serve other machines without a key.
    #[error(
        "without an API key anyone who reaches {host} could do anything: set `server.api_key_file`, or \
         SYNOD__SERVER__API_KEY (`synod key new` makes a key), or insist with --insecure"
    )]
    NeedsKey {
        /// The configured host.
        host: String,
    },
    /// Another process listens at the address.
    #[error("{address} is in use; stop what listens there, or choose another port")]
    InUse {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// Ports below 1024 and the like.
    #[error("{address} may not be used by this user; choose a port above 1023")]
    Denied {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// The host is no address of this machine.
    #[error("cannot listen at {host}: {source}")]
    Host {
        /// The configured host.
        host: String,
        /// The cause.
        source: io::Error,
    },
}

/// How a server stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// All requests and calls had ended.
    InOrder,
    /// The grace period ended before some of them.
    GraceOver,
    /// A second signal arrived.
    AtOnce,
}

impl ApiServer {
    /// Binds the addresses without accepting connections yet.
    ///
    /// # Errors
    /// [`BindError`].
    pub fn bind(api: Api, settings: ServerSettings) -> Result<Self, BindError> {
        let is_open = api.settings().key.is_none() && !settings.insecure;
        if is_open && !is_loopback(&settings.host) {
            return Err(BindError::NeedsKey { host: settings.host });
        }
        let listeners = addresses::listen(&settings.host, settings.port)?;
        let local = |listener: &TcpListener| listener.local_addr();
        let host = || settings.host.clone();
        let addresses = listeners.iter().map(local).collect::<Result<_, _>>();
        let addresses = addresses.map_err(|source| BindError::Host { host: host(), source })?;
        Ok(Self { api, settings, listeners, addresses })
    }

    /// Returns the addresses at which the server listens, with the actual port.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Serves until `stop` returns.
    ///
    /// After the first `stop` the server is not ready, and still serves while it drains. Then it accepts no
    /// connections, closes sockets and streams, releases debates, gives requests in progress the grace
    /// period, and stores the statistics of agents. A second `stop` ends it at once.
    ///
    /// # Errors
    /// If the system refuses to serve.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub async fn run(self, mut stop: impl AsyncFnMut()) -> io::Result<Stopped> {
        let Self { api, settings, listeners, .. } = self;
        let (serving, handle) = serving::begin(&api, &settings, listeners)?;
        let mut serving = tokio::spawn(serving);
        tokio::select! {
            ended = &mut serving => return ended.map_err(io::Error::other)?.map(|()| Stopped::InOrder),
            () = stop() => {}
        }
        tracing::info!("stopping");
        api.drain();
        let ending = async {
            sleep(settings.drain).await;
            let ended = timeout(settings.grace, end(&api, &handle)).await;
            if let Err(error) = api.synod().save().await {
                tracing::error!(%error, "the last statistics of agents could not be stored");
            }
            if ended.is_ok() { Stopped::InOrder } else { Stopped::GraceOver }
        };
        let stopped = tokio::select! {
            stopped = ending => stopped,
            () = stop() => Stopped::AtOnce,
        };
        // Closes the remaining connections without waiting.
        drop(handle.stop(false));
        serving.abort();
        Ok(stopped)
    }
}

/// Ends everything in order.
async fn end(api: &Api, handle: &ServerHandle) {
    api.close();
    tokio::join!(handle.stop(true), api.synod().debates().close());
}

impl std::fmt::Debug for ApiServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiServer").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}
