//! The baseline: a client that reads the same replies and discards them.

use std::time::Duration;

use synod_ollama_client::{ChatRequest, Client, Message};
use tokio::time::Instant;

/// Reads a number of streamed chats, one after another, and counts them.
pub(crate) async fn fetch(address: &str, calls: usize) -> usize {
    fetch_with(&Client::new(address).expect("a client"), calls).await
}

async fn fetch_with(client: &Client, calls: usize) -> usize {
    let request = ChatRequest::new("llama3.2", vec![Message::user("Say something.")]);
    let mut fetched = 0;
    for _ in 0..calls {
        let mut stream = client.chat_stream(&request).await.expect("the simulator answers");
        while stream.next().await.is_some() {}
        fetched += 1;
    }
    fetched
}

/// The wall time of parallel clients, each of which reads a number of chats in sequence.
pub(crate) async fn fetch_at_once(address: &str, clients: usize, calls: usize) -> Duration {
    let client = Client::new(address).expect("a client");
    let begun = Instant::now();
    let clients: Vec<_> = (0..clients)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { fetch_with(&client, calls).await })
        })
        .collect();
    for client in clients {
        client.await.expect("the simulator answers");
    }
    begun.elapsed()
}
