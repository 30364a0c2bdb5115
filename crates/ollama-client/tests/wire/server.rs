//! A server that answers as it is told, byte by byte.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// None: the connection is reset before any byte.
    pub(crate) status: Option<u16>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) pieces: Vec<(Duration, Vec<u8>)>,
    pub(crate) close: Close,
}

/// What comes after the last piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Close {
    /// The proper end of the body; the connection stays open.
    Clean,
    /// The proper end of the body, and of the connection.
    Hangup,
    /// RST, without the end of the body.
    Reset,
    /// FIN, without the end of the body.
    Fin,
    /// Nothing: the client is expected to leave.
    Stall,
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) connection: usize,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

#[derive(Debug, Default)]
struct Log {
    requests: Vec<Seen>,
    answers: std::collections::VecDeque<Answer>,
}

/// A running server; it stops with the test's runtime.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<Log>>,
    disconnected: watch::Receiver<Option<Instant>>,
}

impl Answer {
    /// A JSON body of a known length.
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self {
            status: Some(status),
            headers: vec![
                ("content-type".into(), "application/json; charset=utf-8".into()),
                ("content-length".into(), body.len().to_string()),
            ],
            pieces: vec![(Duration::ZERO, body.into())],
            close: Close::Clean,
        }
    }

    /// A stream of lines, a chunk each.
    pub(crate) fn lines(lines: &[&str]) -> Self {
        Self {
            status: Some(200),
            headers: vec![("content-type".into(), "application/x-ndjson".into())],
            pieces: lines.iter().map(|l| (Duration::ZERO, format!("{l}\n").into())).collect(),
            close: Close::Clean,
        }
    }

    pub(crate) fn reset() -> Self {
        Self { status: None, headers: Vec::new(), pieces: Vec::new(), close: Close::Reset }
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Promises more bytes than come.
    pub(crate) fn longer_by(mut self, more: usize) -> Self {
        for (_, value) in self.headers.iter_mut().filter(|(name, _)| name == "content-length") {
            *value = (value.parse::<usize>().unwrap() + more).to_string();
        }
        self
    }

    fn is_chunked(&self) -> bool {
        let has_length = self.headers.iter().any(|(name, _)| name == "content-length");
        !has_length && self.status != Some(204)
    }

    fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Status\r\n", self.status.unwrap_or_default());
        for (name, value) in self.headers.iter().filter(|(name, _)| name != "transfer-encoding") {
            head += &format!("{name}: {value}\r\n");
        }
        if self.is_chunked() {
            head += "transfer-encoding: chunked\r\n";
        }
        head += "\r\n";
        head.into_bytes()
    }

    fn frame(&self, piece: &[u8]) -> Vec<u8> {
        if !self.is_chunked() {
            return piece.to_vec();
        }
        let mut frame = format!("{:x}\r\n", piece.len()).into_bytes();
        frame.extend_from_slice(piece);
        frame.extend_from_slice(b"\r\n");
        frame
    }
}

impl Server {
    /// Serves the answers in order, whatever is asked and over whichever connection. What is asked
    /// after the last one is answered with a reset.
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = answers.into_iter().collect();
        let log = Arc::new(Mutex::new(Log { requests: Vec::new(), answers }));
        let (left, disconnected) = watch::channel(None);
        let accepted = Arc::clone(&log);
        tokio::spawn(async move {
            for connection in 0.. {
                let Ok((socket, _)) = listener.accept().await else { return };
                tokio::spawn(serve(socket, connection, Arc::clone(&accepted), left.clone()));
            }
        });
        Self { address, log, disconnected }
    }

    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.log.lock().unwrap().requests.clone()
    }

    /// When a client left in the middle of an answer, if it does so soon.
    pub(crate) async fn disconnect(&self) -> Option<Instant> {
        let mut disconnected = self.disconnected.clone();
        let left = disconnected.wait_for(Option::is_some);
        let at = tokio::time::timeout(Duration::from_secs(2), left).await.ok()?.ok()?;
        *at
    }
}

/// An address that nothing listens on.
pub(crate) async fn refusing_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

async fn serve(
    mut socket: TcpStream,
    connection: usize,
    log: Arc<Mutex<Log>>,
    left: watch::Sender<Option<Instant>>,
) {
    socket.set_nodelay(true).unwrap();
    while let Some(seen) = read_request(&mut socket, connection).await {
        let answer = {
            let mut log = log.lock().unwrap();
            log.requests.push(seen);
            log.answers.pop_front().unwrap_or_else(Answer::reset)
        };
        match write_answer(&mut socket, &answer).await {
            Ok(Close::Clean) => {}
            Ok(Close::Reset) => {
                // An RST overtakes what the client has not been given yet.
                tokio::time::sleep(Duration::from_millis(20)).await;
                socket.set_zero_linger().unwrap();
                return;
            }
            Ok(Close::Fin | Close::Hangup) => return,
            Ok(Close::Stall) => {
                let _ = socket.read(&mut [0]).await;
                let _ = left.send(Some(Instant::now()));
                return;
            }
            Err(ClientLeft) => {
                let _ = left.send(Some(Instant::now()));
                return;
            }
        }
    }
}

struct ClientLeft;

impl From<std::io::Error> for ClientLeft {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

/// Status and headers go with the first piece, after its delay, as Ollama sends them.
async fn write_answer(socket: &mut TcpStream, answer: &Answer) -> Result<Close, ClientLeft> {
    if answer.status.is_none() {
        return Ok(answer.close);
    }
    let mut pending = answer.head();
    for (delay, piece) in &answer.pieces {
        wait(socket, *delay).await?;
        pending.extend(answer.frame(piece));
        socket.write_all(&pending).await?;
        pending.clear();
    }
    if matches!(answer.close, Close::Clean | Close::Hangup) && answer.is_chunked() {
        pending.extend_from_slice(b"0\r\n\r\n");
    }
    socket.write_all(&pending).await?;
    Ok(answer.close)
}

/// Waits, unless the client leaves meanwhile.
async fn wait(socket: &mut TcpStream, delay: Duration) -> Result<(), ClientLeft> {
    if delay.is_zero() {
        return Ok(());
    }
    tokio::select! {
        _ = socket.readable() => Err(ClientLeft),
        () = tokio::time::sleep(delay) => Ok(()),
    }
}

async fn read_request(socket: &mut TcpStream, connection: usize) -> Option<Seen> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if socket.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut start = lines.next()?.split(' ');
    let (method, path) = (start.next()?.to_owned(), start.next()?.to_owned());
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let mut seen = Seen { connection, method, path, headers, body: bytes.split_off(head_end) };
    let length = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
    while seen.body.len() < length {
        if socket.read_buf(&mut seen.body).await.ok()? == 0 {
            return None;
        }
    }
    Some(seen)
}
