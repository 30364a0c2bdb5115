mod refusals;

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use serde_json::{Value, json};
use synod_openai_client::Client;

use super::*;
use crate::fake_server::{Answer, FakeServer};
use crate::{
    AdmissionClass, ChatError, ChatEvent, ChatModel, ChatRequest, Completion, Flow, Gateway,
    GatewaySettings, HostName, Message, ModelHost, ReplyForm, Sampling, StopReason, Thinking,
    Usage, Wanted,
};

const CHAT: &str = "/v1/chat/completions";
const MODELS: &str = "/v1/models";

fn host(fake: &FakeServer) -> OpenAiHost {
    OpenAiHost::new(HostName::new("gpu").unwrap(), Client::new(&fake.address).unwrap())
}

/// A server with one model.
async fn serving(answer: Answer) -> FakeServer {
    let models = json!({"data": [{"id": "org/qwen3", "max_model_len": 8192}]});
    let fake = FakeServer::start().await.answering(MODELS, Answer::json(&models));
    fake.answering(CHAT, answer)
}

async fn only_gated(fake: &FakeServer) -> Arc<dyn ChatModel> {
    let gateway = Gateway::new(vec![Arc::new(host(fake))], GatewaySettings::default());
    let cards = gateway.resolve(&[Wanted::default()]).await.unwrap();
    gateway.chat_model(&cards[0].host, &cards[0].model).await.unwrap()
}

/// The model without the gateway, which would try again.
async fn only(fake: &FakeServer) -> Arc<dyn ChatModel> {
    let host = host(fake);
    let card = host.models().await.unwrap().remove(0);
    host.chat_model(card)
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
            thinking: Thinking::default(),
        },
        class: AdmissionClass::Normal,
        flow: Flow::default(),
        time_limit: Duration::from_secs(60),
        recipe: None,
    }
}

fn events(values: &[Value], end: &str) -> Answer {
    let events: String = values.iter().map(|value| format!("data: {value}\n\n")).collect();
    Answer::text(200, &(events + end))
}

fn delta(delta: &Value) -> Value {
    json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

fn tea(reason: &str) -> Answer {
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]});
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 21, "completion_tokens": 5}});
    let both = delta(&json!({"content": "Té", "reasoning": "so"}));
    let all = [delta(&json!({"reasoning_content": "Hm, "})), both, last, usage];
    events(&all, "data: [DONE]\n\n")
}

async fn whole(model: &Arc<dyn ChatModel>) -> Vec<Result<ChatEvent, ChatError>> {
    model.chat(request(ReplyForm::Text)).collect().await
}

#[tokio::test]
async fn a_call_is_sent_as_such_servers_take_it() {
    let fake = serving(tea("stop")).await;
    let model = only(&fake).await;
    whole(&model).await;
    let schema = json!({"type": "object", "properties": {"choice": {"enum": ["O1", "O2"]}}});
    model.chat(request(ReplyForm::json(&schema))).collect::<Vec<_>>().await;
    let mut expected = json!({
        "model": "org/qwen3",
        "messages": [{"role": "system", "content": "Be brief."},
                     {"role": "user", "content": "Tea or coffee?"}],
        "stream": true, "stream_options": {"include_usage": true},
        "max_tokens": 400, "temperature": 0.7, "seed": 42, "stop": ["["],
    });
    let sent = fake.requests(CHAT);
    assert_eq!(sent[0], expected);
    expected["response_format"] = json!({"type": "json_schema", "json_schema":
        {"name": "reply", "strict": true, "schema": schema}});
    assert_eq!(sent[1], expected);
}

#[tokio::test]
async fn a_reply_is_told_piece_by_piece_with_its_reason_and_usage() {
    for (word, reason) in [("stop", StopReason::Stop), ("length", StopReason::Length)] {
        let fake = serving(tea(word)).await;
        let told: Vec<_> =
            whole(&only(&fake).await).await.into_iter().map(Result::unwrap).collect();
        let usage = Usage { prompt_tokens: Some(21), output_tokens: Some(5) };
        let expected = [
            ChatEvent::Thinking("Hm, ".into()),
            ChatEvent::Thinking("so".into()),
            ChatEvent::Delta("Té".into()),
            ChatEvent::Finished(Completion { reason, usage, ..Completion::default() }),
        ];
        assert_eq!(told, expected);
    }
}

