//! Readers that name a later event than the debate has, as after the restore of an older backup.

use actix_web::{
    http::{StatusCode, header},
    test::TestRequest,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message as Frame,
};

use std::time::Duration;

use crate::test_app::TestApp;

fn stream(path: &str) -> TestRequest {
    TestRequest::get().uri(path).insert_header((header::ACCEPT, "text/event-stream"))
}

#[actix_web::test]
async fn a_page_and_a_stream_refuse_an_event_beyond_the_log() {
    let app = TestApp::thinking();
    let (open, stopped) = (app.open().await, app.start().await);
    app.control(&stopped, "stop").await;
    for id in [open, stopped] {
        let last = app.handle(&id).await.snapshot().await.expect("a debate").seq();
        let path = format!("/api/v1/debates/{id}/events");
        for beyond in [last + 1, 1_000_000, u64::MAX] {
            let by_query = format!("{path}?after={beyond}");
            let by_header = || stream(&path).insert_header(("Last-Event-ID", beyond));
            for (request, place) in [
                (TestRequest::get().uri(&by_query), json!(["query", "after"])),
                (stream(&by_query), json!(["query", "after"])),
                (by_header(), json!(["header", "Last-Event-ID"])),
            ] {
                let refused = app.ask(request).await;
                assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{beyond}");
                assert_eq!(refused.json["errors"][0]["loc"], place);
                let detail = refused.json["detail"].as_str().expect("a text");
                assert!(detail.contains(&format!("has {last} events")), "{detail}");
            }
        }
        let page = app.get(&format!("{path}?after={last}")).await;
        assert_eq!(page.json, json!({ "events": [], "next_after": null }));
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn message(socket: &mut Socket) -> Value {
    loop {
        let frame = timeout(Duration::from_secs(10), socket.next()).await.expect("in time");
        if let Frame::Text(text) = frame.expect("a frame").expect("no error") {
            return serde_json::from_str(&text).expect("JSON");
        }
    }
}

#[actix_web::test]
async fn a_socket_is_reset_and_gets_nothing_of_that_debate_until_it_subscribes_again() {
    let app = TestApp::for_yes();
    let server = app.server();
    let id = app.open().await;
    let at = format!("ws://{}/ws/debate-updates", server.address);
    let reset = json!({ "type": "reset", "debate_id": id, "last_seq": 1 });
    let (mut by_address, _) =
        connect_async(format!("{at}?debate_id={id}&after=2")).await.expect("a socket");
    assert_eq!(message(&mut by_address).await, reset);
    let (mut by_message, _) = connect_async(&at).await.expect("a socket");
    let subscribe = |after: u64| {
        let subscribe = json!({ "type": "subscribe", "debate_id": id, "after": after });
        Frame::text(subscribe.to_string())
    };
    by_message.send(subscribe(900)).await.expect("sent");
    assert_eq!(message(&mut by_message).await, reset);

    app.control(&id, "start").await;
    for mut socket in [by_address, by_message] {
        socket.send(subscribe(0)).await.expect("sent");
        assert_eq!(message(&mut socket).await["seq"], 1, "nothing came before");
    }
}
