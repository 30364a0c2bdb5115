//! Debates over WebSockets, on a real server.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use synod_http_api::{ApiSettings, RequestLimits};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, protocol::frame::coding::CloseCode},
};

use crate::{
    document::assert_is,
    test_app::{Server, TestApp},
};

const NOWHERE: &str = "01939b3e-0000-7000-8000-000000000000";

/// A client of the socket.
struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn at(server: &Server, query: &str) -> Result<Self, Error> {
        let address = format!("ws://{}/ws/debate-updates{query}", server.address);
        Ok(Self(connect_async(address).await?.0))
    }

    async fn to(server: &Server, query: &str) -> Self {
        Self::at(server, query).await.expect("a connection")
    }

    /// The next frame that is not a ping.
    async fn frame(&mut self) -> Message {
        loop {
            let frame = timeout(Duration::from_secs(10), self.0.next()).await;
            let frame = frame.expect("in time").expect("a frame").expect("no error");
            if !matches!(frame, Message::Ping(_)) {
                return frame;
            }
        }
    }

    async fn message(&mut self) -> Value {
        let frame = self.frame().await;
        let Message::Text(text) = frame else { panic!("{frame:?}") };
        let message = serde_json::from_str(&text).expect("JSON");
        assert_is("DebateUpdate", &message);
        message
    }

    /// The next event; deltas are skipped.
    async fn event(&mut self) -> Value {
        loop {
            let message = self.message().await;
            if message["type"] != "turn_delta" {
                return message;
            }
        }
    }

    /// The events up to the end of the debate.
    async fn events(&mut self) -> Vec<Value> {
        let mut events = vec![self.event().await];
        while events[events.len() - 1]["type"] != "debate_closed" {
            events.push(self.event().await);
        }
        events
    }

    async fn say(&mut self, message: impl Into<Message>) {
        self.0.send(message.into()).await.expect("sent");
    }

    async fn ask(&mut self, message: Value) {
        assert_is("DebateUpdatesRequest", &message);
        self.say(message.to_string()).await;
    }
}

async fn log(app: &TestApp, id: &str) -> Vec<Value> {
    let log = app.handle(id).await.events(1, 1_000).await.expect("a log");
    log.iter().map(|recorded| serde_json::to_value(&**recorded).expect("JSON")).collect()
}

#[actix_web::test]
async fn a_debate_is_watched_from_any_event() {
    let app = TestApp::for_yes();
    let server = app.server();
    let id = app.open().await;
    let mut from_the_beginning = Client::to(&server, &format!("?debate_id={id}")).await;
    let mut from_now = Client::to(&server, &format!("?debate_id={id}&after=1")).await;
    assert_eq!(from_the_beginning.message().await["type"], "debate_initialized");
    app.control(&id, "start").await;
    let rest = from_the_beginning.events().await;
    assert_eq!(rest, log(&app, &id).await[1..]);
    assert_eq!(from_now.events().await, rest);
    let mut late = Client::to(&server, &format!("?debate_id={id}&after=7")).await;
    assert_eq!(late.events().await, rest[6..]);
    // The socket stays open for other debates.
    let other = app.open().await;
    late.ask(json!({ "type": "subscribe", "debate_id": other })).await;
    assert_eq!(late.message().await["debate_id"], other);
}

#[actix_web::test]
async fn without_an_id_all_debates_are_watched_from_now() {
    let app = TestApp::for_yes();
    let server = app.server();
    let (before, running) = (app.finished().await, app.open().await);
    let mut client = Client::to(&server, "").await;
    app.control(&running, "stop").await;
    let stopped = client.message().await;
    assert_eq!((&stopped["type"], &stopped["seq"]), (&json!("debate_closed"), &json!(2)));
    assert_eq!(stopped["debate_id"], running);
    let new = app.start().await;
    let events = client.events().await;
    assert_eq!(events, log(&app, &new).await);
    assert_ne!(before, new);
}

