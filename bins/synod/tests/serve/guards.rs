use crate::server::Setting;

const KEY: &str = "canary-0123456789";

#[tokio::test]
async fn dns_rebinding_reaches_no_route_stream_or_socket() {
    let server = Setting::new().serve(&[]).await;
    let upgrade = [
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ];
    for path in ["/", "/health", "/agents", "/ws/agent-updates", "/api/v1/debates", "/nothing"] {
        let head = [&["Host: rebound.example:8000"][..], &upgrade].concat();
        assert_eq!(server.get(path, &head).await.status, 421, "{path}");
        for origin in
            ["Origin: http://rebound.example", "Origin: null", "Origin: http://localhost:1"]
        {
            let head = [&["Host: localhost:8000", origin][..], &upgrade].concat();
            assert_eq!(server.get(path, &head).await.status, 403, "{path} {origin}");
        }
    }
    let absolute = "GET http://rebound.example/health HTTP/1.1\r\nHost: localhost\r\n\
                    Connection: close\r\n\r\n";
    assert_eq!(server.send(absolute).await.status, 421);
    let nameless = "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert_eq!(server.send(nameless).await.status, 400);
    let forwarded =
        server.get("/health", &["Host: rebound.example", "X-Forwarded-Host: localhost"]);
    assert_eq!(forwarded.await.status, 421);
}

#[tokio::test]
async fn key_from_a_file_protects_routes_and_sockets() {
    // Some editors write a byte order mark.
    let setting = Setting::new().file("key", &format!("\u{feff}{KEY}\n"));
    let server = setting.with("SYNOD__SERVER__API_KEY_FILE", "key").serve(&[]).await;
    for path in
        ["/readyz", "/ws/agent-updates", "/ws/debate-updates", "/readyz?api_key=canary-0123456789"]
    {
        let answer = server.get(path, &[]).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer"), "{path}");
    }
    assert_eq!(
        server.get("/readyz", &["Authorization: Bearer canary-0123456789"]).await.status,
        200
    );
    assert_eq!(server.get("/livez", &[]).await.status, 200);
}

/// A request that is refused by its head gets no `100 Continue`.
#[tokio::test]
async fn expect_continue_is_refused_before_the_body() {
    let server = Setting::new().with("SYNOD__SERVER__API_KEY", KEY).serve(&[]).await;
    let key = format!("X-API-Key: {KEY}\r\n");
    let head = |path: &str, host: &str, key: &str, length: usize| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{key}Expect: 100-continue\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n"
        )
    };
    let paths = [
        "/agents/critic/execute",
        "/ollama/chat",
        "/debate/initialize",
        "/debate/1/control",
        "/api/v1/debates",
        "/api/v1/agents",
        "/nothing",
    ];
    for path in paths {
        for (host, key, length, status) in [
            ("localhost", "", 2, 401),
            ("localhost", &*key, 2 << 20, 413),
            ("rebound.example", &*key, 2, 421),
        ] {
            let answer = server.send(&head(path, host, key, length)).await;
            assert_eq!(answer.status, status, "{path} {host} {length}");
            assert!(!answer.header("x-request-id").is_empty(), "{path} {status}");
            let is_problem = answer.header("content-type") == "application/problem+json";
            assert_eq!(is_problem, path.starts_with("/api/v1/"), "{path} {status}");
        }
    }
    let wanted = head("/api/v1/agents", "localhost", &key, 2) + "{}";
    assert_eq!(server.send(&wanted).await.status, 100);
}

#[tokio::test]
async fn listen_address_and_configured_names_are_accepted_hosts() {
    let setting = Setting::new().with("SYNOD__SERVER__API_KEY", KEY);
    let setting = setting.with("SYNOD__SERVER__HOSTS", "synod.lan, hall:8000");
    let server = setting.serve(&["--host", "127.0.0.2"]).await;
    for (host, status) in [
        ("127.0.0.2:8000", 200),
        ("synod.lan", 200),
        ("hall:8000", 200),
        ("hall:8001", 421),
        ("10.0.0.1", 421),
    ] {
        let answer = server.get("/health", &[&format!("Host: {host}")]).await;
        assert_eq!(answer.status, status, "{host}");
    }
}