/// What is thought and what is said, and how the reply ended.
fn told(events: Vec<Result<ChatEvent, ChatError>>) -> (String, String, Completion) {
    let (mut thought, mut said, mut end) = (String::new(), String::new(), None);
    for event in events {
        match event.unwrap() {
            ChatEvent::Thinking(piece) => thought += &piece,
            ChatEvent::Delta(piece) => said += &piece,
            ChatEvent::Corrected { thinking, reply } => (thought, said) = (thinking, reply),
            ChatEvent::Phase(_) | ChatEvent::At(_) => {}
            ChatEvent::Finished(completion) => end = Some(completion),
        }
    }
    (thought, said, end.expect("an end"))
}

fn content(pieces: &[&str]) -> Answer {
    let mut all: Vec<_> = pieces.iter().map(|piece| delta(&json!({"content": piece}))).collect();
    all.push(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}));
    events(&all, "")
}

#[tokio::test]
async fn a_thought_in_the_content_is_no_reply() {
    for (pieces, thought, said) in [
        (&["<think>", "Hm {", "}", "</think>", "\n\nTé"][..], "Hm {}", "Té"),
        (&["Hm, so.", "\n</think>", "\n\nTé"], "Hm, so.\n", "Té"),
        (
            &[
                "<|channel|>",
                "analysis",
                "<|message|>",
                "Hm",
                "<|end|>",
                "<|start|>",
                "assistant",
                "<|channel|>",
                "final",
                "<|message|>",
                "Té",
                "<|return|>",
            ],
            "Hm",
            "Té",
        ),
        (&["analysis", "Hm, we", " need", "assistant", "final", "Té"], "Hm, we need", "Té"),
        (&["[TH", "INK]Hm[/TH", "INK]Té"], "Hm", "Té"),
        (&["<think>Hm, and never"], "Hm, and never", ""),
    ] {
        let fake = serving(content(pieces)).await;
        let (thinking, reply, _) = told(whole(&only(&fake).await).await);
        assert_eq!((thinking.as_str(), reply.as_str()), (thought, said), "{pieces:?}");
    }
}

#[tokio::test]
async fn a_model_that_once_began_in_thought_is_expected_to() {
    let fake = serving(content(&["Hm, so.", "\n</think>\n\nTé"])).await;
    let model = only(&fake).await;
    let first = whole(&model).await;
    assert!(first.iter().any(|event| matches!(event, Ok(ChatEvent::Corrected { .. }))));
    let second = whole(&model).await;
    assert!(matches!(&second[0], Ok(ChatEvent::Thinking(text)) if text == "Hm, so."));
    assert!(!second.iter().any(|event| matches!(event, Ok(ChatEvent::Corrected { .. }))));
}

#[tokio::test]
async fn odd_frames_counts_and_ends_cost_no_text() {
    let frames = r#"data: {}

data: null

data: {"choices":[{"delta":{"content":[{"type":"text","text":"T"},{"type":"text","text":"é"}]}}]}

data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":21,"completion_tokens":null}}

"#;
    let fake = serving(Answer::text(200, frames)).await;
    let (_, reply, end) = told(whole(&only(&fake).await).await);
    let usage = Usage { prompt_tokens: Some(21), output_tokens: None };
    assert_eq!((reply.as_str(), end.usage, end.reason), ("Té", usage, StopReason::Stop));
}

#[tokio::test]
async fn an_empty_choice_is_asked_for_once_more() {
    let empty = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
                       "usage": {"prompt_tokens": 21, "completion_tokens": 0}});
    for nothing in [events(&[empty], "data: [DONE]\n\n"), events(&[], "data: [DONE]\n\n")] {
        let fake = serving(tea("stop")).await;
        fake.replace_all(CHAT, [nothing.clone(), tea("stop")]);
        let model = only_gated(&fake).await;
        assert_eq!(told(whole(&model).await).1, "Té");
        assert_eq!(fake.requests(CHAT).len(), 2);
        fake.replace(CHAT, nothing);
        assert_eq!(told(whole(&model).await).1, "");
        assert_eq!(fake.requests(CHAT).len(), 4);
    }
}

#[tokio::test]
async fn a_refusal_for_the_length_of_the_reply_is_told_with_its_figures() {
    let said = "'max_tokens' or 'max_completion_tokens' is too large: 4096. This model's maximum \
                context length is 2048 tokens and your request has 1500 input tokens (4096 > 2048 \
                - 1500).";
    let refusal =
        json!({"object": "error", "message": said, "type": "BadRequestError", "code": 400});
    let fake = serving(Answer::status(400, &refusal)).await;
    let refused = whole(&only(&fake).await).await.pop().unwrap().unwrap_err();
    assert!(matches!(
        refused,
        ChatError::ContextOverflow { prompt_tokens: Some(1_500), window: Some(2_048), .. }
    ));
    let told = "prompt and reply do not fit the window of org/qwen3 (1500 tokens of prompt, 2048 of \
                window)";
    assert_eq!(refused.to_string(), told);
}

