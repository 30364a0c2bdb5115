//! The speed of reading a streamed reply (framing and parsing) through the client, over loopback.

use std::time::Duration;

use synod_ollama_client::{ChatRequest, Client, Message};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::Instant,
};

const LINE: &str = concat!(
    r#"{"model":"llama3.2","created_at":"2026-08-21T18:48:22.123456789Z","#,
    r#""message":{"role":"assistant","content":" word"},"done":false}"#,
    "\n"
);
const LAST: &str = concat!(
    r#"{"model":"llama3.2","created_at":"2026-08-21T18:48:22.123456789Z","#,
    r#""message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}"#,
    "\n"
);

/// Megabytes per second, for a reply of a number of lines.
pub(crate) async fn megabytes_per_second(lines: usize) -> f64 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("its address"));
    let body = LINE.repeat(lines) + LAST;
    let megabytes = body.len() as f64 / 1e6;
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("the client comes");
        let mut request = [0; 4_096];
        let asked = socket.read(&mut request).await.expect("the client asks");
        assert!(asked > 0, "the client left");
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        socket.write_all(head.as_bytes()).await.expect("the client listens");
        socket.write_all(body.as_bytes()).await.expect("the client reads on");
        tokio::time::sleep(Duration::from_secs(1)).await;
    });
    let client = Client::new(&address).expect("a client");
    let request = ChatRequest::new("llama3.2", vec![Message::user("Say something.")]);
    let begun = Instant::now();
    let mut stream = client.chat_stream(&request).await.expect("a reply");
    let mut pieces = 0;
    while let Some(piece) = stream.next().await {
        piece.expect("a line");
        pieces += 1;
    }
    assert_eq!(pieces, lines + 1);
    megabytes / begun.elapsed().as_secs_f64()
}
