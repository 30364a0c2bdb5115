//! Connections: reuse, loss, limits, proxies, redirects, and servers of other protocols.

use std::time::Duration;

use synod_ollama_client::{
    BaseUrl, BuildError, ChatRequest, Client, ErrorKind, Message, Retryable, TimeLimit, TimeLimits,
};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use synod_http_transport::test_util::{Ending, ScriptedResponse, ScriptedServer};

const LAST: &str = r#"{"model":"m","message":{"content":"."},"done":true,"done_reason":"stop"}"#;
const VERSION: &str = r#"{"version":"0.24.0"}"#;

fn client(server: &ScriptedServer) -> Client {
    Client::new(&server.address).unwrap()
}

fn request() -> ChatRequest {
    ChatRequest::new("m", [Message::user("hi")])
}

#[tokio::test]
async fn a_stream_read_to_its_end_frees_its_connection() {
    let mut late_end = ScriptedResponse::lines(&[LAST]);
    late_end.pieces.push((Duration::from_millis(10), b"\n".to_vec()));
    let server = ScriptedServer::in_order([
        late_end,
        ScriptedResponse::lines(&[LAST]),
        ScriptedResponse::text(200, VERSION),
    ])
    .await;
    let client = client(&server);
    for _ in 0..2 {
        let mut stream = client.chat_stream(&request()).await.unwrap();
        while let Some(chunk) = stream.next().await {
            chunk.unwrap();
        }
    }
    client.version().await.unwrap();
    let connections: Vec<_> = server.received().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 0]);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_replaced() {
    let hangup = ScriptedResponse { ending: Ending::Close, ..ScriptedResponse::text(200, VERSION) };
    let server =
        ScriptedServer::in_order([hangup.clone(), hangup, ScriptedResponse::text(200, VERSION)])
            .await;
    let client = client(&server);
    for _ in 0..3 {
        client.version().await.unwrap();
    }
    assert_eq!(server.received().len(), 3);
}

#[tokio::test]
async fn a_response_that_began_is_not_retried() {
    let lost = ScriptedResponse::cut(VERSION, VERSION.len() + 10);
    let server = ScriptedServer::in_order([lost, ScriptedResponse::text(200, VERSION)]).await;
    let error = client(&server).version().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn redirects_are_reported_and_not_followed() {
    let elsewhere = ScriptedServer::in_order([ScriptedResponse::text(200, VERSION)]).await;
    let target = format!("http://{}/api/version", elsewhere.address);
    for status in [301, 302, 307, 308] {
        let redirect = ScriptedResponse::text(status, "").header("location", &target);
        let server = ScriptedServer::in_order([redirect]).await;
        let error = client(&server).version().await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Protocol, Some(status)));
        assert!(error.message().contains(&target), "{error}");
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_key_is_sent_to_this_machine_and_never_in_plain_text_beyond_it() {
    let server = ScriptedServer::in_order([ScriptedResponse::text(200, VERSION)]).await;
    let builder = Client::builder(BaseUrl::parse(&server.address).unwrap()).api_key("s3cret");
    assert!(!format!("{builder:?}").contains("s3cret"));
    builder.build().unwrap().version().await.unwrap();
    assert_eq!(server.received()[0].header("authorization"), Some("Bearer s3cret"));
    let beyond = Client::builder(BaseUrl::parse("http://ollama.example.com").unwrap());
    let refused = beyond.api_key("s3cret").build().unwrap_err();
    assert!(matches!(refused, BuildError::PlainTextKey), "{refused:?}");
}

#[tokio::test]
async fn the_base_path_is_kept() {
    let server = ScriptedServer::in_order([ScriptedResponse::text(200, VERSION)]).await;
    Client::new(&format!("http://{}/ollama/", server.address)).unwrap().version().await.unwrap();
    assert_eq!(server.received()[0].path, "/ollama/api/version");
}

#[tokio::test]
async fn a_server_without_http_is_a_protocol_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            socket.write_all(b"SSH-2.0-OpenSSH_9.6\r\n\r\n").await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let error = Client::new(&host).unwrap().version().await.unwrap_err();
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Protocol, Retryable::No), "{error}");
}

