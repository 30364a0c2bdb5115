mod addresses;
mod connections;
mod crowd;
mod expectation;
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
/// Requests are answered on threads of the server's own; the debates of the api's hub stay where the
/// hub was made.
pub struct ApiServer {
    api: Api,
    settings: ServerSettings,
    listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
}

/// Why a server cannot listen.
#[derive(Debug, Error)]
pub enum BindError {
    /// It would answer other machines without asking them for a key.
    #[error(
        "without an API key anyone who reaches {host} could do anything: set `server.api_key_file`, or \
         SYNOD__SERVER__API_KEY (`synod key new` makes a key), or insist with --insecure"
    )]
    NeedsKey {
        /// Where it would listen.
        host: String,
    },
    /// Somebody else does.
    #[error("{address} is in use; stop what listens there, or choose another port")]
    InUse {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Ports below 1024 and the like.
    #[error("{address} may not be used by this user; choose a port above 1023")]
    Denied {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The name names no address of this machine.
    #[error("cannot listen at {host}: {source}")]
    Host {
        /// The name.
        host: String,
        /// What the system said.
        source: io::Error,
    },
}

/// How a server came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// All requests and calls had ended.
    InOrder,
    /// Some were cut, since the grace was over.
    GraceOver,
    /// A second signal arrived.
    AtOnce,
}

impl ApiServer {
    /// Binds the addresses without answering yet.
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

    /// Where it listens, the port chosen.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Answers until `stop` returns.
    ///
    /// When the first `stop` ends, the server is not ready any more, and answers that it is not while
    /// it drains. Then it accepts nobody; sockets and streams are closed, debates are let go, and
    /// requests under way have the grace to end. The second one ends it at once.
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
