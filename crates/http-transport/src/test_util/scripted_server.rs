use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout};

use super::{Ending, ScriptedResponse};

/// How long the server waits before it ends a chunked body: real servers send the end apart.
const END_DELAY: Duration = Duration::from_millis(5);
/// How long the server waits before it resets a connection: a reset discards what the client has not
/// read yet.
const RESET_DELAY: Duration = Duration::from_millis(200);

/// A server on a port of this machine that responds by a script. It stops when it is dropped.
#[derive(Debug)]
pub struct ScriptedServer {
    /// Host and port, as `127.0.0.1:40001`.
    pub address: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    /// The number of the connection, from 0.
    pub connection: usize,
    /// The method, as `POST`.
    pub method: String,
    /// The path, with its query.
    pub path: String,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

#[derive(Debug)]
struct State {
    script: Mutex<Script>,
    /// When a client last left in the middle of a response.
    left: watch::Sender<Option<Instant>>,
}

#[derive(Default)]
struct Script {
    /// Responses to the next requests of any path.
    in_order: VecDeque<ScriptedResponse>,
    /// Responses by path; the last of a path is repeated.
    by_path: HashMap<&'static str, VecDeque<ScriptedResponse>>,
    refusals: HashMap<&'static str, Box<Refusal>>,
    /// The response when nothing else applies.
    fallback: Option<ScriptedResponse>,
    received: Vec<ReceivedRequest>,
    connections: usize,
}

type Refusal = dyn Fn(&Value) -> Option<ScriptedResponse> + Send;

impl ReceivedRequest {
    /// Returns the value of a header, whose name is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the body as JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl ScriptedServer {
    /// Starts a server that responds by path. It lists no models in Ollama's protocol, and responds
    /// with 404 to other paths.
    ///
    /// # Panics
    /// If no port of this machine can be bound.
    pub async fn start() -> Self {
        let none = ScriptedResponse::json(&json!({"models": []}));
        let fallback = ScriptedResponse::text(404, "404 page not found");
        Self::serve(Script { fallback: Some(fallback), ..Script::default() })
            .await
            .answering("/api/tags", none.clone())
            .answering("/api/ps", none)
    }

    /// Starts a server that sends these responses in order, whatever the path and the connection,
    /// and then resets every connection.
    ///
    /// # Panics
    /// If no port of this machine can be bound.
    pub async fn in_order(responses: impl IntoIterator<Item = ScriptedResponse>) -> Self {
        let in_order = responses.into_iter().collect();
        Self::serve(Script { in_order, ..Script::default() }).await
    }

    async fn serve(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket").to_string();
        let state = Arc::new(State { script: Mutex::new(script), left: watch::Sender::new(None) });
        let serving = Arc::clone(&state);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let connection = serving.connected();
                connections.spawn(serve_connection(socket, connection, Arc::clone(&serving)));
            }
        });
        Self { address, state, task }
    }

    /// Responds like this to requests of a path.
    #[must_use]
    pub fn answering(self, path: &'static str, response: ScriptedResponse) -> Self {
        self.replace(path, response);
        self
    }

    /// Responds like this to later requests of a path.
    pub fn replace(&self, path: &'static str, response: ScriptedResponse) {
        self.replace_all(path, [response]);
    }

    /// Responds to later requests of a path with these in turn, and then always with the last.
    pub fn replace_all<const N: usize>(
        &self,
        path: &'static str,
        responses: [ScriptedResponse; N],
    ) {
        self.state.script.lock().by_path.insert(path, VecDeque::from(responses));
    }

    /// Responds to requests of a path, given their JSON bodies, with what `refusal` returns, and
    /// otherwise as before.
    #[must_use]
    pub fn refusing(
        self,
        path: &'static str,
        refusal: impl Fn(&Value) -> Option<ScriptedResponse> + Send + 'static,
    ) -> Self {
        self.state.script.lock().refusals.insert(path, Box::new(refusal));
        self
    }

    /// Returns the requests so far.
    #[must_use]
    pub fn received(&self) -> Vec<ReceivedRequest> {
        self.state.script.lock().received.clone()
    }

    /// Returns the JSON bodies of the requests of a path so far; null for other bodies.
    #[must_use]
    pub fn requests(&self, path: &str) -> Vec<Value> {
        let script = self.state.script.lock();
        let received = script.received.iter().filter(|request| request.path == path);
        received.map(|request| request.json().unwrap_or_default()).collect()
    }

    /// Returns the number of connections so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.state.script.lock().connections
    }

    /// Waits until a client has left in the middle of a response.
    ///
    /// # Panics
    /// Never: the server outlives the wait.
    pub async fn left(&self) -> Instant {
        let mut left = self.state.left.subscribe();
        left.wait_for(Option::is_some).await.expect("the server is there").expect("a time")
    }

    /// Waits for two seconds until a client has left in the middle of a response.
    pub async fn left_soon(&self) -> Option<Instant> {
        timeout(Duration::from_secs(2), self.left()).await.ok()
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Returns an address that refuses connections.
///
/// # Panics
/// If no port of this machine can be bound.
pub async fn refusing_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("a bound socket")
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Script").field("received", &self.received).finish_non_exhaustive()
    }
}