#[tokio::test]
async fn a_missing_tls_handshake_times_out_while_connecting() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = BaseUrl::parse(&format!("https://{}", silent.local_addr().unwrap())).unwrap();
    let client = Client::builder(base).connect_limit(Duration::from_millis(50)).build().unwrap();
    let error = client.version().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!(error.time_limit(), Some(TimeLimit::Connect));
}

#[tokio::test]
async fn the_total_limit_starts_with_the_call() {
    let mut slow = ScriptedResponse::text(200, VERSION);
    slow.pieces[0].0 = Duration::from_secs(20);
    let server = ScriptedServer::in_order([slow]).await;
    let limits = TimeLimits { total: Some(Duration::from_millis(50)), ..TimeLimits::default() };
    let error = client(&server).with_limits(limits).version().await.unwrap_err();
    assert_eq!(error.time_limit(), Some(TimeLimit::Total));
    assert!(server.left_soon().await.is_some());
}

#[tokio::test]
async fn a_line_beyond_the_limit_is_an_error() {
    let piece = (Duration::ZERO, vec![b'{'; 1 << 20]);
    let endless = ScriptedResponse { pieces: vec![piece; 17], ..ScriptedResponse::text(200, "") };
    let server = ScriptedServer::in_order([endless]).await;
    let error = client(&server).chat(&request()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.message().contains("16 MiB"), "{error}");
}

#[tokio::test]
async fn an_error_page_of_any_length_is_read_in_part_only() {
    let page = format!("<html>{}", "x".repeat(1 << 20));
    let server = ScriptedServer::in_order([ScriptedResponse::text(502, &page)]).await;
    let error = client(&server).version().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Upstream);
    assert!(error.message().starts_with("<html>") && error.message().len() <= 1 << 16);
}

#[tokio::test]
async fn an_error_keeps_where_it_came_from() {
    let server =
        ScriptedServer::in_order([ScriptedResponse::reset(), ScriptedResponse::reset()]).await;
    let error = client(&server).version().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_eq!(server.received().len(), 2);
    let source = std::error::Error::source(&error).unwrap();
    assert!(!source.to_string().contains("127.0.0.1"), "{source}");
}

/// Plays a call in a process of its own, whose environment names a proxy that refuses everything.
#[test]
fn the_environment_proxy_is_not_used_for_this_machine() {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "transport::a_call_to_this_machine", "--ignored"])
        .envs([("HTTP_PROXY", "http://127.0.0.1:9"), ("http_proxy", "http://127.0.0.1:9")])
        .envs([("ALL_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", ""), ("no_proxy", "")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "played by the test above, with a proxy in its environment"]
async fn a_call_to_this_machine() {
    let server = ScriptedServer::in_order([ScriptedResponse::text(200, VERSION)]).await;
    client(&server).version().await.unwrap();
}

#[tokio::test]
async fn responses_that_cannot_be_used_are_named() {
    let gzip = ScriptedResponse::text(200, "\u{1f}").header("content-encoding", "gzip");
    let compressed = "it is compressed (gzip), which was not requested; turn compression off in the \
                      server or in the proxy before it";
    for (response, status, message) in
        [(gzip, 200, compressed), (ScriptedResponse::text(204, ""), 204, "it has no content")]
    {
        let server = ScriptedServer::in_order([response]).await;
        let error = client(&server).chat_stream(&request()).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::Unusable, Some(status)));
        assert_eq!((error.message(), error.retryable()), (message, Retryable::No));
    }
}

#[tokio::test]
async fn a_list_without_end_is_refused_by_its_size() {
    let part = r#"{"name":"m"},"#.repeat(10_000).into_bytes();
    let mut endless = ScriptedResponse::text(200, "{\"models\":[").then_silence();
    endless.pieces.extend(std::iter::repeat_n((Duration::ZERO, part), 80));
    let server = ScriptedServer::in_order([endless.clone(), endless]).await;
    let client = client(&server);
    for error in [client.tags().await.unwrap_err(), client.ps().await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Unusable, "{error}");
        assert_eq!(error.message(), "the list is longer than 8 MiB");
    }
}
