use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::server::{Answer, Server, Setting, SilentHost};

#[tokio::test]
async fn a_signal_ends_an_idle_server_in_order() {
    for signal in ["TERM", "INT"] {
        let server = Server::start().await;
        assert_eq!(server.get("/health", &[]).await.status, 200);
        let address = server.addresses[0];
        server.signal(signal);
        let ended = server.ended().await;
        assert_eq!(ended.code, Some(0), "{signal}: {}", ended.err);
        assert!(TcpStream::connect(address).await.is_err(), "somebody still listens");
    }
}

/// A server with a request under way that does not end: its host never answers.
async fn busy(grace: &str) -> (Server, TcpStream, Vec<TcpStream>) {
    let host = SilentHost::start().await;
    let setting = Setting::new().with("OLLAMA_HOST", host.url());
    let setting = setting.with("SYNOD__SERVER__DRAIN_SECONDS", "0");
    let server = setting.with("SYNOD__SERVER__GRACE_SECONDS", grace).serve(&[]).await;
    let mut asked = Vec::from(host.asked().await);
    let mut client = server.connect().await;
    client
        .write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await
        .expect("sent");
    asked.extend(host.asked().await);
    (server, client, asked)
}

#[tokio::test]
async fn a_request_under_way_gets_its_answer_and_new_clients_none() {
    let (server, client, _asked) = busy("20").await;
    let address = server.addresses[0];
    server.signal("TERM");
    // It refuses before it has ended.
    while TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let answer = Answer::read(client).await;
    assert_eq!((answer.status, &answer.json()["status"]), (503, &"closing".into()), "{answer:?}");
    assert_eq!(server.ended().await.code, Some(0));
}

#[tokio::test]
async fn while_it_drains_the_server_answers_and_is_not_ready() {
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
async fn the_second_signal_ends_it_at_once() {
    let (server, client, _asked) = busy("600").await;
    let address = server.addresses[0];
    server.signal("TERM");
    while TcpStream::connect(address).await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    server.signal("TERM");
    let ended = server.ended().await;
    assert_eq!(ended.code, Some(130), "{}", ended.err);
    assert_eq!(Answer::read(client).await.status, 0, "it was answered first");
}

#[tokio::test]
async fn what_takes_longer_than_the_grace_is_cut() {
    let (server, client, _asked) = busy("1").await;
    server.signal("TERM");
    let ended = server.ended().await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.err.contains("grace"), "{}", ended.err);
    assert_eq!(Answer::read(client).await.status, 0, "it was answered first");
}
