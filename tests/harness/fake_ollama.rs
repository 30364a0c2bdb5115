//! A server that speaks Ollama's wire protocol, and OpenAI's below `/v1`.

mod chat;
mod connection;
mod described;
mod journal;
mod memory;
mod misbehaviour;
mod models;
mod refusal;
mod reply;
mod settings;
#[cfg(test)]
mod tests;
mod v1;

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use self::{connection::Connection, journal::Journal, memory::Memory};

pub use self::{
    journal::{Chat, Stats},
    misbehaviour::Misbehaviour,
    refusal::Refusal,
    settings::{InvalidSetting, Settings},
};

/// A running fake. Dropping it closes the port and cuts every connection, as a killed host does.
#[derive(Debug)]
pub struct FakeOllama {
    addr: SocketAddr,
    host: Arc<Host>,
    serving: JoinHandle<()>,
}

impl FakeOllama {
    /// Listens on a free port of the loopback interface.
    ///
    /// # Errors
    /// If no port is available.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        Self::bind(SocketAddr::from(([127, 0, 0, 1], 0)), settings, None).await
    }

    /// Listens on an address, and writes each chat call to `log` as one JSON line.
    ///
    /// # Errors
    /// If the address is taken or the log cannot be created.
    pub async fn bind(
        addr: SocketAddr,
        settings: Settings,
        log: Option<&Path>,
    ) -> io::Result<Self> {
        let journal = Journal::open(log)?;
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let held_from = watch::Sender::new(usize::MAX);
        let load = Duration::from_millis(settings.load_ms);
        let memory = Memory::new(settings.max_loaded_models, load);
        let host = Arc::new(Host { settings, journal, memory, held_from });
        let serving = tokio::spawn(accept(listener, Arc::clone(&host)));
        Ok(Self { addr, host, serving })
    }

    /// The URL, such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Closes all connections and frees the address for another listener.
    pub async fn stop(mut self) {
        self.serving.abort();
        // The error is the cancellation.
        let _ = (&mut self.serving).await;
    }

    /// The chat calls with a message, in order of arrival.
    #[must_use]
    pub fn chats(&self) -> Vec<Chat> {
        self.host.journal.chats()
    }

    /// Statistics since the start.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.host.stats()
    }

    /// Chat calls from the `n`th on, counted from 0 like [`Chat::n`], get no token until
    /// [`release`](Self::release).
    pub fn hold_from(&self, n: usize) {
        self.host.held_from.send_replace(n);
    }

    /// Releases all held calls.
    pub fn release(&self) {
        self.hold_from(usize::MAX);
    }

    /// Serves until the task is aborted.
    pub async fn serve(mut self) {
        // The accepting task does not end by itself.
        (&mut self.serving).await.unwrap_or_default();
    }
}

impl Drop for FakeOllama {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[derive(Debug)]
struct Host {
    settings: Settings,
    journal: Journal,
    memory: Memory,
    held_from: watch::Sender<usize>,
}

impl Host {
    fn stats(&self) -> Stats {
        Stats { loads: self.memory.loads(), ..self.journal.stats() }
    }
}

async fn accept(listener: TcpListener, host: Arc<Host>) {
    // Aborting this task drops the set, and with it every connection.
    let mut connections = JoinSet::new();
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(converse(stream, Arc::clone(&host)));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(stream: TcpStream, host: Arc<Host>) {
    let opened = host.journal.connected();
    let mut connection = Connection::new(stream);
    // An error means that the client, or a misbehaving model, ended the connection.
    while let Ok(Some(request)) = connection.request().await {
        let answered = match request.path.as_str() {
            "/api/chat" => chat::answer(&host, &mut connection, &request, &opened).await,
            "/v1/chat/completions" => v1::chat(&host, &mut connection, &request, &opened).await,
            "/v1/models" => v1::models(&host, &mut connection).await,
            _ => models::answer(&host, &mut connection, &request).await,
        };
        if answered.is_err() {
            break;
        }
    }
}
