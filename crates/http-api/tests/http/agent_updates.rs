use std::time::Duration;

use actix_web::rt::time::timeout;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Bytes, Message,
        protocol::frame::{
            Frame,
            coding::{CloseCode, Data, OpCode},
        },
    },
};

use crate::{
    document::assert_is,
    frames::Frames,
    test_app::{Server, TestApp},
};

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(server: &Server) -> Self {
        let url = format!("ws://{}/ws/agent-updates", server.address);
        Self(connect_async(url).await.expect("a socket").0)
    }

    async fn next(&mut self) -> Message {
        let next = timeout(Duration::from_secs(5), self.0.next()).await;
        next.expect("something in time").expect("no end").expect("a message")
    }

    async fn update(&mut self) -> Value {
        let Message::Text(text) = self.next().await else { panic!("no text") };
        let update = serde_json::from_str(&text).expect("JSON");
        assert_is("AgentUpdatesMessage", &update);
        update
    }

    async fn send(&mut self, message: Message) {
        self.0.send(message).await.expect("it is sent");
    }

    async fn closed(&mut self) -> CloseCode {
        loop {
            if let Message::Close(frame) = self.next().await {
                return frame.expect("a reason").code;
            }
        }
    }
}

#[actix_web::test]
async fn a_socket_sends_the_status_and_then_changes() {
    let app = TestApp::new();
    let server = app.server();
    let mut socket = Socket::open(&server).await;
    let first = socket.update().await;
    assert_eq!(first["event_type"], "system_status");
    assert_eq!(first["data"]["agents"]["critic"]["status"], "idle");

    let order = json!({ "operation": "chat", "parameters": { "text": "Tea?" } });
    app.post("/agents/critic/execute", &order).await;
    let mut changed = socket.update().await;
    if changed["data"]["status"] == "busy" {
        changed = socket.update().await;
    }
    assert_eq!(changed["event_type"], "agent_status");
    assert_eq!(changed["data"], app.get("/agents/critic/status").await.json);
    assert_eq!(changed["data"]["task_count"], 1);

    let ada = json!({ "agent_id": "ada", "expertise": "a mathematician" });
    app.post("/api/v1/agents", &ada).await;
    assert_eq!(socket.update().await["data"]["agent_id"], "ada");
    app.method(actix_web::http::Method::DELETE, "/api/v1/agents/ada").await;
    let gone = socket.update().await;
    assert_eq!(gone["event_type"], "status_update");
    assert_eq!(gone["data"]["agents"].get("ada"), None);
}

#[actix_web::test]
async fn only_pings_of_a_client_are_answered() {
    let app = TestApp::new();
    let server = app.server();
    let mut socket = Socket::open(&server).await;
    socket.update().await;
    for message in ["hello", "{}", "\u{0}"] {
        socket.send(Message::text(message)).await;
    }
    socket.send(Message::binary(vec![0; 60_000])).await;
    socket.send(Message::Ping(Bytes::from_static(b"there?"))).await;
    assert_eq!(socket.next().await, Message::Pong(Bytes::from_static(b"there?")));
    socket.send(Message::Close(None)).await;
    assert_eq!(socket.closed().await, CloseCode::Normal);
}

#[actix_web::test]
async fn an_oversized_frame_closes_only_its_socket() {
    let app = TestApp::new();
    let server = app.server();
    let mut other = Socket::open(&server).await;
    other.update().await;
    let mut socket = Socket::open(&server).await;
    socket.update().await;
    // The rest of the frame may meet a closed connection.
    let _ = socket.0.send(Message::binary(vec![0; 1 << 20])).await;
    let end = timeout(Duration::from_secs(5), socket.0.next()).await.expect("an end in time");
    if let Some(Ok(Message::Close(Some(frame)))) = &end {
        assert_eq!(frame.code, CloseCode::Size);
    } else {
        assert!(matches!(end, None | Some(Err(_))), "{end:?}");
    }
    other.send(Message::Ping(Bytes::new())).await;
    assert_eq!(other.next().await, Message::Pong(Bytes::new()));
}

#[actix_web::test]
async fn a_message_of_several_frames_has_the_limit_of_one() {
    let app = TestApp::new();
    let server = app.server();
    let mut socket = Socket::open(&server).await;
    let half = || vec![b'x'; 40 << 10];
    socket.send(Message::Frame(Frame::message(half(), OpCode::Data(Data::Text), false))).await;
    let rest = Frame::message(half(), OpCode::Data(Data::Continue), true);
    socket.send(Message::Frame(rest)).await;
    assert_eq!(socket.closed().await, CloseCode::Size);
}

#[actix_web::test]
async fn a_stopping_server_closes_with_going_away() {
    let app = TestApp::new();
    let server = app.server();
    let mut socket = Socket::open(&server).await;
    socket.update().await;
    app.close();
    assert_eq!(socket.closed().await, CloseCode::Away);
}

#[actix_web::test]
async fn a_socket_that_reads_nothing_delays_no_agent() {
    let app = TestApp::new();
    let server = app.server();
    let mut socket = Socket::open(&server).await;
    socket.update().await;
    let order = json!({ "operation": "chat", "parameters": { "text": "Tea?" } });
    for _ in 0..200 {
        app.post("/agents/critic/execute", &order).await;
    }
    let done = app.get("/agents/critic/status").await.json;
    assert_eq!(done["success_count"], 200);
    let mut updates = 0;
    loop {
        updates += 1;
        let update = socket.update().await;
        assert_eq!(update["event_type"], "agent_status");
        if update["data"] == done {
            break;
        }
    }
    assert!(updates < 300, "{updates} updates of 400 changes");
}

/// The client answers no ping, so that the socket ends after a minute.
#[actix_web::test]
async fn the_full_status_is_sent_every_thirty_seconds() {
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let mut frames = Frames::of(&TestApp::new(), "/ws/agent-updates").await;
    let mut updates = Vec::new();
    while let Some(text) = frames.text().await {
        let update: Value = serde_json::from_str(&text).expect("JSON");
        let kind = update["event_type"].as_str().expect("a type").to_owned();
        updates.push((begun.elapsed().as_secs(), kind));
    }
    // Whether the socket ends before the update at its end or after it makes no difference.
    updates.retain(|(seconds, _)| *seconds < 60);
    assert_eq!(updates, [(0, "system_status".to_owned()), (30, "status_update".to_owned())]);
    assert_eq!(begun.elapsed().as_secs(), 60);
}

/// The answers to its pings wait in the socket; they may neither keep it open nor outlast the server.
#[actix_web::test]
async fn a_client_that_pings_and_reads_nothing_is_given_up() {
    tokio::time::pause();
    let app = TestApp::new();
    for path in ["/ws/agent-updates", "/ws/debate-updates"] {
        let (begun, mut frames) =
            (tokio::time::Instant::now(), Frames::pinging(&app, path, 1_000).await);
        tokio::time::sleep(Duration::from_secs(600)).await;
        while frames.text().await.is_some() {}
        assert!(begun.elapsed() <= Duration::from_secs(601), "{path}: {:?}", begun.elapsed());
    }
}