#[tokio::test]
async fn models_are_resident_and_their_window_is_what_is_told_or_set() {
    let models = json!({"data": [
        {"id": "a", "max_model_len": 8192},
        {"id": "b", "meta": {"n_ctx": 2048, "n_params": 135_000_000, "size": 93_000_000}},
        {"id": "c"}, {"id": ""},
    ]});
    let fake = FakeServer::start().await.answering(MODELS, Answer::json(&models));
    let cards = host(&fake).with_window(4_096).models().await.unwrap();
    let told: Vec<_> = cards.iter().map(|card| (card.model.as_str(), card.window)).collect();
    assert_eq!(told, [("a", Some(8_192)), ("b", Some(2_048)), ("c", Some(4_096))]);
    assert!(cards.iter().all(|card| card.loaded && card.chats));
    assert_eq!(cards[1].parameters, Some(135_000_000));
    assert_eq!(host(&fake).models().await.unwrap()[2].window, None);
}

#[tokio::test]
async fn no_load_is_asked_for() {
    let fake = serving(tea("stop")).await;
    let told = whole(&only_gated(&fake).await).await;
    assert!(matches!(told.last(), Some(Ok(ChatEvent::Finished(_)))), "{told:?}");
    assert!(!told.iter().any(|event| matches!(event, Ok(ChatEvent::Phase(crate::Phase::Loading)))));
}

#[tokio::test]
async fn failures_are_told_by_what_can_be_done_about_them() {
    let error = async |answer: Answer| {
        let fake = serving(answer).await;
        whole(&only(&fake).await).await.pop().unwrap().unwrap_err()
    };
    let said = |code: u16, text: &str| {
        Answer::status(code, &json!({"error": {"message": text, "code": code}}))
    };
    let busy = said(503, "Loading model").header("retry-after", "7");
    let overloaded = error(busy).await;
    assert_eq!(overloaded.retry_after(), Some(Duration::from_secs(7)));
    assert!(matches!(overloaded, ChatError::Overloaded { .. }) && overloaded.may_pass());
    let refused = error(said(401, "Invalid API key")).await;
    assert!(
        matches!(&refused, ChatError::Refused { detail, .. } if detail.contains("Invalid API key"))
    );
    let unknown = error(said(404, "The model `x` does not exist.")).await;
    assert!(matches!(unknown, ChatError::ModelNotFound { .. }), "{unknown:?}");
    let long =
        error(said(400, "request (9000 tokens) exceeds the available context size (4096 tokens)"));
    let long = long.await;
    assert!(matches!(
        long,
        ChatError::ContextOverflow { prompt_tokens: Some(9_000), window: Some(4_096), .. }
    ));
    let cut = error(events(&[delta(&json!({"content": "Té"}))], "")).await;
    assert!(matches!(cut, ChatError::BrokeOff { .. }), "{cut:?}");
    let nothing = error(events(&[], "")).await;
    assert!(matches!(nothing, ChatError::Failed { .. }) && nothing.may_pass(), "{nothing:?}");
}

#[tokio::test]
async fn a_dropped_call_closes_its_connection() {
    let silence = events(&[delta(&json!({"content": "Té"}))], "").then_silence();
    let fake = serving(silence).await;
    let mut call = only(&fake).await.chat(request(ReplyForm::Text));
    assert!(matches!(call.next().await, Some(Ok(ChatEvent::Delta(_)))));
    drop(call);
    fake.left().await;
}

#[tokio::test]
async fn texts_are_embedded_in_their_order() {
    let fake = serving(tea("stop")).await;
    let vectors =
        json!({"data": [{"index": 1, "embedding": [2.0]}, {"index": 0, "embedding": [1.0]}]});
    fake.replace("/v1/embeddings", Answer::json(&vectors));
    let host = host(&fake);
    let card = host.models().await.unwrap().remove(0);
    let embedded = host.embed(&card, vec!["a".into(), "b".into()]).await.unwrap();
    assert_eq!(embedded.vectors, [[1.0], [2.0]]);
}

/// The bytes of llama.cpp's server when thought takes all of `max_tokens`.
fn all_thought() -> Answer {
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]});
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 21, "completion_tokens": 400}});
    let pieces = ["Okay", ", so"].map(|text| delta(&json!({"reasoning_content": text})));
    let [first, second] = pieces;
    events(&[first, second, last, usage], "data: [DONE]\n\n")
}

