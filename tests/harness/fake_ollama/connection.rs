use std::{io, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

/// An HTTP/1.1 connection, written by hand so that a test can send any bytes and cut it anywhere.
pub(super) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// The body; `Null` unless it is JSON.
    pub(super) body: Value,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        // If it fails, the kernel may join tokens, which does not break tests.
        stream.set_nodelay(true).unwrap_or_default();
        Self { stream, received: Vec::new() }
    }

    /// The next request; `None` once the client has closed the connection.
    pub(super) async fn request(&mut self) -> io::Result<Option<Request>> {
        let head_end = loop {
            if let Some(at) = self.received.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            if self.read_more().await? == 0 {
                return Ok(None);
            }
        };
        let head = String::from_utf8_lossy(&self.received[..head_end]).into_owned();
        let mut lines = head.lines();
        let mut words = lines.next().unwrap_or_default().split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let length = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map_or(Ok(0), |(_, value)| value.trim().parse::<usize>())
            .map_err(io::Error::other)?;
        while self.received.len() < head_end + length {
            if self.read_more().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let body = serde_json::from_slice(&self.received[head_end..head_end + length]);
        self.received.drain(..head_end + length);
        Ok(Some(Request { method, path, body: body.unwrap_or_default() }))
    }

    /// Sends a complete response, as Ollama does without streaming.
    pub(super) async fn answer(&mut self, status: &str, body: &Value) -> io::Result<()> {
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.stream.write_all((head + &body).as_bytes()).await
    }

    /// Sends the headers of a stream. Ollama sends them together with the first line.
    pub(super) async fn begin_stream(&mut self) -> io::Result<()> {
        const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
        self.stream.write_all(HEAD.as_bytes()).await
    }

    /// Sends the headers of an event stream.
    pub(super) async fn begin_events(&mut self) -> io::Result<()> {
        const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        self.stream.write_all(HEAD.as_bytes()).await
    }

    /// Sends bytes of a stream as one chunk.
    pub(super) async fn chunk(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
        framed.extend_from_slice(bytes);
        framed.extend_from_slice(b"\r\n");
        self.stream.write_all(&framed).await
    }

    pub(super) async fn end_stream(&mut self) -> io::Result<()> {
        self.stream.write_all(b"0\r\n\r\n").await
    }

    /// Waits for a time; fails as soon as the client disconnects.
    pub(super) async fn pause(&mut self, time: Duration) -> io::Result<()> {
        self.pause_until(Instant::now() + time).await
    }

    /// Waits for an instant; fails as soon as the client disconnects.
    pub(super) async fn pause_until(&mut self, instant: Instant) -> io::Result<()> {
        if instant <= Instant::now() {
            return Ok(());
        }
        self.unless_gone(tokio::time::sleep_until(instant)).await
    }

    /// Awaits a future; fails as soon as the client disconnects.
    pub(super) async fn unless_gone<T>(
        &mut self,
        waiting: impl Future<Output = T>,
    ) -> io::Result<T> {
        tokio::pin!(waiting);
        loop {
            tokio::select! {
                done = &mut waiting => return Ok(done),
                read = self.stream.read_buf(&mut self.received) => if read? == 0 {
                    return Err(io::ErrorKind::ConnectionAborted.into());
                },
            }
        }
    }

    /// Cuts the connection with RST.
    pub(super) fn reset(&mut self) -> io::Error {
        match self.stream.set_zero_linger() {
            Ok(()) => io::ErrorKind::ConnectionReset.into(),
            Err(error) => error,
        }
    }

    async fn read_more(&mut self) -> io::Result<usize> {
        self.stream.read_buf(&mut self.received).await
    }
}
