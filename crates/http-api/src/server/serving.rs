use std::{
    future::ready,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_http::{HttpService, KeepAlive, Protocol, Request, error::DispatchError};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::{
    App, Error,
    dev::{AppConfig, Server, ServerHandle},
    rt::net::TcpStream,
    web::{self, ServiceConfig},
};

use super::{
    connections::{Connections, TooMany},
    expectation,
    peer_list::PeerList,
    peer_stream::PeerStream,
};
use crate::{Api, PathPrefix, ServerSettings, configure, peer::PeerTimeouts};

/// How long a client has to read the response to a request whose body is not read.
const FAREWELL: Duration = Duration::from_secs(1);

/// Begins to serve. Returns the future that serves until it ends, and the handle that ends it.
///
/// actix-web's own `HttpServer` limits neither how slowly bodies arrive nor how slowly responses are read.
/// The layer below it accepts a stream type of ours, which does.
pub(super) fn begin(
    api: &Api,
    settings: &ServerSettings,
    listeners: Vec<TcpListener>,
) -> io::Result<(impl Future<Output = io::Result<()>> + use<>, ServerHandle)> {
    let workers = settings.workers.get();
    let timeouts = PeerTimeouts {
        head: settings.keep_alive + settings.slow_head,
        end: FAREWELL,
        write: settings.slow_write,
    };
    let acceptor = Acceptor {
        connections: Connections::at_most(settings.connections_per_address.get()),
        peers: PeerList::of(settings.connections.get(), timeouts),
        slow_write: settings.slow_write,
    };
    let peers = acceptor.peers.clone();
    let mut server = Server::build()
        .workers(workers)
        .max_concurrent_connections(settings.connections.get().div_ceil(workers))
        // The caller measures the grace period; this one must not end first.
        .shutdown_timeout(settings.grace.as_secs().saturating_add(60))
        .disable_signals();
    for listener in listeners {
        let address = listener.local_addr()?;
        let (api, acceptor, settings) = (api.clone(), acceptor.clone(), settings.clone());
        let stopping = server.graceful_shutdown_signal();
        server = server.listen(format!("synod-{address}"), listener, move || {
            lower_priority();
            let (acceptor, stopping) = (acceptor.clone(), stopping.clone());
            let expected = api.clone();
            let expect =
                fn_service(move |request: Request| ready(expectation::judge(&expected, request)));
            let app = App::new().configure(mount(api.clone())).into_factory();
            let app = app.map_err(|error: Error| error.error_response());
            let protocol = HttpService::build()
                .expect(expect)
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .client_request_timeout(settings.slow_head)
                .client_disconnect_timeout(FAREWELL)
                .keep_alive(KeepAlive::from(settings.keep_alive))
                .local_addr(address)
                // Otherwise a client that disconnects before its response is not noticed.
                .h1_allow_half_closed(false)
                .on_connect_ext(|stream: &PeerStream, kept| {
                    kept.insert(Arc::clone(stream.peer()));
                })
                .finish(map_config(app, |()| AppConfig::default()));
            fn_service(move |stream: TcpStream| {
                let entered = acceptor.enter(stream);
                async move { entered }
            })
            .and_then(protocol)
        })?;
    }
    let serving = server.run();
    let handle = serving.handle();
    let serving = async move {
        tokio::select! {
            ended = serving => ended,
            never = peers.watch() => match never {},
        }
    };
    Ok((serving, handle))
}

/// Mounts the interface at the root and, for proxies that do not strip it, under its prefix.
fn mount(api: Api) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        let prefix = api.settings().prefix.as_ref().map(PathPrefix::as_str).unwrap_or_default();
        if !prefix.is_empty() {
            config.service(web::scope(prefix).configure(configure(api.clone())));
        }
        configure(api)(config);
    }
}

/// The checks of a new connection.
#[derive(Clone)]
struct Acceptor {
    connections: Connections,
    peers: PeerList,
    slow_write: Duration,
}

type Entered = (PeerStream, Protocol, Option<SocketAddr>);

impl Acceptor {
    fn enter(&self, stream: TcpStream) -> Result<Entered, DispatchError> {
        // A peer that has disconnected already has no address, and is noticed at the first read.
        let address = stream.peer_addr().ok();
        let open = match address.map(|address| self.connections.enter(address.ip())) {
            Some(Err(TooMany)) => {
                return Err(io::Error::from(io::ErrorKind::ConnectionRefused).into());
            }
            Some(Ok(open)) => open,
            None => None,
        };
        limit_unread(&stream, self.slow_write);
        let stream = PeerStream::new(stream, self.peers.enter(), open);
        Ok((stream, Protocol::Http1, address))
    }
}

/// Limits the system's send buffer of a connection, and the time for which its peer may acknowledge nothing.
#[cfg(target_os = "linux")]
fn limit_unread(stream: &TcpStream, longest: Duration) {
    use nix::sys::socket::{
        setsockopt,
        sockopt::{SndBuf, TcpUserTimeout},
    };
    const BUFFER: usize = 128 << 10;
    let ms = u32::try_from(longest.as_millis()).unwrap_or(u32::MAX);
    let limited = setsockopt(stream, TcpUserTimeout, &ms);
    if let Err(error) = limited.and_then(|()| setsockopt(stream, SndBuf, &BUFFER)) {
        tracing::debug!(%error, "the system sets no limit on a connection");
    }
}

#[cfg(not(target_os = "linux"))]
const fn limit_unread(_: &TcpStream, _: Duration) {}

/// Lowers the priority of this thread: with thousands of watchers an event occupies the processors for a
/// while, and debates and models on this machine must not wait for it.
#[cfg(target_os = "linux")]
fn lower_priority() {
    const NICE: i32 = 5;
    // On Linux it concerns this thread only. A failure costs nothing but speed.
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}

#[cfg(not(target_os = "linux"))]
const fn lower_priority() {}
