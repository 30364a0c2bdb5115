mod fake_ollama;

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use synod_ollama_client::Client;

use self::fake_ollama::{Answer, FakeOllama};
use super::*;
use crate::{
    AdmissionClass, ChatError, ChatEvent, ChatModel, ChatRequest, Completion, Gateway,
    GatewaySettings, HostError, HostName, Message, ModelCard, ModelHost, ModelName, ReplyForm,
    Sampling, StopReason, Usage, Wanted,
};

fn host(fake: &FakeOllama) -> OllamaHost {
    OllamaHost::new(HostName::new("local").unwrap(), Client::new(&fake.address).unwrap())
}

fn gateway(host: OllamaHost) -> Gateway {
    Gateway::new(vec![Arc::new(host)], GatewaySettings::default())
}

/// The only model of the host.
async fn only(host: &OllamaHost) -> Arc<dyn ChatModel> {
    let mut cards = host.models().await.unwrap();
    assert_eq!(cards.len(), 1);
    host.chat_model(cards.remove(0))
}

async fn only_gated(gateway: &Gateway) -> Arc<dyn ChatModel> {
    let cards = gateway.resolve(&[Wanted::default()]).await.unwrap();
    gateway.chat_model(&cards[0].host, &cards[0].model).await.unwrap()
}

fn installed(name: &str, capabilities: &[&str]) -> Value {
    json!({"models": [{
        "name": name, "model": name, "modified_at": "2026-11-23T00:58:53.019411965Z",
        "size": 3_300_000_000_u64, "digest": format!("digest of {name}"),
        "details": {"family": "qwen3", "families": ["qwen3"], "parameter_size": "4.0B",
                    "quantization_level": "Q4_K_M", "context_length": 40_960},
        "capabilities": capabilities,
    }]})
}

fn loaded(name: &str, window: u32) -> Value {
    json!({"models": [{"name": name, "model": name, "size": 1, "context_length": window,
                       "expires_at": "2026-11-23T01:03:53Z"}]})
}

/// A server with one loaded model.
async fn serving(capabilities: &[&str]) -> FakeOllama {
    FakeOllama::start()
        .await
        .answering("/api/tags", Answer::json(&installed("qwen3:4b", capabilities)))
        .answering("/api/ps", Answer::json(&loaded("qwen3:4b", 8_192)))
}

fn request(form: ReplyForm) -> ChatRequest {
    ChatRequest {
        messages: vec![Message::system("Be brief."), Message::user("Tea or coffee?")],
        form,
        sampling: Sampling {
            temperature: Some(0.7),
            repeat_penalty: Some(1.1),
            seed: Some(42),
            stop: vec!["[".into()],
            max_output_tokens: 400,
        },
        class: AdmissionClass::Normal,
        time_limit: Duration::from_secs(60),
    }
}

fn line(content: &str) -> Value {
    json!({"model": "qwen3:4b", "message": {"role": "assistant", "content": content},
           "done": false})
}

fn last_line(reason: &str) -> Value {
    json!({"model": "qwen3:4b", "message": {"role": "assistant", "content": ""}, "done": true,
           "done_reason": reason, "prompt_eval_count": 21, "eval_count": 5})
}

fn tea() -> Answer {
    Answer::lines(&[line("Té"), line(", naturally."), last_line("stop")])
}

type Events = Vec<Result<ChatEvent, ChatError>>;

async fn whole(model: &Arc<dyn ChatModel>) -> Events {
    model.chat(request(ReplyForm::Text)).collect().await
}

fn text(events: &Events) -> String {
    let deltas = events.iter().filter_map(|event| match event {
        Ok(ChatEvent::Delta(text)) => Some(text.as_str()),
        Ok(ChatEvent::Phase(_) | ChatEvent::Thinking(_) | ChatEvent::Finished(_)) | Err(_) => None,
    });
    deltas.collect()
}

fn completion(events: Events) -> Completion {
    match events.into_iter().next_back() {
        Some(Ok(ChatEvent::Finished(completion))) => completion,
        other => panic!("no completion but {other:?}"),
    }
}

