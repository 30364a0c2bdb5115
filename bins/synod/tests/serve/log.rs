use serde_json::Value;

use crate::server::{Setting, ollama};

#[tokio::test]
async fn each_request_is_logged_once_with_route_and_id() {
    let host = ollama().await;
    let setting = Setting::new().with("OLLAMA_HOST", host.url());
    let server = setting.serve(&["--log-format", "json"]).await;
    let answer = server.get("/health?q=canary", &["X-Request-Id: one"]).await;
    assert_eq!(answer.header("x-request-id"), "one");
    server.get("/nothing/canary", &["X-Request-Id: two"]).await;
    let ended = server.stop().await;
    let lines: Vec<Value> = ended
        .err
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect();
    let of =
        |id: &str| -> Vec<_> { lines.iter().filter(|line| line["request_id"] == id).collect() };
    let [one] = of("one")[..] else { panic!("not one line: {}", ended.err) };
    assert_eq!((&one["level"], &one["method"]), (&"INFO".into(), &"GET".into()));
    assert_eq!((&one["route"], &one["status"]), (&"/health".into(), &200.into()));
    assert!(one["ms"].is_u64(), "{one}");
    let [two] = of("two")[..] else { panic!("not one line: {}", ended.err) };
    assert_eq!((&two["route"], &two["status"]), (&"none".into(), &404.into()));
    assert!(!ended.err.contains("canary"), "{}", ended.err);
}

#[tokio::test]
async fn secrets_are_never_logged() {
    let setting = Setting::new().with("SYNOD__SERVER__API_KEY", "canary-0123456789");
    let server = setting.serve(&["-v", "--log-format", "human"]).await;
    for line in [
        "Authorization: Bearer canary-0123456789",
        "Authorization: Bearer canary-wrong",
        "X-API-Key: canary-wrong",
        "Cookie: session=canary",
        "Sec-WebSocket-Protocol: synod, synod.key.canary",
        "Origin: http://canary.example",
        "Host: canary.example",
        "X-Request-Id: canary \u{1b}[31m",
    ] {
        server.get("/readyz?token=canary", &[line]).await;
    }
    let metrics = server.get("/metrics", &["X-API-Key: canary-0123456789"]).await;
    assert_eq!(metrics.status, 200);
    assert!(!metrics.body.contains("canary"), "{}", metrics.body);
    let ended = server.stop().await;
    assert!(!ended.err.contains("canary") && !ended.out.contains("canary"), "{}", ended.err);
    assert!(!ended.err.contains('\u{1b}'), "control characters of a client reached the terminal");

    let url = Setting::new().with("OLLAMA_HOST", "http://user:canary@127.0.0.1:1");
    let refused = url.run(&["serve", "--port", "0"]).await;
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(!refused.err.contains("canary"), "{}", refused.err);
}

#[tokio::test]
async fn startup_log_says_where_debates_are_kept() {
    for (flags, place) in [(&["--ephemeral"][..], "kept in memory"), (&[], ".local/share/synod")] {
        let server = Setting::new().serve(&[&["--log-format", "json"], flags].concat()).await;
        let names_place =
            |line: &Value| line["message"].as_str().is_some_and(|message| message.contains(place));
        server.logged(names_place).await;
    }
}
