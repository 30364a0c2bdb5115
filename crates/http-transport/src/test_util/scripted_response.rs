use std::fmt::Display;
use std::time::Duration;

use serde_json::Value;

/// The size of the pieces that a whole body is cut into, in bytes: as a network does, the cuts fall
/// within lines and within characters.
const PIECE: usize = 37;

/// A response of a [`ScriptedServer`](super::ScriptedServer).
#[derive(Debug, Clone)]
pub struct ScriptedResponse {
    /// The status; `None` if the connection ends before the response.
    pub status: Option<u16>,
    /// The headers. Without `content-length` the body is chunked.
    pub headers: Vec<(String, String)>,
    /// The pieces of the body, each with the delay before it. Status and headers are sent with the
    /// first piece, as Ollama does.
    pub pieces: Vec<(Duration, Vec<u8>)>,
    /// What happens after the last piece.
    pub ending: Ending,
}

/// What happens after the last piece of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The body ends properly, and the connection stays open.
    Clean,
    /// The body ends properly, and the connection is closed.
    Close,
    /// The connection is reset, without the end of the body.
    Reset,
    /// The connection is closed, without the end of the body.
    Cut,
    /// Nothing more is sent until the client leaves.
    Stall,
}

impl ScriptedResponse {
    /// A body with a status, in small pieces.
    #[must_use]
    pub fn text(status: u16, body: &str) -> Self {
        Self::of_pieces(status, body.as_bytes().chunks(PIECE))
    }

    /// A JSON value with a status.
    #[must_use]
    pub fn status(status: u16, value: &Value) -> Self {
        Self::text(status, &value.to_string())
    }

    /// A JSON value with status 200.
    #[must_use]
    pub fn json(value: &Value) -> Self {
        Self::status(200, value)
    }

    /// Lines with status 200, in small pieces.
    #[must_use]
    pub fn lines<L: Display>(lines: &[L]) -> Self {
        Self::text(200, &lines.iter().map(|line| format!("{line}\n")).collect::<String>())
    }

    /// Server-sent events with status 200, in these pieces.
    #[must_use]
    pub fn events<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self::of_pieces(200, pieces).header("content-type", "text/event-stream")
    }

    /// A body of `announced` bytes, of which only these come.
    #[must_use]
    pub fn cut(body: &str, announced: usize) -> Self {
        let response = Self::text(200, body).header("content-length", &announced.to_string());
        Self { ending: Ending::Cut, ..response }
    }

    /// A connection that is reset before the response.
    #[must_use]
    pub fn reset() -> Self {
        Self { status: None, ..Self::text(0, "").then_reset() }
    }

    fn of_pieces<'a>(status: u16, pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let pieces = pieces.into_iter().map(|piece| (Duration::ZERO, piece.to_vec())).collect();
        Self { status: Some(status), headers: Vec::new(), pieces, ending: Ending::Clean }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Delays the first piece, and with it status and headers.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        match self.pieces.first_mut() {
            Some((before, _)) => *before = delay,
            None => self.pieces.push((delay, Vec::new())),
        }
        self
    }

    /// Resets the connection after the last piece.
    #[must_use]
    pub fn then_reset(self) -> Self {
        Self { ending: Ending::Reset, ..self }
    }

    /// Sends nothing after the last piece, not even the end of the body.
    #[must_use]
    pub fn then_silence(self) -> Self {
        Self { ending: Ending::Stall, ..self }
    }

    pub(super) fn is_chunked(&self) -> bool {
        let has_length = self.headers.iter().any(|(name, _)| name == "content-length");
        !has_length && self.status != Some(204)
    }

    pub(super) fn head(&self) -> Vec<u8> {
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

    pub(super) fn frame(&self, piece: &[u8]) -> Vec<u8> {
        if !self.is_chunked() || piece.is_empty() {
            return piece.to_vec();
        }
        let mut frame = format!("{:x}\r\n", piece.len()).into_bytes();
        frame.extend_from_slice(piece);
        frame.extend_from_slice(b"\r\n");
        frame
    }
}