fn error(events: Events) -> ChatError {
    match events.into_iter().next_back() {
        Some(Err(error)) => error,
        other => panic!("no error but {other:?}"),
    }
}

#[tokio::test]
async fn a_card_tells_what_the_server_tells() {
    let fake = serving(&["completion", "tools", "thinking"]).await;
    let cards = host(&fake).models().await.unwrap();
    let expected = ModelCard {
        host: HostName::new("local").unwrap(),
        model: ModelName::new("qwen3:4b").unwrap(),
        digest: Some("digest of qwen3:4b".into()),
        family: Some("qwen3".into()),
        parameters: Some(4_000_000_000),
        size: Some(3_300_000_000),
        window: Some(8_192),
        loaded: true,
        chats: true,
        continues_reply: false,
        demo: false,
    };
    assert_eq!(cards, [expected]);
    assert!(fake.requests("/api/show").is_empty());
}

#[tokio::test]
async fn a_model_that_only_embeds_does_not_chat() {
    let fake = serving(&["embedding"]).await;
    assert!(!host(&fake).models().await.unwrap()[0].chats);
}

#[tokio::test]
async fn what_the_list_does_not_tell_is_looked_up_once_per_digest() {
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
        let cards = host.models().await.unwrap();
        assert_eq!((cards[0].chats, cards[0].window), (false, Some(2_048)));
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
        {"name": "not a name", "digest": "3"},
    ]});
    let fake = FakeOllama::start().await;
    fake.replace("/api/tags", Answer::json(&list));
    fake.replace("/api/ps", Answer::text(404, "404 page not found"));
    let cards = host(&fake).models().await.unwrap();
    let told: Vec<_> = cards.iter().map(|c| (c.model.as_str(), c.chats, c.window)).collect();
    let window = Some(4_096);
    let expected = [("llama3:latest", true, window), ("nomic-embed-text:latest", false, window)];
    assert_eq!(told, expected);
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
    assert_eq!(window(profile(Some(16_384))).await, Some(16_384), "it will be loaded anew");
}

#[tokio::test]
async fn a_host_that_is_not_there_or_no_ollama_is_told_with_its_address() {
    let fake = FakeOllama::start().await;
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
    let fake = FakeOllama::start().await;
    let seat = Wanted { host: None, model: Some(ModelName::new("gemma3:4b").unwrap()) };
    let missing = gateway(host(&fake)).resolve(&[seat]).await.unwrap_err();
    assert_eq!(missing.to_string(), "no model gemma3:4b on local; try `ollama pull gemma3:4b`");
}

#[tokio::test]
async fn a_call_is_sent_as_ollama_takes_it() {
    let fake = serving(&["completion"]).await.answering("/api/chat", tea());
    let model = only(&host(&fake)).await;
    whole(&model).await;
    let expected = json!({
        "model": "qwen3:4b",
        "messages": [{"role": "system", "content": "Be brief."},
                     {"role": "user", "content": "Tea or coffee?"}],
        "stream": true,
        "truncate": false,
        "keep_alive": "10m0s",
        "options": {"num_predict": 400, "temperature": 0.7, "repeat_penalty": 1.1, "seed": 42,
                    "stop": ["["]},
    });
    assert_eq!(fake.requests("/api/chat"), [expected]);
}

#[tokio::test]
async fn a_schema_is_sent_as_format_and_thinking_models_do_not_think_then() {
    for (capabilities, think) in
        [(&["completion"][..], None), (&["completion", "thinking"], Some(json!(false)))]
    {
        let fake = serving(capabilities).await.answering("/api/chat", tea());
        let model = only(&host(&fake)).await;
        let schema = json!({"type": "object", "properties": {"choice": {"enum": ["O1", "O2"]}}});
        let form = ReplyForm::json(&schema);
        model.chat(request(form)).collect::<Vec<_>>().await;
        whole(&model).await;
        let sent = fake.requests("/api/chat");
        assert_eq!((sent[0].get("format"), sent[0].get("think")), (Some(&schema), think.as_ref()));
        assert_eq!((sent[1].get("format"), sent[1].get("think")), (None, None));
    }
}

