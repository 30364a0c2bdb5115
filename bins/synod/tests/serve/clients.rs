use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::server::{Response, Server, Setting, SilentHost, ollama};

#[tokio::test]
async fn readiness_on_both_loopbacks_names_missing_hosts() {
    let host = ollama().await;
    let server = Setting::new().with("OLLAMA_HOST", host.url()).serve(&[]).await;
    let ready = server.get("/readyz", &[]).await;
    assert_eq!((ready.status, &ready.json()["status"]), (200, &"ready".into()), "{ready:?}");
    let ports: Vec<_> = server.addresses.iter().map(|address| address.port()).collect();
    assert!(ports.iter().all(|port| *port == ports[0]), "{ports:?}");
    for address in &server.addresses {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let head = format!("GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("sent");
        assert_eq!(Response::read(stream).await.status, 200, "{address}");
    }

    let alone = Server::start().await;
    let degraded = alone.get("/readyz", &[]).await;
    assert_eq!((degraded.status, &degraded.json()["status"]), (200, &"degraded".into()));
    assert_eq!(degraded.json()["hosts"][0]["name"], "local");
    let log = alone.stop().await.err;
    assert!(log.contains("ollama serve"), "no advice about models: {log}");
}

#[tokio::test]
async fn endless_request_head_times_out() {
    let server = Setting::new().with("SYNOD__SERVER__HEAD_SECONDS", "1").serve(&[]).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").await.expect("sent");
    let answer = Response::read(stream).await;
    assert_eq!(answer.status, 408, "{answer:?}");
}

#[tokio::test]
async fn body_that_is_too_large_is_refused_by_its_length() {
    let server = Setting::new().with("SYNOD__SERVER__BODY_BYTES", "1000").serve(&[]).await;
    let head = "POST /debate/initialize HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                Content-Type: application/json\r\nContent-Length: ";
    assert_eq!(server.send(format!("{head}1001\r\n\r\n")).await.status, 413);
    assert_eq!(server.send(format!("{head}18446744073709551616\r\n\r\n")).await.status / 100, 4);
}

#[tokio::test]
async fn disconnect_of_a_client_cancels_its_request() {
    let host = SilentHost::start().await;
    let setting = Setting::new().with("OLLAMA_HOST", host.url());
    let server = setting.serve(&["--log-format", "json"]).await;
    let _by_the_server = host.asked().await;
    let mut client = server.connect().await;
    client
        .write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: leaves\r\n\r\n")
        .await
        .expect("sent");
    let _for_the_client = host.asked().await;
    client.shutdown().await.expect("a shutdown");
    let line = server.logged(|line| line["request_id"] == "leaves").await;
    assert_eq!(line["status"], 499, "{line}");
}

#[tokio::test]
async fn malformed_requests_do_no_harm() {
    let server = Server::start().await;
    for bytes in [
        &b"\x00\x01\x02\r\n\r\n"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
        b"GET /%ff%00/.. HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ] {
        let answer = server.send(bytes).await;
        assert!(answer.status == 0 || answer.status / 100 == 4, "{bytes:?}: {answer:?}");
    }
    assert_eq!(server.get("/health", &[]).await.status, 200);
}
