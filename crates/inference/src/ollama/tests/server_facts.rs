//! What a server decides itself, and what it reports of that.

use std::time::{Duration, SystemTime};

use synod_ollama_client::KeepAlive;

use super::*;

fn now() -> SystemTime {
    // 2026-11-23T00:58:53Z
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_395_533)
}

fn ps(window: u32, expires_at: &str) -> Answer {
    Answer::json(&json!({"models": [{"name": "qwen3:4b", "model": "qwen3:4b", "size": 1,
        "size_vram": 1, "context_length": window, "expires_at": expires_at}]}))
}

fn load() -> Answer {
    let done = json!({"model": "qwen3:4b", "response": "", "done": true, "done_reason": "load"});
    Answer::json(&done)
}

fn version(text: &str) -> Answer {
    Answer::json(&json!({"version": text}))
}

fn none_loaded() -> Answer {
    Answer::json(&json!({"models": []}))
}

#[tokio::test]
async fn keep_alive_is_the_servers_unless_set() {
    let fake = serving(&["completion"]).await.answering("/api/chat", tea());
    fake.replace("/api/ps", none_loaded());
    fake.replace("/api/generate", load());
    let profile = |keep_alive| LoadProfile { num_ctx: None, keep_alive };
    let set = Some(KeepAlive::For(Duration::from_mins(30)));
    for (profile, sent) in [(profile(None), None), (profile(set), Some(json!("30m0s")))] {
        let before = (fake.requests("/api/generate").len(), fake.requests("/api/chat").len());
        let gateway = gateway(host(&fake).with_profile(profile));
        whole(&only_gated(&gateway).await).await;
        let (load, chat) = (fake.requests("/api/generate"), fake.requests("/api/chat"));
        for request in load[before.0..].iter().chain(&chat[before.1..]) {
            assert_eq!(request.get("keep_alive"), sent.as_ref());
        }
        assert_eq!((load.len() - before.0, chat.len() - before.1), (1, 1));
    }
}

#[tokio::test]
async fn a_model_stays_as_long_as_the_server_reports() {
    let fake = serving(&["completion"]).await;
    let stays = async |expires_at: &str, keep_alive: Option<KeepAlive>| {
        fake.replace("/api/ps", ps(8_192, expires_at));
        let profile = LoadProfile { num_ctx: None, keep_alive };
        let model = only(&host(&fake).with_clock(now).with_profile(profile)).await;
        assert!(model.is_resident().await);
        model.keep_alive()
    };
    let hour = Duration::from_hours(1);
    assert_eq!(stays("2026-11-23T01:58:53Z", None).await, hour);
    assert_eq!(stays("2318-11-23T00:58:53Z", None).await, Duration::MAX, "it is never unloaded");
    let usual = Duration::from_mins(5);
    assert_eq!(stays("2026-11-23T00:00:00Z", None).await, usual, "clocks that differ");
    assert_eq!(stays("0001-01-01T00:00:00Z", None).await, usual, "not reported");
    let set = Some(KeepAlive::For(hour * 2));
    assert_eq!(stays("2026-11-23T01:58:53Z", set).await, hour * 2);
}

#[tokio::test]
async fn the_window_read_after_a_load_holds_for_all_callers() {
    let fake = serving(&["completion"]).await.answering("/api/chat", tea());
    // Two listings, two checks, the check before the load, and the report after it.
    let loaded = ps(8_192, "2026-11-23T01:03:53Z");
    let none = none_loaded;
    fake.replace_all("/api/ps", [none(), none(), none(), none(), none(), loaded]);
    fake.replace("/api/generate", load());
    let gateway = gateway(host(&fake));
    let other = {
        let infos = gateway.models().await.remove(0).models.unwrap();
        gateway.chat_model(&infos[0].host, &infos[0].model).await.unwrap()
    };
    assert_eq!((other.window(), other.info().window), (None, Some(4_096)), "a guess");
    let one = only_gated(&gateway).await;
    whole(&one).await;
    assert_eq!((one.window(), other.window()), (Some(8_192), Some(8_192)));
    let info = gateway.models().await.remove(0).models.unwrap().remove(0);
    assert_eq!(info.window, Some(8_192));
    for sent in fake.requests("/api/chat") {
        assert_eq!(sent["options"].get("num_ctx"), None, "the server has chosen");
    }
}