#[tokio::test]
async fn a_reply_is_told_piece_by_piece() {
    let both = json!({"message": {"content": "Té", "thinking": "so"}, "done": false});
    let mut last = last_line("length");
    last["message"]["content"] = json!("!");
    let thinking = json!({"message": {"content": "", "thinking": "Hm, "}, "done": false});
    let reply = Answer::lines(&[thinking, both, line(""), line(", natur…"), last]);
    let fake = serving(&["completion"]).await.answering("/api/chat", reply);
    let events = whole(&only(&host(&fake)).await).await;
    let events: Vec<_> = events.into_iter().map(Result::unwrap).collect();
    let usage = Usage { prompt_tokens: Some(21), output_tokens: Some(5) };
    let reason = StopReason::Length;
    let expected = [
        ChatEvent::Thinking("Hm, ".into()),
        ChatEvent::Thinking("so".into()),
        ChatEvent::Delta("Té".into()),
        ChatEvent::Delta(", natur…".into()),
        ChatEvent::Delta("!".into()),
        ChatEvent::Finished(Completion { reason, usage, ..Completion::default() }),
    ];
    assert_eq!(events, expected);
}

#[tokio::test]
async fn calls_one_after_the_other_use_one_connection() {
    let fake = serving(&["completion"]).await.answering("/api/chat", tea());
    let gateway = gateway(host(&fake));
    let model = only_gated(&gateway).await;
    whole(&model).await;
    let before = fake.connections();
    for _ in 0..3 {
        completion(whole(&model).await);
    }
    assert_eq!(fake.connections(), before);
}

#[tokio::test]
async fn a_dropped_call_closes_its_connection() {
    let silence = Answer::lines(&[line("Té")]).then_silence();
    let fake = serving(&["completion"]).await.answering("/api/chat", silence);
    let mut call = only(&host(&fake)).await.chat(request(ReplyForm::Text));
    assert!(matches!(call.next().await, Some(Ok(ChatEvent::Delta(_)))));
    drop(call);
    fake.left().await;
}

