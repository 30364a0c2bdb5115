//! Replays recorded exchanges of Ollama's OpenAI-compatible endpoints.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use synod_http_transport::test_util::{Ending, ScriptedResponse, ScriptedServer};
use synod_openai_client::{ErrorKind, FinishReason};

use crate::{client, request};

/// A recording of a reply: its text, its finish reason, and the tokens of prompt and reply.
type Expected = (&'static str, &'static str, FinishReason, Option<(u64, u64)>);

const EXPECTED: [Expected; 3] = [
    (
        "chat-schema.json",
        "{\n    \"vote\": \"yes\",\n    \"confidence\": 1000000000000000\n}\n",
        FinishReason::Stop,
        Some((11, 36)),
    ),
    ("chat-stream.json", "Hi命ever\nHi命ever\n", FinishReason::Length, None),
    ("chat-stream-usage.json", "Hi命ever\nHi命ever\n", FinishReason::Length, Some((10, 8))),
];

/// Recordings of errors: their status and kind.
const ERRORS: [(&str, u16, ErrorKind); 8] = [
    ("embeddings.json", 501, ErrorKind::EndpointMissing),
    ("err-malformed.json", 400, ErrorKind::BadRequest),
    ("err-no-messages.json", 400, ErrorKind::BadRequest),
    ("err-tools.json", 400, ErrorKind::BadRequest),
    ("err-type.json", 400, ErrorKind::BadRequest),
    ("err-unknown-model.json", 404, ErrorKind::ModelNotFound),
    ("err-unknown-model-stream.json", 404, ErrorKind::ModelNotFound),
    ("queue-503.json", 503, ErrorKind::Busy),
];

#[derive(Deserialize)]
struct Recording {
    response: Response,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    chunks: Vec<Chunk>,
}

#[derive(Deserialize)]
struct Chunk {
    bytes_utf8: String,
}

/// Starts a server that replays a recording.
async fn replay(name: &str) -> ScriptedServer {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ollama").join(name);
    let recording: Recording = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let Response { status, headers, chunks } = recording.response;
    let pieces = chunks.into_iter().map(|chunk| (Duration::ZERO, chunk.bytes_utf8.into()));
    let headers = headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
    let response = ScriptedResponse {
        status: Some(status),
        headers,
        pieces: pieces.collect(),
        ending: Ending::Clean,
    };
    ScriptedServer::in_order([response]).await
}

#[tokio::test]
async fn recorded_streams_are_read() {
    for (name, content, reason, counts) in EXPECTED {
        let server = replay(name).await;
        let reply = client(&server).chat_stream(&request()).await.unwrap().collect().await.unwrap();
        assert_eq!(reply.content, content, "{name}");
        assert_eq!(reply.finish_reason, Some(reason), "{name}");
        let usage = reply.usage.map(|usage| (usage.prompt_tokens, usage.completion_tokens));
        assert_eq!(usage, counts, "{name}");
    }
}

#[tokio::test]
async fn recorded_errors_are_classified() {
    for (name, status, kind) in ERRORS {
        let error = client(&replay(name).await).chat_stream(&request()).await.unwrap_err();
        assert_eq!((error.status(), error.kind()), (Some(status), kind), "{name}: {error}");
    }
}
