mod not_ready;
mod refusals;

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use serde_json::{Value, json};
use synod_openai_client::Client;

use super::*;
use crate::fake_server::{Answer, FakeServer};
use crate::{
    AdmissionClass, ChatError, ChatEvent, ChatModel, ChatRequest, Completion, Flow, Gateway,
    GatewaySettings, HostError, HostName, Message, ModelHost, ModelSettings, ReplyForm, Sampling,
    StopReason, Thinking, Usage, Wanted,
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
    // One that is named, and so is not tried.
    let listed = gateway.models().await.remove(0);
    gateway.chat_model(&listed.host, &listed.models.unwrap()[0].model).await.unwrap()
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
        (
            &["Sure.\n", "<inner_thought>Hm</inner_thought>", "<response>Té", "</response>"],
            "Sure.\nHm",
            "Té",
        ),
        (&["<|assistant|>", "Té", "<|eot", "_id|>"], "", "Té"),
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
    let loading = error(said(503, "Loading model").header("retry-after", "7")).await;
    assert_eq!(loading.retry_after(), Some(Duration::from_secs(7)));
    assert!(matches!(loading, ChatError::Loading { .. }) && loading.may_pass());
    let overloaded = error(said(503, "Too many requests").header("retry-after", "7")).await;
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

/// A server that lists these ids and tells nothing more.
async fn among(models: &[&str]) -> (FakeServer, Gateway) {
    let data: Vec<_> = models.iter().map(|id| json!({"id": id, "object": "model"})).collect();
    let fake = FakeServer::start().await;
    fake.replace(MODELS, Answer::json(&json!({"object": "list", "data": data})));
    let gateway = Gateway::new(vec![Arc::new(host(&fake))], GatewaySettings::default());
    (fake, gateway)
}

fn no_chat() -> Answer {
    let message = "The model does not support Chat Completions API";
    let error = json!({"object": "error", "message": message, "type": "NotFoundError",
        "param": null, "code": 404});
    Answer::status(404, &error)
}

fn seats(seats: usize) -> Vec<Wanted> {
    vec![Wanted::default(); seats]
}

async fn taken(gateway: &Gateway, wanted: &[Wanted]) -> Vec<String> {
    let cards = gateway.resolve(wanted).await.unwrap();
    cards.iter().map(|card| card.model.to_string()).collect()
}

#[tokio::test]
async fn models_that_cannot_chat_are_left_out_by_name_or_by_what_is_told() {
    let models = json!({"data": [
        {"id": "text-embedding-nomic-embed-text-v1.5"},
        {"id": "BAAI/bge-reranker-v2-m3"},
        {"id": "whisper-1"},
        {"id": "mine", "model_type": "embedding"},
        {"id": "bge-chef", "type": "chat"},
        {"id": "theirs", "capabilities": {"completion_chat": true, "vision": false}},
        {"id": "mistral-ocr", "capabilities": {"completion_chat": false, "ocr": true}},
        {"id": "odd", "type": 3, "capabilities": null, "categories": [1, "llm"]},
        {"id": "qwen2.5-1.5b-instruct"},
    ]});
    let fake = FakeServer::start().await.answering(MODELS, Answer::json(&models));
    let cards = host(&fake).models().await.unwrap();
    let told: Vec<_> = cards.iter().map(|card| (card.chats, card.guessed)).collect();
    let expected = [
        (false, true),
        (false, true),
        (false, true),
        (false, false),
        (true, false),
        (true, false),
        (false, false),
        (true, false),
        (true, true),
    ];
    assert_eq!(told, expected);
    assert_eq!(cards[8].parameters, Some(1_500_000_000));
    assert_eq!(cards[3].why_no_chat().as_deref(), Some("it is an embedding model"));
}

#[tokio::test]
async fn settings_say_what_the_server_does_not() {
    let models = json!({"data": [
        {"id": "a", "meta": {"n_params": 7_000_000_000_u64, "n_ctx": 2048}}, {"id": "bge-7b"},
    ]});
    let fake = FakeServer::start().await.answering(MODELS, Answer::json(&models));
    let set =
        ModelSettings { parameters: Some(1_500_000_000), window: Some(512), chats: Some(true) };
    let host = host(&fake)
        .with_window(4_096)
        .with_model_settings("a".parse().unwrap(), set.clone())
        .with_model_settings("bge-7b".parse().unwrap(), set);
    let cards = host.models().await.unwrap();
    let told: Vec<_> = cards.iter().map(|c| (c.parameters, c.window, c.chats)).collect();
    let expected =
        [(Some(7_000_000_000), Some(2_048), true), (Some(1_500_000_000), Some(512), true)];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_model_that_is_taken_unnamed_is_tried_once_by_a_call_of_one_token() {
    let (fake, gateway) = among(&["text-embedding-3-small", "mine"]).await;
    fake.replace(CHAT, tea("length"));
    let (three, two) = (seats(3), seats(2));
    let (one, other) = tokio::join!(gateway.resolve(&three), gateway.resolve(&two));
    let models = [one, other].map(|cards| cards.unwrap().remove(0).model.to_string());
    assert_eq!(models, ["mine", "mine"]);
    taken(&gateway, &seats(3)).await;
    let tried = fake.requests(CHAT);
    assert_eq!(tried.len(), 1, "{tried:?}");
    assert_eq!((&tried[0]["model"], &tried[0]["max_tokens"]), (&json!("mine"), &json!(1)));
}

#[tokio::test]
async fn a_model_that_has_chatted_or_is_named_is_not_tried() {
    let (fake, gateway) = among(&["mine"]).await;
    fake.replace(CHAT, tea("stop"));
    let named = Wanted { host: None, model: Some("mine".parse().unwrap()) };
    let card = gateway.resolve(&[named]).await.unwrap().remove(0);
    assert!(fake.requests(CHAT).is_empty());
    whole(&gateway.chat_model(&card.host, &card.model).await.unwrap()).await;
    taken(&gateway, &seats(2)).await;
    assert_eq!(fake.requests(CHAT).len(), 1);
}

#[tokio::test]
async fn a_seat_whose_model_refuses_to_chat_moves_on_and_named_ones_are_told_why() {
    let (fake, gateway) = among(&["a", "b", "llama-3.2-1b"]).await;
    // The one that seems to chat is tried first, then the others in the order of the list.
    let embeddings = json!({"error": {"code": 501, "type": "not_supported_error", "message":
        "This server does not support completions. Start it without `--embeddings`"}});
    let answers = [Answer::status(501, &embeddings), no_chat(), tea("stop")];
    fake.replace_all(CHAT, answers);
    assert_eq!(taken(&gateway, &seats(2)).await, ["b", "b"]);
    let tried: Vec<_> = fake.requests(CHAT).iter().map(|sent| sent["model"].clone()).collect();
    assert_eq!(tried, ["llama-3.2-1b", "a", "b"]);
    let named = Wanted { host: None, model: Some("a".parse().unwrap()) };
    let error = gateway.resolve(&[named]).await.unwrap_err().to_string();
    assert!(
        error.starts_with("a on gpu cannot chat: ") && error.contains("Chat Completions API"),
        "{error}"
    );
    fake.replace(CHAT, no_chat());
    assert_eq!(taken(&gateway, &seats(2)).await, ["b", "b"], "it is not tried again");
}

#[tokio::test]
async fn where_no_model_chats_it_is_said_why() {
    let (fake, gateway) = among(&["nomic-embed-text", "mine"]).await;
    fake.replace(CHAT, no_chat());
    let error = gateway.resolve(&seats(2)).await.unwrap_err().to_string();
    for told in
        ["no model that can chat on gpu", "nomic-embed-text is left out", "mine is left out"]
    {
        assert!(error.contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_trial_that_fails_otherwise_says_nothing_of_the_model() {
    let (fake, gateway) = among(&["mine"]).await;
    let error = json!({"error": {"message": "max_tokens must be at least 16", "code": 400}});
    fake.replace(CHAT, Answer::status(400, &error));
    assert_eq!(taken(&gateway, &seats(1)).await, ["mine"]);
    let tried = fake.requests(CHAT).len();
    assert!(tried > 0);
    assert_eq!(taken(&gateway, &seats(1)).await, ["mine"]);
    assert_eq!(fake.requests(CHAT).len(), tried, "it is not tried again");
}

#[tokio::test]
async fn a_trial_does_not_hold_up_a_debate_for_long() {
    let models = json!({"data": [{"id": "mine"}]});
    let fake = FakeServer::start().await.answering(MODELS, Answer::json(&models));
    fake.replace(CHAT, events(&[], "").then_silence());
    let trial_limit = Duration::from_millis(50);
    let settings = GatewaySettings { trial_limit, ..GatewaySettings::default() };
    let gateway = Gateway::new(vec![Arc::new(host(&fake))], settings);
    assert_eq!(taken(&gateway, &seats(1)).await, ["mine"]);
    fake.left().await;
}

#[tokio::test]
async fn any_id_that_is_listed_can_be_asked_for() {
    let id = format!("My Model (v2) {}", "x".repeat(300));
    let (fake, gateway) = among(&[&id]).await;
    fake.replace(CHAT, tea("stop"));
    let named = Wanted { host: None, model: Some(id.parse().unwrap()) };
    let card = gateway.resolve(&[named]).await.unwrap().remove(0);
    whole(&gateway.chat_model(&card.host, &card.model).await.unwrap()).await;
    assert_eq!(fake.requests(CHAT)[0]["model"], json!(id));
}