fn said(told: &[Result<ChatEvent, ChatError>]) -> String {
    let said = told.iter().filter_map(|event| {
        let Ok(ChatEvent::Delta(text)) = event else { return None };
        Some(text.as_str())
    });
    said.collect()
}

#[tokio::test]
async fn a_reply_that_was_all_thought_is_asked_for_again_without() {
    let fake = serving(tea("stop")).await;
    fake.replace_all(CHAT, [all_thought(), tea("stop")]);
    let told = whole(&only_gated(&fake).await).await;
    assert_eq!(said(&told), "Té", "{told:?}");
    let sent = fake.requests(CHAT);
    assert_eq!((&sent[0]["max_tokens"], sent[0].get("reasoning_effort")), (&json!(400), None));
    assert_eq!(sent[1]["chat_template_kwargs"]["enable_thinking"], false);
    assert_eq!(sent[1]["reasoning_effort"], "none");
    assert_eq!(sent[1]["max_tokens"], 400 + 4_096);
}

#[tokio::test]
async fn a_model_that_was_seen_to_think_has_tokens_for_it_from_then_on() {
    let fake = serving(tea("stop")).await;
    let model = only_gated(&fake).await;
    whole(&model).await;
    whole(&model).await;
    let limits: Vec<_> =
        fake.requests(CHAT).iter().map(|sent| sent["max_tokens"].clone()).collect();
    assert_eq!(limits, [400, 2_448]);
}

/// OpenAI and Mistral refuse fields that they do not know.
#[tokio::test]
async fn a_server_that_refuses_a_way_to_switch_thinking_off_is_asked_another_way() {
    let unknown = |name: &str| {
        let message = format!("Unrecognized request argument supplied: {name}");
        Answer::status(
            400,
            &json!({"error": {"message": message, "type": "invalid_request_error"}}),
        )
    };
    let fake = serving(tea("stop")).await;
    let template = || unknown("chat_template_kwargs");
    let effort = || unknown("reasoning_effort");
    fake.replace_all(CHAT, [template(), template(), effort(), tea("stop")]);
    let model = only(&fake).await;
    let avoiding = || {
        let mut request = request(ReplyForm::Text);
        request.sampling.thinking.is_avoided = true;
        model.chat(request).collect::<Vec<_>>()
    };
    assert_eq!(said(&avoiding().await), "Té");
    assert_eq!(said(&avoiding().await), "Té");
    let asked = fake.requests(CHAT);
    let ways: Vec<_> = asked
        .iter()
        .map(|sent| {
            (sent.get("chat_template_kwargs").is_some(), sent.get("reasoning_effort").is_some())
        })
        .collect();
    let [both, template, effort, nothing] =
        [(true, true), (true, false), (false, true), (false, false)];
    assert_eq!(ways, [both, template, effort, nothing, nothing], "what is refused is remembered");
}

/// As llama.cpp's server: two slots, told beside the version.
#[tokio::test]
async fn a_call_names_the_slot_of_a_llama_cpp_server_whose_prompt_it_extends() {
    let models = json!({"data": [{"id": "m", "owned_by": "llamacpp"}]});
    let fake = FakeServer::start()
        .await
        .answering(MODELS, Answer::json(&models))
        .answering("/props", Answer::json(&json!({"total_slots": 2, "model_path": "m.gguf"})))
        .answering(CHAT, tea("stop"));
    let model = only(&fake).await;
    let about = |topic: &str, said: &str| ChatRequest {
        messages: vec![Message::system("Be brief."), Message::user(format!("{topic}? {said}"))],
        ..request(ReplyForm::Text)
    };
    let tea_or_coffee = "Tea or coffee, and at what time of the day";
    for prompt in [
        about(tea_or_coffee, ""),
        about("Dogs or cats, and how many of them", ""),
        about(tea_or_coffee, "Tea."),
    ] {
        let events: Vec<_> = model.chat(prompt).collect().await;
        assert!(events.iter().all(Result::is_ok), "{events:?}");
    }
    let slots: Vec<_> = fake.requests(CHAT).iter().map(|body| body["id_slot"].clone()).collect();
    assert_eq!(slots, [0, 1, 0]);
}

#[tokio::test]
async fn other_servers_are_told_of_no_slot() {
    let fake = serving(tea("stop")).await;
    let _: Vec<_> = only(&fake).await.chat(request(ReplyForm::Text)).collect().await;
    assert_eq!(fake.requests(CHAT)[0].get("id_slot"), None);
}