impl State {
    /// Returns the number of a new connection.
    fn connected(&self) -> usize {
        let mut script = self.script.lock();
        script.connections += 1;
        script.connections - 1
    }

    fn response(&self, request: ReceivedRequest) -> ScriptedResponse {
        let mut script = self.script.lock();
        let response = script.next(&request);
        script.received.push(request);
        response
    }
}

impl Script {
    fn next(&mut self, request: &ReceivedRequest) -> ScriptedResponse {
        let path = request.path.as_str();
        if let Some(refusal) = self.refusals.get(path)
            && let Some(response) = refusal(&request.json().unwrap_or_default())
        {
            return response;
        }
        let of_path = self.by_path.get_mut(path).and_then(|responses| match responses.len() {
            0 | 1 => responses.front().cloned(),
            _ => responses.pop_front(),
        });
        of_path
            .or_else(|| self.in_order.pop_front())
            .or_else(|| self.fallback.clone())
            .unwrap_or_else(ScriptedResponse::reset)
    }
}

async fn serve_connection(mut socket: TcpStream, connection: usize, state: Arc<State>) {
    // A client that leaves, or a socket that fails, ends the connection.
    if let Err(Left) = serve_requests(&mut socket, connection, &state).await {
        state.left.send_replace(Some(Instant::now()));
    }
}

/// The client has left in the middle of a response.
struct Left;

impl From<io::Error> for Left {
    fn from(_: io::Error) -> Self {
        Self
    }
}

async fn serve_requests(
    socket: &mut TcpStream,
    connection: usize,
    state: &State,
) -> Result<(), Left> {
    socket.set_nodelay(true)?;
    while let Some(request) = read_request(socket, connection).await {
        let response = state.response(request);
        if response.status.is_some() {
            write_response(socket, &response).await?;
        }
        match response.ending {
            Ending::Clean => {}
            Ending::Reset => {
                if response.status.is_some() {
                    sleep(RESET_DELAY).await;
                }
                socket.set_zero_linger()?;
                return Ok(());
            }
            Ending::Cut | Ending::Close => return Ok(()),
            Ending::Stall => {
                let _ = socket.read(&mut [0]).await;
                return Err(Left);
            }
        }
    }
    Ok(())
}

async fn write_response(socket: &mut TcpStream, response: &ScriptedResponse) -> Result<(), Left> {
    let mut pending = response.head();
    for (delay, piece) in &response.pieces {
        if !delay.is_zero() {
            tokio::select! {
                _ = socket.readable() => return Err(Left),
                () = sleep(*delay) => {}
            }
        }
        pending.extend(response.frame(piece));
        socket.write_all(&pending).await?;
        pending.clear();
    }
    socket.write_all(&pending).await?;
    if matches!(response.ending, Ending::Clean | Ending::Close) && response.is_chunked() {
        sleep(END_DELAY).await;
        socket.write_all(b"0\r\n\r\n").await?;
    }
    Ok(())
}

/// Reads the next request; `None` if the client closes the connection, or sends no HTTP.
async fn read_request(socket: &mut TcpStream, connection: usize) -> Option<ReceivedRequest> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut body = bytes.split_off(head_end);
    let head = String::from_utf8(bytes).ok()?;
    let mut lines = head.lines();
    let mut start = lines.next()?.split(' ');
    let (method, path) = (start.next()?.to_owned(), start.next()?.to_owned());
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(Some(0), |(_, length)| length.parse().ok())?;
    while body.len() < length {
        if socket.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(ReceivedRequest { connection, method, path, headers, body })
}