#[tokio::test]
async fn a_window_from_a_refusal_holds_for_all_callers() {
    let text = r#"{"error":{"code":400,"message":"request (3000 tokens) exceeds the available context size (2048 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":3000,"n_ctx":2048}}"#;
    let fake = serving(&["completion"]).await;
    fake.replace("/api/chat", Answer::status(400, &json!({"error": text})));
    let gateway = gateway(host(&fake));
    let (one, other) = (only_gated(&gateway).await, only_gated(&gateway).await);
    assert_eq!(other.window(), Some(8_192));
    let error = error(whole(&one).await);
    assert!(matches!(error, ChatError::ContextOverflow { .. }), "{error:?}");
    assert_eq!((one.window(), other.window()), (Some(2_048), Some(2_048)));
}

#[tokio::test]
async fn a_context_is_not_shifted_where_the_version_knows_that() {
    for (version_answer, knows, loads_anew) in [
        (version("0.12.5"), false, false),
        (version("0.12.6"), true, false),
        (version("0.24.0"), true, false),
        (version("0.32.15"), true, true),
        (version("0.0.0"), false, false),
        (Answer::text(404, "404 page not found"), false, false),
    ] {
        let fake = serving(&["completion"]).await.answering("/api/chat", tea());
        fake.replace("/api/version", version_answer);
        fake.replace("/api/generate", load());
        let gateway = gateway(host(&fake));
        let model = only_gated(&gateway).await;
        for _ in 0..2 {
            whole(&model).await;
        }
        let loads = fake.requests("/api/generate");
        assert_eq!(loads.len(), usize::from(loads_anew), "with the right `shift`, and once");
        let expected = knows.then_some(json!(false));
        for request in loads.iter().chain(&fake.requests("/api/chat")) {
            assert_eq!(request.get("shift"), expected.as_ref());
        }
    }
}

#[tokio::test]
async fn the_version_is_asked_for_once() {
    let fake = serving(&["completion"]).await;
    fake.replace("/api/version", version("0.24.0"));
    let host = host(&fake);
    for _ in 0..3 {
        host.models().await.unwrap();
    }
    assert_eq!(fake.requests("/api/version").len(), 1);
}

#[tokio::test]
async fn unreported_facts_come_from_settings_or_the_name() {
    let list = json!({"models": [
        {"name": "smollm2:135m", "digest": "1", "details": {"parameter_size": ""}},
        {"name": "mixtral:8x7b", "digest": "2", "details": {"parameter_size": "8x7B"}},
        {"name": "mine:latest", "digest": "3", "details": {}},
        {"name": "llama3.2:3b", "digest": "4", "details": {"parameter_size": "3.2B"}},
        {"name": "bge-m3:latest", "digest": "5", "details": {"family": "xlm"}},
    ]});
    let fake = FakeServer::start().await;
    fake.replace("/api/tags", Answer::json(&list));
    let settings = crate::ModelSettings { parameters: Some(7), ..Default::default() };
    let name = |name: &str| ModelName::new(name).unwrap();
    let host = host(&fake)
        .with_model_settings(name("mine:latest"), settings.clone())
        .with_model_settings(name("llama3.2:3b"), settings);
    let infos = host.models().await.unwrap();
    let parameters: Vec<_> = infos.iter().map(|info| info.parameters).collect();
    let billion = 1_000_000_000;
    let expected = [Some(135_000_000), Some(56 * billion), Some(7), Some(3_200_000_000), None];
    assert_eq!(parameters, expected);
    let chats: Vec<_> = infos.iter().map(|info| (info.chats, info.guessed)).collect();
    assert_eq!(chats, [(true, true), (true, true), (true, true), (true, true), (false, true)]);
    assert_eq!(
        infos[4].no_chat_reason().as_deref(),
        Some("its name says that it is an embedding model")
    );
}
