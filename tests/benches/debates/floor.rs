//! The floor: a client that fetches the same replies and does nothing with them.

use synod_ollama_client::{ChatRequest, Client, Message};

/// Fetches so many streamed chats, one after another, and counts them.
pub(crate) async fn fetch(address: &str, calls: usize) -> usize {
    let client = Client::new(address).expect("a client");
    let request = ChatRequest::new("llama3.2", vec![Message::user("Say something.")]);
    let mut fetched = 0;
    for _ in 0..calls {
        let mut stream = client.chat_stream(&request).await.expect("the simulator answers");
        while stream.next().await.is_some() {}
        fetched += 1;
    }
    fetched
}
