//! Minimal clients of a WebSocket, which read frames and look at `seq` and `type`.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
};

/// An open socket.
pub(crate) struct Socket(BufReader<TcpStream>);

/// The messages of a socket, up to the last event of the debate.
#[derive(Clone, Default)]
pub(crate) struct Received {
    /// The number of events.
    pub(crate) events: u64,
    /// The size of the events, in bytes.
    pub(crate) bytes: u64,
    /// The number of deltas and other frames without `seq`.
    pub(crate) others: u64,
    /// The number of events whose `seq` does not follow the previous one.
    pub(crate) gaps: u64,
}

impl Socket {
    /// Opens a socket. With `small_buffer`, its receive buffer is small.
    pub(crate) async fn open(address: &str, path: &str, small_buffer: bool) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        if small_buffer {
            socket.set_recv_buffer_size(4_096).expect("an option");
        }
        let address_ = address.parse().expect("an address");
        let mut stream = socket.connect(address_).await.expect("it listens");
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("it answers"));
        }
        assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
        Self(BufReader::with_capacity(2_048, stream))
    }

    /// Reads until the debate is closed.
    pub(crate) async fn read_all(&mut self) -> Received {
        let (mut received, mut last, mut payload) = (Received::default(), 0, Vec::new());
        loop {
            let opcode = self.frame(&mut payload).await;
            assert_ne!(opcode, 8, "the server closes the socket");
            let text = std::str::from_utf8(&payload).expect("text");
            let Some(seq) = after(text, "\"seq\":").and_then(number) else {
                received.others += 1;
                continue;
            };
            received.gaps += u64::from(seq != last + 1);
            received.events += 1;
            received.bytes += payload.len() as u64;
            last = seq;
            if text.contains("\"type\":\"debate_closed\"") {
                return received;
            }
        }
    }

    /// Reads a frame and returns its opcode.
    async fn frame(&mut self, payload: &mut Vec<u8>) -> u8 {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).await.expect("a frame");
        let length = match head[1] & 0x7f {
            126 => u64::from(self.0.read_u16().await.expect("a length")),
            127 => self.0.read_u64().await.expect("a length"),
            short => u64::from(short),
        };
        payload.resize(usize::try_from(length).expect("it fits"), 0);
        self.0.read_exact(payload).await.expect("a payload");
        head[0] & 0x0f
    }
}

fn after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.find(name).map(|at| &text[at + name.len()..])
}

fn number(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}
