//! What a server does on the wire and what the client makes of it, over real TCP connections.

#![expect(clippy::unwrap_used, reason = "what a test's own helpers cannot do fails the test")]

mod answers;
mod failures;
#[path = "../../../ollama-client/tests/wire/server.rs"]
#[expect(dead_code, reason = "it is the server of the sister's tests, who need all of it")]
mod server;

use std::time::Duration;

use server::{Answer, Server};
use synod_openai_client::{ChatRequest, Client, Message};

pub(crate) fn client(server: &Server) -> Client {
    Client::new(&server.host()).unwrap()
}

pub(crate) fn request() -> ChatRequest {
    ChatRequest::new("m", [Message::user("hi")])
}

/// A streamed answer of these bytes, a piece each.
pub(crate) fn stream<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Answer {
    let mut answer = Answer::lines(&[]);
    answer.headers = vec![("content-type".into(), "text/event-stream".into())];
    answer.pieces = pieces.into_iter().map(|piece| (Duration::ZERO, piece.to_vec())).collect();
    answer
}

/// An event with a piece of text.
pub(crate) fn delta(text: &str) -> String {
    let data = serde_json::json!({"choices": [{"index": 0, "delta": {"content": text}}]});
    format!("data: {data}\n\n")
}