#[actix_web::test]
async fn deltas_are_sent_unless_disabled() {
    let app = TestApp::thinking();
    let server = app.server();
    let id = app.start().await;
    let (query, quiet) = (format!("?debate_id={id}"), format!("?debate_id={id}&deltas=false"));
    let (mut client, mut quiet) =
        (Client::to(&server, &query).await, Client::to(&server, &quiet).await);
    let mut said = String::new();
    while !said.ends_with("let me ") {
        let message = client.message().await;
        if message["type"] == "turn_delta" && message["data"]["turn"] == 1 {
            assert!(message.get("seq").is_none());
            if message["data"]["whole"] == true {
                said.clear();
            }
            said.push_str(message["data"]["text"].as_str().expect("text"));
        }
    }
    assert_eq!(said, "Well, let me ");
    app.control(&id, "stop").await;
    loop {
        let message = quiet.message().await;
        assert!(message["seq"].is_number(), "{message}");
        if message["type"] == "debate_closed" {
            break;
        }
    }
}

#[actix_web::test]
async fn debates_are_subscribed_and_unsubscribed() {
    let app = TestApp::new();
    let server = app.server();
    let (one, two) = (app.open().await, app.open().await);
    let mut client = Client::to(&server, &format!("?debate_id={one}&after=1")).await;
    client.ask(json!({ "type": "subscribe", "debate_id": two, "after": 0 })).await;
    assert_eq!(client.message().await["debate_id"], two);
    // A second subscription from the beginning replaces the first.
    client.ask(json!({ "type": "subscribe", "debate_id": two, "deltas": false })).await;
    assert_eq!(client.message().await["seq"], 1);
    client.ask(json!({ "type": "unsubscribe", "debate_id": one })).await;
    client.ask(json!({ "type": "unsubscribe", "debate_id": "none" })).await;
    client.say(Message::Ping(Vec::new().into())).await;
    assert!(matches!(client.frame().await, Message::Pong(_)));
    app.control(&one, "stop").await;
    app.control(&two, "stop").await;
    let closed = client.message().await;
    assert_eq!((&closed["debate_id"], &closed["seq"]), (&json!(two), &json!(2)));
}

#[actix_web::test]
async fn a_watched_debate_can_be_subscribed_again_at_the_limit() {
    const MANY: usize = 256;
    let app = TestApp::new();
    let server = app.server();
    let closed = app.finished().await;
    let mut client = Client::to(&server, "").await;
    let mut ids = Vec::new();
    for _ in 0..MANY {
        ids.push(app.open().await);
        assert_eq!(client.message().await["seq"], 1);
    }
    client.ask(json!({ "type": "subscribe", "debate_id": ids[0], "after": 0 })).await;
    let again = client.message().await;
    assert_eq!((&again["debate_id"], &again["seq"]), (&json!(ids[0]), &json!(1)));
    client.ask(json!({ "type": "subscribe", "debate_id": closed })).await;
    assert_eq!(client.message().await["type"], "error");
    client.ask(json!({ "type": "unsubscribe", "debate_id": ids[1] })).await;
    client.ask(json!({ "type": "subscribe", "debate_id": closed })).await;
    assert_eq!(client.message().await["debate_id"], closed);
}

#[actix_web::test]
async fn an_invalid_message_is_answered_and_the_socket_stays_open() {
    let app = TestApp::new();
    let server = app.server();
    let id = app.open().await;
    let mut client = Client::to(&server, &format!("?debate_id={id}&after=1")).await;
    let (deep, long) = ("[".repeat(10_000), json!("x".repeat(60_000)).to_string());
    let bad = [
        "",
        "hello",
        "null",
        "{}",
        r#"{"type":"explode"}"#,
        r#"{"type":"subscribe"}"#,
        r#"{"type":"subscribe","debate_id":7}"#,
        r#"{"type":"subscribe","debate_id":"x","after":-1}"#,
        &deep,
        &long,
    ];
    for text in bad {
        client.say(text).await;
        let error = client.message().await;
        assert_eq!(error["type"], "error", "{text}");
        let detail = error["detail"].as_str().expect("a detail");
        assert!(detail.contains("subscribe") && detail.len() < 200, "{detail}");
        let named = if text.contains("\"x\"") { json!("x") } else { Value::Null };
        assert_eq!(error["debate_id"], named, "{text}");
        assert!(!["Wish", "u64", "variant"].iter().any(|ours| detail.contains(ours)), "{detail}");
    }
    for id in [NOWHERE, "none", ""] {
        client.ask(json!({ "type": "subscribe", "debate_id": id })).await;
        let expected = json!({ "type": "error", "detail": "Debate not found", "debate_id": id });
        assert_eq!(client.message().await, expected);
    }
    client.say(Message::Binary(vec![0, 1, 2].into())).await;
    assert_eq!(client.message().await["type"], "error");
    app.control(&id, "stop").await;
    assert_eq!(client.message().await["type"], "debate_closed");
}

