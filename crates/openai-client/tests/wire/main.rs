//! What the client makes of the bytes of servers, over real TCP connections.

#![expect(clippy::unwrap_used, reason = "a failure of the test's own setup fails the test")]

mod answers;
mod failures;
mod ollama;

use synod_http_transport::test_util::ScriptedServer;
use synod_openai_client::{ChatRequest, Client, Message};

pub(crate) fn client(server: &ScriptedServer) -> Client {
    Client::new(&server.address).unwrap()
}

pub(crate) fn request() -> ChatRequest {
    ChatRequest::new("m", [Message::user("hi")])
}

/// An event with a piece of text.
pub(crate) fn delta(text: &str) -> String {
    let data = serde_json::json!({"choices": [{"index": 0, "delta": {"content": text}}]});
    format!("data: {data}\n\n")
}
