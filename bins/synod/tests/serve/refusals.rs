use crate::server::Setting;

#[tokio::test]
async fn other_interfaces_need_a_key_or_insecure() {
    for host in ["0.0.0.0", "::", "192.0.2.1", "example.org"] {
        let ended = Setting::new().run(&["serve", "--port", "0", "--host", host]).await;
        assert_eq!(ended.code, Some(2), "{host}: {}", ended.err);
        assert!(ended.err.contains("synod key new"), "{host}: {}", ended.err);
    }
    let server = Setting::new().serve(&["--host", "0.0.0.0", "--insecure"]).await;
    let port = server.addresses[0].port();
    assert_eq!(server.get("/health", &[&format!("Host: 127.0.0.1:{port}")]).await.status, 200);
}

#[tokio::test]
async fn used_port_is_an_error() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let ended = Setting::new().run(&["serve", "--port", &port]).await;
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    let sentence = format!(
        "synod: 127.0.0.1:{port} is in use; stop what listens there, or choose another port\n"
    );
    assert!(ended.err.ends_with(&sentence), "{}", ended.err);
}

#[tokio::test]
async fn short_key_is_refused() {
    let setting = Setting::new().with("SYNOD__SERVER__API_KEY", "secret");
    let ended = setting.run(&["serve", "--port", "0"]).await;
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(ended.err.contains("16 to 512") && !ended.err.contains("secret"), "{}", ended.err);
}

#[tokio::test]
async fn new_key_is_long_random_and_accepted() {
    let setting = Setting::new();
    let (one, other) = (setting.run(&["key", "new"]).await, setting.run(&["key", "new"]).await);
    assert_ne!(one.out, other.out);
    let key = one.out.trim_end();
    assert_eq!(key.len(), "synod-".len() + 64, "{key}");
    let server = Setting::new().with("SYNOD__SERVER__API_KEY", key).serve(&[]).await;
    let header = format!("Authorization: Bearer {key}");
    assert_eq!(server.get("/readyz", &[&header]).await.status, 200);
}