#[actix_web::test]
async fn an_oversized_message_closes_the_socket() {
    let app = TestApp::new();
    let server = app.server();
    let mut client = Client::to(&server, "").await;
    client.say("x".repeat(60 << 10)).await;
    assert_eq!(client.message().await["type"], "error");
    client.say("x".repeat(66 << 10)).await;
    let Message::Close(Some(reason)) = client.frame().await else { panic!("no close") };
    assert_eq!(reason.code, CloseCode::Size);
}

#[actix_web::test]
async fn the_frame_limit_is_configurable() {
    let limits = RequestLimits { frame: 1 << 10, ..RequestLimits::default() };
    let app = TestApp::with(ApiSettings { limits, ..ApiSettings::default() });
    let server = app.server();
    for path in ["debate-updates", "agent-updates"] {
        let address = format!("ws://{}/ws/{path}", server.address);
        let mut client = Client(connect_async(address).await.expect("a connection").0);
        client.say("x".repeat(1 << 10)).await;
        client.say("x".repeat((1 << 10) + 1)).await;
        let mut frame = client.frame().await;
        while matches!(frame, Message::Text(_)) {
            frame = client.frame().await;
        }
        let Message::Close(Some(reason)) = frame else { panic!("{path}: {frame:?}") };
        assert_eq!(reason.code, CloseCode::Size, "{path}");
    }
}

#[actix_web::test]
async fn an_invalid_watch_is_refused_before_the_upgrade() {
    let app = TestApp::new();
    let server = app.server();
    let cases = [
        (format!("?debate_id={NOWHERE}"), 404),
        ("?debate_id=none".to_owned(), 404),
        ("?after=x".to_owned(), 422),
    ];
    for (query, expected) in cases {
        match Client::at(&server, &query).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), expected, "{query}"),
            other => panic!("{query}: {:?}", other.map(|_| "a connection")),
        }
    }
    let plain = app.get("/ws/debate-updates").await;
    assert_eq!(plain.status, actix_web::http::StatusCode::BAD_REQUEST, "{}", plain.json);
}

#[actix_web::test]
async fn a_stopping_server_closes_debate_sockets() {
    let app = TestApp::new();
    let server = app.server();
    let mut client = Client::to(&server, "").await;
    client.say(Message::Ping(Vec::new().into())).await;
    assert!(matches!(client.frame().await, Message::Pong(_)));
    app.close();
    let Message::Close(Some(reason)) = client.frame().await else { panic!("no close") };
    assert_eq!(reason.code, CloseCode::Away);
}

#[actix_web::test]
async fn a_close_frame_is_answered() {
    let app = TestApp::new();
    let server = app.server();
    let mut client = Client::to(&server, "").await;
    client.0.close(None).await.expect("closed");
    let Some(Ok(Message::Close(_))) = client.0.next().await else { panic!("no close") };
}

/// The client reads nothing while debates run, and then receives every event once.
#[actix_web::test]
async fn a_client_that_reads_late_loses_no_event() {
    let app = TestApp::for_yes();
    let server = app.server();
    let mut client = Client::to(&server, "").await;
    let mut ids = Vec::new();
    for _ in 0..40 {
        ids.push(app.finished().await);
    }
    let mut seen = std::collections::HashMap::<String, u64>::new();
    let mut closed = 0;
    while closed < ids.len() {
        let event = client.event().await;
        let id = event["debate_id"].as_str().expect("an id").to_owned();
        let last = seen.entry(id).or_default();
        assert_eq!(event["seq"], *last + 1);
        *last += 1;
        closed += usize::from(event["type"] == "debate_closed");
    }
}
