mod embeddings;
mod failures;
mod loading;
mod model_info;
mod refusals;
mod server_facts;
mod thought;
mod trials;
mod vectors;

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use synod_ollama_client::Client;

use super::*;
use crate::fake_server::{Answer, FakeServer};
use crate::{
    AdmissionClass, ChatError, ChatEvent, ChatModel, ChatRequest, Completion, Flow, Gateway,
    GatewaySettings, HostError, HostName, Message, ModelHost, ModelInfo, ModelName, ReplyForm,
    RequestedModel, Sampling, StopReason, Usage,
};

fn host(fake: &FakeServer) -> OllamaHost {
    OllamaHost::new(HostName::new("local").unwrap(), Client::new(&fake.address).unwrap())
}

fn gateway(host: OllamaHost) -> Gateway {
    Gateway::new(vec![Arc::new(host)], GatewaySettings::default())
}

/// The only model of the host.
async fn only(host: &OllamaHost) -> Arc<dyn ChatModel> {
    let mut infos = host.models().await.unwrap();
    assert_eq!(infos.len(), 1);
    host.chat_model(infos.remove(0))
}

async fn only_gated(gateway: &Gateway) -> Arc<dyn ChatModel> {
    let infos = gateway.resolve(&[RequestedModel::default()]).await.unwrap();
    gateway.chat_model(&infos[0].host, &infos[0].model).await.unwrap()
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
async fn serving(capabilities: &[&str]) -> FakeServer {
    FakeServer::start()
        .await
        .answering("/api/tags", Answer::json(&installed("qwen3:4b", capabilities)))
        .answering("/api/ps", Answer::json(&loaded("qwen3:4b", 8_192)))
}

fn request(form: ReplyForm) -> ChatRequest {
    let sampling = Sampling::default()
        .with_temperature(0.7)
        .with_repeat_penalty(1.1)
        .with_seed(42)
        .with_stop(["["])
        .with_max_output_tokens(400);
    ChatRequest::new([Message::system("Be brief."), Message::user("Tea or coffee?")])
        .with_form(form)
        .with_sampling(sampling)
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
        Ok(
            ChatEvent::Phase(_)
            | ChatEvent::Moved(_)
            | ChatEvent::Thinking(_)
            | ChatEvent::Corrected { .. }
            | ChatEvent::Finished(_),
        )
        | Err(_) => None,
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
        "options": {"num_predict": 400, "temperature": 0.7, "repeat_penalty": 1.1, "seed": 42,
                    "stop": ["["]},
    });
    assert_eq!(fake.requests("/api/chat"), [expected]);
}

#[tokio::test]
async fn a_schema_is_sent_as_format_without_thinking() {
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
async fn a_reply_arrives_piece_by_piece() {
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
async fn a_call_dropped_before_its_first_token_disconnects() {
    let fake = serving(&["completion"]).await;
    fake.replace("/api/chat", Answer::text(200, "").then_silence());
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

async fn sent_by(model: &Arc<dyn ChatModel>, request: ChatRequest) {
    model.chat(request).collect::<Vec<_>>().await;
}

fn avoiding(mut request: ChatRequest) -> ChatRequest {
    request.sampling.thinking.is_avoided = true;
    request
}

#[tokio::test]
async fn a_thinking_model_has_tokens_for_it_or_is_asked_not_to() {
    let fake = serving(&["completion", "thinking"]).await.answering("/api/chat", tea());
    let model = only(&host(&fake)).await;
    sent_by(&model, request(ReplyForm::Text)).await;
    sent_by(&model, avoiding(request(ReplyForm::Text))).await;
    let sent = fake.requests("/api/chat");
    let limits: Vec<_> = sent.iter().map(|sent| &sent["options"]["num_predict"]).collect();
    assert_eq!(limits, [2_448, 2_448], "it may think all the same");
    assert_eq!((sent[0].get("think"), sent[1].get("think")), (None, Some(&json!(false))));
    assert!(model.usual_thinking(&ReplyForm::Text) > Some(0));
    assert_eq!(model.usual_thinking(&ReplyForm::json(&json!({}))), Some(0));
}

/// gpt-oss ignores `false`.
#[tokio::test]
async fn unstoppable_thinking_is_requested_as_low() {
    let mut installed = installed("gpt-oss:20b", &["completion", "thinking"]);
    installed["models"][0]["details"]["family"] = json!("gptoss");
    let fake = FakeServer::start().await.answering("/api/tags", Answer::json(&installed));
    let fake = fake.answering("/api/chat", tea());
    let model = only(&host(&fake)).await;
    sent_by(&model, avoiding(request(ReplyForm::Text))).await;
    sent_by(&model, request(ReplyForm::json(&json!({})))).await;
    let sent = fake.requests("/api/chat");
    assert!(sent.iter().all(|sent| sent["think"] == "low"), "{sent:?}");
}

/// The bytes of Ollama when thought takes all of `num_predict`.
#[tokio::test]
async fn a_reply_that_was_all_thought_is_asked_for_again_without() {
    let thought = |text: &str| {
        json!({"model": "qwen3:4b", "created_at": "2026-11-23T00:58:53.019411965Z",
               "message": {"role": "assistant", "content": "", "thinking": text}, "done": false})
    };
    let mute = Answer::lines(&[thought("Okay, "), thought("so"), last_line("length")]);
    let fake = serving(&["completion", "thinking"]).await;
    fake.replace_all("/api/chat", [mute, tea()]);
    let gateway = gateway(host(&fake));
    let events = whole(&only_gated(&gateway).await).await;
    assert_eq!(text(&events), "Té, naturally.");
    assert_eq!(completion(events).usage.output_tokens, Some(10));
    let sent = fake.requests("/api/chat");
    assert_eq!(sent.len(), 2);
    assert_eq!((sent[0].get("think"), sent[1].get("think")), (None, Some(&json!(false))));
    assert!(
        sent[1]["options"]["num_predict"].as_u64() > sent[0]["options"]["num_predict"].as_u64()
    );
}