#[tokio::test]
async fn a_call_that_waits_for_its_first_token_closes_its_connection_too() {
    let fake = serving(&["completion"]).await;
    fake.replace("/api/chat", Answer::lines(&[]).then_silence());
    let mut call = only(&host(&fake)).await.chat(request(ReplyForm::Text));
    assert!(call.next().now_or_never().is_none());
    while fake.requests("/api/chat").is_empty() {
        tokio::select! {
            biased;
            event = call.next() => panic!("{event:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    drop(call);
    fake.left().await;
}

#[tokio::test]
async fn a_model_that_is_not_loaded_is_loaded_once_as_it_will_be_called() {
    let fake = serving(&["completion"]).await.answering("/api/chat", tea());
    fake.replace("/api/ps", Answer::json(&json!({"models": []})));
    let done = json!({"model": "qwen3:4b", "response": "", "done": true, "done_reason": "load"});
    fake.replace("/api/generate", Answer::json(&done));
    let profile = LoadProfile { num_ctx: Some(16_384), keep_alive: None };
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
    assert_eq!(fake.requests("/api/ps").len() - asked, 2, "none of them in steady state");
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

#[tokio::test]
async fn a_model_loaded_with_another_window_is_not_resident() {
    let fake = serving(&["completion"]).await;
    let profile = |num_ctx| LoadProfile { num_ctx: Some(num_ctx), ..LoadProfile::default() };
    let name = ModelName::new("qwen3:4b").unwrap();
    let same = host(&fake).with_profile(profile(1)).with_model_profile(name, profile(8_192));
    assert!(only(&same).await.is_resident().await);
    assert!(!only(&host(&fake).with_profile(profile(4_096))).await.is_resident().await);
}

type IsExpected = fn(&ChatError) -> bool;

#[tokio::test]
async fn errors_before_output_are_told_by_cause() {
    let said = |text: &str| json!({ "error": text });
    let overflow = r#"{"error":{"code":400,"message":"request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}}"#;
    let busy = said("server busy, please try again.  maximum pending requests exceeded");
    let cases: Vec<(Answer, IsExpected)> = vec![
        (Answer::status(404, &said("model 'qwen3:4b' not found")), |e| {
            matches!(e, ChatError::ModelNotFound { .. })
        }),
        (Answer::lines(&[said("model 'qwen3:4b' not found")]), |e| {
            matches!(e, ChatError::ModelNotFound { .. })
        }),
        (Answer::status(400, &said(overflow)), |e| {
            let (tokens, most) = (Some(9_000), Some(4_096));
            matches!(e, ChatError::ContextOverflow { prompt_tokens, window, .. }
                if *prompt_tokens == tokens && *window == most)
        }),
        (Answer::status(503, &busy).header("retry-after", "7"), |e| {
            e.retry_after() == Some(Duration::from_secs(7)) && e.may_pass()
        }),
        (Answer::status(500, &said("model runner has unexpectedly stopped")), |e| {
            matches!(e, ChatError::Failed { .. })
        }),
        (Answer::status(500, &said("option \"stop\" must be of type array")), |e| {
            matches!(e, ChatError::Refused { .. })
        }),
        (
            Answer::status(
                500,
                &said("model requires more system memory (9 GiB) than is available"),
            ),
            |e| matches!(e, ChatError::Refused { .. }),
        ),
        (Answer::status(400, &said("\"qwen3:4b\" does not support chat")), |e| {
            matches!(e, ChatError::Refused { .. })
        }),
        (Answer::text(404, "404 page not found"), |e| matches!(e, ChatError::Refused { .. })),
        (Answer::lines(&[]), |e| matches!(e, ChatError::Failed { .. })),
        (Answer::reset(), |e| matches!(e, ChatError::Unreachable { .. })),
    ];
    for (answer, is_expected) in cases {
        let fake = serving(&["completion"]).await;
        fake.replace("/api/chat", answer);
        let error = error(whole(&only(&host(&fake)).await).await);
        assert!(is_expected(&error), "{error:?}");
    }
}

#[tokio::test]
async fn after_some_output_every_failure_is_a_reply_broken_off() {
    let crash = json!({"error": "an error was encountered while running the model: CUDA"});
    for answer in [
        Answer::lines(&[line("Té"), crash]),
        Answer::lines(&[line("Té")]),
        Answer::lines(&[line("Té")]).then_reset(),
        Answer::text(200, &format!("{}\n<html>\n", line("Té"))),
    ] {
        let fake = serving(&["completion"]).await;
        fake.replace("/api/chat", answer);
        let events = whole(&only(&host(&fake)).await).await;
        assert_eq!(text(&events), "Té");
        let error = error(events);
        assert!(matches!(error, ChatError::BrokeOff { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_gone_is_unreachable() {
    let fake = serving(&["completion"]).await;
    let model = only(&host(&fake)).await;
    drop(fake);
    let error = error(whole(&model).await);
    assert!(matches!(error, ChatError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    let busy =
        json!({"error": "server busy, please try again.  maximum pending requests exceeded"});
    let fake = serving(&["completion"]).await;
    let busy = Answer::status(503, &busy).header("retry-after", "0");
    fake.replace_all("/api/chat", [busy, tea()]);
    let gateway = gateway(host(&fake));
    assert_eq!(text(&whole(&only_gated(&gateway).await).await), "Té, naturally.");
}

#[tokio::test]
async fn the_limit_of_a_call_holds_without_a_gateway() {
    let fake = serving(&["completion"]).await;
    fake.replace("/api/chat", Answer::lines(&[line("Té")]).then_silence());
    let time_limit = Duration::from_millis(100);
    let request = ChatRequest { time_limit, ..request(ReplyForm::Text) };
    let events: Events = only(&host(&fake)).await.chat(request).collect().await;
    assert!(matches!(error(events), ChatError::Deadline { limit } if limit == time_limit));
    fake.left().await;
}
