use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::server::{Response, Server, Setting, SilentHost};

#[tokio::test]
async fn signal_stops_an_idle_server() {
    for signal in ["TERM", "INT"] {
        let server = Server::start().await;
        assert_eq!(server.get("/health", &[]).await.status, 200);
        let address = server.addresses[0];
        server.signal(signal);
        let ended = server.ended().await;
        assert_eq!(ended.code, Some(0), "{signal}: {}", ended.err);
        assert!(TcpStream::connect(address).await.is_err(), "the port is still open");
    }
}

/// A server with a request in progress that waits for its host, which does not respond.
async fn busy(grace: &str, path: &str) -> (Server, TcpStream, Vec<TcpStream>) {
    let host = SilentHost::start().await;
    let setting = Setting::new().with("OLLAMA_HOST", host.url());
    let setting = setting.with("SYNOD__SERVER__DRAIN_SECONDS", "0");
    let server = setting.with("SYNOD__SERVER__GRACE_SECONDS", grace).serve(&[]).await;
    let mut asked = Vec::from(host.asked().await);
    let mut client = server.connect().await;
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    client.write_all(head.as_bytes()).await.expect("sent");
    asked.extend(host.asked().await);
    (server, client, asked)
}

#[tokio::test]
async fn requests_in_progress_finish_and_new_clients_are_refused() {
    let (server, client, _asked) = busy("20", "/readyz").await;
    let address = server.addresses[0];
    server.signal("TERM");
    // The port closes before the process ends.
    while TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let answer = Response::read(client).await;
    assert_eq!((answer.status, &answer.json()["status"]), (503, &"closing".into()), "{answer:?}");
    assert_eq!(server.ended().await.code, Some(0));
}

#[tokio::test]
async fn draining_server_responds_but_is_not_ready() {
    let setting = Setting::new().with("SYNOD__SERVER__DRAIN_SECONDS", "600");
    let server = setting.serve(&[]).await;
    assert_eq!(server.get("/readyz", &[]).await.status, 200);
    server.signal("TERM");
    let ready = async || server.get("/readyz", &[]).await;
    let mut answer = ready().await;
    while answer.status == 200 {
        answer = ready().await;
    }
    assert_eq!((answer.status, &answer.json()["status"]), (503, &"closing".into()), "{answer:?}");
    for path in ["/livez", "/health", "/agents"] {
        assert_eq!(server.get(path, &[]).await.status, 200, "{path}");
    }
    server.signal("TERM");
    assert_eq!(server.ended().await.code, Some(130));
}

#[tokio::test]
async fn second_signal_stops_the_server_at_once() {
    let (server, client, _asked) = busy("600", "/ollama/models").await;
    let address = server.addresses[0];
    server.signal("TERM");
    while TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    server.signal("TERM");
    let ended = server.ended().await;
    assert_eq!(ended.code, Some(130), "{}", ended.err);
    assert_eq!(Response::read(client).await.status, 0, "there was a response");
}

#[tokio::test]
async fn requests_beyond_the_grace_period_are_closed() {
    let (server, client, _asked) = busy("1", "/ollama/models").await;
    server.signal("TERM");
    let ended = server.ended().await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.err.contains("grace"), "{}", ended.err);
    assert_eq!(Response::read(client).await.status, 0, "there was a response");
}
