//! A host that dies in mid-debate, in each of the ways that the recorded responses of Ollama have.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::process::{Question, Scene};

/// The statement that the host dies at, of four.
const DIES_AT: usize = 1;
/// Debates at a time.
const AT_ONCE: usize = 4;

/// A response that is no finished reply.
#[derive(Clone, Debug)]
struct Death {
    name: String,
    /// All bytes of the response.
    bytes: Vec<u8>,
    /// Whether the connection is reset after them.
    resets: bool,
    /// The text that arrives.
    partial: String,
}

/// The responses to `/api/chat` that fail after a successful status, without those that are only slow.
fn deaths() -> Vec<Death> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../crates/ollama-client/tests/data/vectors.json");
    let vectors: Vec<Value> =
        serde_json::from_slice(&fs::read(path).expect("a file")).expect("an array");
    vectors.iter().filter(|vector| vector["path"] == "/api/chat").filter_map(death).collect()
}

fn death(vector: &Value) -> Option<Death> {
    let response = &vector["response"];
    let chunks = response["chunks"].as_array()?;
    // The others are the replies of models to requests for JSON.
    let is_death = vector["expect"]["outcome"] == "error" && response["status"] == 200;
    let name = vector["name"].as_str()?;
    // Those that fail by their time only are whole, if they are sent at once.
    if !is_death || name.starts_with("time") || name.starts_with("structured") {
        return None;
    }
    let mut bytes = b"HTTP/1.1 200 OK\r\n".to_vec();
    let headers = response["headers"].as_object()?;
    for (header, value) in headers {
        bytes.extend(format!("{header}: {}\r\n", value.as_str()?).bytes());
    }
    bytes.extend(b"\r\n");
    let is_chunked = headers.get("transfer-encoding").is_some();
    let mut body = Vec::new();
    for chunk in chunks {
        let chunk = chunk_bytes(chunk)?;
        if is_chunked {
            bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        }
        bytes.extend(&chunk);
        if is_chunked {
            bytes.extend(b"\r\n");
        }
        body.extend(chunk);
    }
    let resets = response["close"] == "reset";
    if is_chunked && !resets {
        bytes.extend(b"0\r\n\r\n");
    }
    let lines = body.split(|byte| *byte == b'\n');
    let said = lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let said = said.filter_map(|line| Some(line["message"]["content"].as_str()?.to_owned()));
    Some(Death { name: name.to_owned(), bytes, resets, partial: said.collect() })
}

fn chunk_bytes(chunk: &Value) -> Option<Vec<u8>> {
    if let Some(text) = chunk["bytes_utf8"].as_str() {
        return Some(text.as_bytes().to_vec());
    }
    let hex = chunk["bytes_hex"].as_str()?;
    let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// Stands between the server and its host, and answers one statement in its place.
struct DyingHost {
    url: String,
    /// How many statements have been asked for.
    statements: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl DyingHost {
    async fn before(host: SocketAddr, death: Death) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let statements = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&statements);
        let serving = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, host, death.clone(), Arc::clone(&counted)));
            }
        });
        Self { url, statements, serving }
    }

    async fn has_died(&self) {
        while self.statements.load(Ordering::Relaxed) <= DIES_AT {
            sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Drop for DyingHost {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn relay(
    mut client: TcpStream,
    host: SocketAddr,
    death: Death,
    statements: Arc<AtomicUsize>,
) {
    let Ok(mut host) = TcpStream::connect(host).await else { return };
    let (mut request, mut reply) = (Vec::new(), Vec::new());
    loop {
        tokio::select! {
            read = client.read_buf(&mut request) => {
                let Ok(1..) = read else { return };
                // A request may arrive in pieces.
                let piece = Duration::from_millis(20);
                while let Ok(Ok(1..)) = timeout(piece, client.read_buf(&mut request)).await {}
                let text = String::from_utf8_lossy(&request);
                let is_statement = text.starts_with("POST /api/chat ")
                    && !text.contains(r#""messages":[]"#)
                    && !text.contains(r#""format":"#);
                if is_statement && statements.fetch_add(1, Ordering::Relaxed) == DIES_AT {
                    let Ok(()) = client.write_all(&death.bytes).await else { return };
                    // A reset discards unread bytes, so the client first gets time to read.
                    sleep(Duration::from_millis(100)).await;
                    if death.resets {
                        client.set_zero_linger().unwrap_or_default();
                    }
                    return;
                }
                let Ok(()) = host.write_all(&request).await else { return };
                request.clear();
            }
            read = host.read_buf(&mut reply) => {
                let Ok(1..) = read else { return };
                let Ok(()) = client.write_all(&reply).await else { return };
                reply.clear();
            }
        }
    }
}

/// Holds a debate whose host dies once, and looks at its statements. `restarts`: the server is killed when
/// the host dies.
async fn no_truncated_turn_counts(death: Death, restarts: bool) {
    let scene = Scene::new().await;
    let host = scene.ollama.url();
    let host = host.trim_start_matches("http://").parse().expect("an address");
    let dying = DyingHost::before(host, death.clone()).await;
    let faults = [("OLLAMA_HOST", dying.url.clone())];
    let name = &death.name;
    let mut server = scene.serve_with(&faults).await.expect("it serves");
    let id = server.open(Question::small("structured")).await.expect("it opens");
    timeout(Duration::from_secs(30), dying.has_died()).await.expect("a call");
    if restarts {
        sleep(Duration::from_millis(50)).await;
        server.kill().await;
        server = scene.serve_with(&faults).await.expect("it serves again");
    }
    let path = format!("/api/v1/debates/{id}/events?limit=500");
    let ended = async {
        loop {
            let (_, log) = server.send("GET", &path, None).await.expect("served");
            let events = log["events"].as_array().expect("events").clone();
            if events.iter().any(|event| event["type"] == "debate_closed") {
                return events;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let events = timeout(Duration::from_secs(60), ended).await;
    let events = events.unwrap_or_else(|_| panic!("{name}: it does not end: {}", scene.log()));
    let turns = events.iter().filter(|event| event["type"] == "turn_ended");
    for turn in turns.map(|event| &event["data"]) {
        let text = turn["text"].as_str().expect("a text");
        let is_partial = !death.partial.trim().is_empty() && text == death.partial.trim();
        assert!(!(turn["result"] == "spoke" && is_partial), "{name}: {turn}");
        assert!(turn["result"] != "spoke" || text.split(' ').count() > 5, "{name}: {turn}");
    }
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_turn_of_a_host_that_dies_passes_for_a_finished_one() {
    let deaths = deaths();
    assert!(deaths.len() >= 8, "{deaths:?}");
    let runs = deaths.into_iter().flat_map(|death| [(death.clone(), false), (death, true)]);
    let runs = runs.map(|(death, restarts)| no_truncated_turn_counts(death, restarts));
    stream::iter(runs).buffer_unordered(AT_ONCE).collect::<()>().await;
}
