//! What a server reports of its models.

use super::*;

#[tokio::test]
async fn model_info_holds_what_the_server_reports() {
    let fake = serving(&["completion", "tools", "thinking"]).await;
    let mut resident = loaded("qwen3:4b", 8_192);
    resident["models"][0]["size_vram"] = json!(0);
    fake.replace("/api/ps", Answer::json(&resident));
    let infos = host(&fake).models().await.unwrap();
    let (host, model) = ("local".parse().unwrap(), "qwen3:4b".parse().unwrap());
    let expected = ModelInfo::new(host, model)
        .with_digest("digest of qwen3:4b".to_owned())
        .with_family("qwen3".to_owned())
        .with_parameters(4_000_000_000)
        .with_size(3_300_000_000)
        .with_window(8_192)
        .with_loaded(true);
    let expected = ModelInfo { placement: Some(crate::Placement::Cpu), ..expected };
    assert_eq!(infos, [expected]);
    assert!(fake.requests("/api/show").is_empty());
}

#[tokio::test]
async fn a_model_that_only_embeds_does_not_chat() {
    let fake = serving(&["embedding"]).await;
    let info = host(&fake).models().await.unwrap().remove(0);
    assert!(info.embeds && !info.chats);
}

#[tokio::test]
async fn missing_facts_are_looked_up_once_per_digest() {
    let mut list = installed("qwen3:4b", &[]);
    list["models"][0].as_object_mut().unwrap().remove("capabilities");
    let fake = serving(&[]).await;
    fake.replace("/api/tags", Answer::json(&list));
    let shown = json!({"details": {"family": "qwen3"}, "capabilities": ["embedding"],
        "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 2_048}});
    fake.replace("/api/show", Answer::json(&shown));
    fake.replace("/api/ps", Answer::json(&json!({"models": []})));
    let host = host(&fake);
    for _ in 0..2 {
        let infos = host.models().await.unwrap();
        assert_eq!((infos[0].chats, infos[0].window), (false, Some(2_048)));
    }
    assert_eq!(fake.requests("/api/show").len(), 1);
    list["models"][0]["digest"] = json!("another");
    fake.replace("/api/tags", Answer::json(&list));
    host.models().await.unwrap();
    assert_eq!(fake.requests("/api/show").len(), 2);
}

#[tokio::test]
async fn a_server_that_tells_little_is_understood() {
    let list = json!({"models": [
        {"name": "llama3:latest", "digest": "1", "details": {"family": "llama", "families": null}},
        {"name": "nomic-embed-text:latest", "digest": "2", "details": {"family": "nomic-bert"}},
        {"name": "a\nname", "digest": "3"},
    ]});
    let fake = FakeServer::start().await;
    fake.replace("/api/tags", Answer::json(&list));
    fake.replace("/api/ps", Answer::text(404, "404 page not found"));
    let infos = host(&fake).models().await.unwrap();
    let listed: Vec<_> = infos.iter().map(|c| (c.model.as_str(), c.chats, c.window)).collect();
    let window = Some(4_096);
    let expected = [("llama3:latest", true, window), ("nomic-embed-text:latest", false, window)];
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn the_window_is_the_one_it_will_be_loaded_with() {
    let fake = serving(&["completion"]).await;
    fake.replace("/api/ps", Answer::json(&json!({"models": []})));
    let window = |profile| {
        let host = host(&fake).with_profile(profile);
        async move { host.models().await.unwrap()[0].window }
    };
    let profile = |num_ctx| LoadProfile { num_ctx, ..LoadProfile::default() };
    assert_eq!(window(profile(None)).await, Some(4_096));
    assert_eq!(window(profile(Some(16_384))).await, Some(16_384));
    assert_eq!(window(profile(Some(99_999))).await, Some(40_960), "no more than trained for");
    fake.replace("/api/ps", Answer::json(&loaded("qwen3:4b", 8_192)));
    assert_eq!(window(profile(None)).await, Some(8_192));
    assert_eq!(window(profile(Some(16_384))).await, Some(16_384), "it will be reloaded");
}

#[tokio::test]
async fn errors_of_absent_or_foreign_hosts_name_the_address() {
    let fake = FakeServer::start().await;
    fake.replace("/api/tags", Answer::text(200, "<html>").header("content-type", "text/html"));
    let unreadable = host(&fake).models().await.unwrap_err();
    assert!(matches!(&unreadable, HostError::Unreadable { .. }), "{unreadable:?}");
    assert!(unreadable.to_string().contains(&fake.address), "{unreadable}");
    let gone = host(&fake);
    drop(fake);
    let unreachable = gone.models().await.unwrap_err();
    assert!(matches!(unreachable, HostError::Unreachable { .. }), "{unreachable:?}");
}

#[tokio::test]
async fn a_missing_model_comes_with_the_command_that_gets_it() {
    let fake = FakeServer::start().await;
    let request = RequestedModel { host: None, model: Some(ModelName::new("gemma3:4b").unwrap()) };
    let missing = gateway(host(&fake)).resolve(&[request]).await.unwrap_err();
    assert_eq!(missing.to_string(), "no model gemma3:4b on local; try `ollama pull gemma3:4b`");
}
