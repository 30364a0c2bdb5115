//! Models that are loaded, and models that are not.

use synod_ollama_client::KeepAlive;

use super::*;

#[tokio::test]
async fn a_missing_model_is_loaded_once_with_its_profile() {
    let fake = serving(&["completion"]).await.answering("/api/chat", tea());
    fake.replace("/api/ps", Answer::json(&json!({"models": []})));
    let done = json!({"model": "qwen3:4b", "response": "", "done": true, "done_reason": "load"});
    fake.replace("/api/generate", Answer::json(&done));
    let profile = LoadProfile { num_ctx: Some(16_384), keep_alive: Some(KeepAlive::Forever) };
    let gateway = gateway(host(&fake).with_profile(profile));
    let model = only_gated(&gateway).await;
    let asked = fake.requests("/api/ps").len();
    for _ in 0..3 {
        assert_eq!(text(&whole(&model).await), "Té, naturally.");
    }
    let loads = fake.requests("/api/generate");
    assert_eq!(loads.len(), 1);
    assert_eq!(loads[0].get("prompt"), None);
    for sent in loads.iter().chain(&fake.requests("/api/chat")) {
        assert_eq!(
            (&sent["keep_alive"], &sent["options"]["num_ctx"]),
            (&json!(-1), &json!(16_384))
        );
    }
    assert_eq!(fake.requests("/api/ps").len(), asked, "it was loaded when it was chosen");
}

#[tokio::test]
async fn a_model_that_is_loaded_costs_no_load_and_keeps_its_window() {
    let fake = serving(&["completion"]).await.answering("/api/chat", tea());
    let gateway = gateway(host(&fake));
    let model = only_gated(&gateway).await;
    whole(&model).await;
    fake.replace("/api/ps", Answer::json(&loaded("qwen3:4b", 2_048)));
    whole(&model).await;
    assert!(fake.requests("/api/generate").is_empty());
    for sent in fake.requests("/api/chat") {
        assert_eq!(sent["options"]["num_ctx"], 8_192);
    }
}

/// Servers that imitate Ollama may not load models apart from a chat.
#[tokio::test]
async fn a_server_without_loads_is_called_all_the_same() {
    for missing in [
        Answer::text(404, "404 page not found"),
        Answer::status(404, &json!({"detail": "Not Found"})),
        Answer::status(404, &json!({"error": "Not Found"})),
        Answer::status(405, &json!({"detail": "Method Not Allowed"})),
    ] {
        let fake = serving(&["completion"]).await.answering("/api/chat", tea());
        fake.replace("/api/ps", Answer::text(404, "404 page not found"));
        fake.replace("/api/generate", missing);
        let gateway = gateway(host(&fake));
        let model = only_gated(&gateway).await;
        assert_eq!(text(&whole(&model).await), "Té, naturally.");
    }
}

#[tokio::test]
async fn a_model_loaded_with_another_window_is_not_resident() {
    let fake = serving(&["completion"]).await;
    let profile = |num_ctx| LoadProfile { num_ctx: Some(num_ctx), ..LoadProfile::default() };
    let name = ModelName::new("qwen3:4b").unwrap();
    let same = host(&fake).with_profile(profile(1)).with_model_profile(name, profile(8_192));
    assert!(only(&same).await.is_resident().await);
    assert!(!only(&host(&fake).with_profile(profile(4_096))).await.is_resident().await);
}

#[tokio::test]
async fn after_a_load_the_server_reports_cpu_placement() {
    let done = json!({"model": "qwen3:4b", "response": "", "done": true, "done_reason": "load"});
    // Some servers that imitate Ollama do not report it.
    for (size_vram, on_processor) in
        [(Some(0), true), (Some(1_000), false), (Some(3_300), false), (None, false)]
    {
        let fake = serving(&["completion"]).await.answering("/api/generate", Answer::json(&done));
        let model = only(&host(&fake)).await;
        assert!(!model.runs_on_cpu());
        let mut report = loaded("qwen3:4b", 8_192);
        report["models"][0]["size"] = json!(3_300);
        if let Some(size_vram) = size_vram {
            report["models"][0]["size_vram"] = json!(size_vram);
        }
        let none = Answer::json(&json!({"models": []}));
        fake.replace_all("/api/ps", [none, Answer::json(&report)]);
        model.warm_up().await.unwrap();
        assert_eq!(model.runs_on_cpu(), on_processor, "{size_vram:?}");
    }
}

/// A load makes it fail behind its proxy, which answers for it, and it is started again at once.
#[tokio::test]
async fn a_load_that_always_gets_502_is_not_a_host_that_is_away() {
    let fake = serving(&["completion"]).await.answering("/api/chat", tea());
    fake.replace("/api/ps", Answer::json(&json!({"models": []})));
    let page = "<html><title>502 Bad Gateway</title></html>";
    let bad_gateway = Answer::text(502, page).header("content-type", "text/html");
    fake.replace("/api/generate", bad_gateway);
    let gateway = gateway(host(&fake));
    let info = gateway.models().await.remove(0).models.unwrap().remove(0);
    // It is not tried before.
    let model = gateway.chat_model(&info.host, &info.model).await.unwrap();
    let error = error(whole(&model).await);
    assert!(!error.is_host_not_ready(), "{error:?}");
    let reason = "local lists its models, but all calls to qwen3:4b fail: 502 Bad Gateway";
    assert_eq!(error.reason(), reason);
    assert_eq!(fake.requests("/api/generate").len(), 3);
    // A server that is away fails all requests alike.
    fake.replace("/api/tags", Answer::text(502, page));
    let mut call = model.chat(request(ReplyForm::Text));
    let is_away = |event: &Result<ChatEvent, ChatError>| {
        matches!(event, Ok(ChatEvent::Phase(crate::Phase::Away { .. })))
    };
    while !is_away(&call.next().await.unwrap()) {}
    let cause = gateway.host_states().remove(0).outage.unwrap();
    assert!(matches!(cause, ChatError::Unreachable { .. }), "{cause:?}");
}
