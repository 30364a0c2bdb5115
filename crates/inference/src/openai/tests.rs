mod not_ready;

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use serde_json::{Value, json};
use synod_openai_client::Client;

use super::*;
use crate::fake_server::{Answer, FakeServer};
use crate::{
    AdmissionClass, ChatError, ChatEvent, ChatModel, ChatRequest, Completion, Flow, Gateway,
    GatewaySettings, HostError, HostName, Message, ModelHost, ModelSettings, ReplyForm, Sampling,
    StopReason, Usage, Wanted,
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

#[tokio::test]
async fn what_tells_no_models_is_told_with_its_address() {
    let fake = FakeServer::start().await.answering(MODELS, Answer::text(404, "404 page not found"));
    let error = host(&fake).models().await.unwrap_err();
    let HostError::Unreadable { address, .. } = &error else { panic!("{error:?}") };
    assert!(address.ends_with("/v1"), "{address}");
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
    assert_eq!(taken(&gateway, &seats(1)).await, ["mine"]);
    assert_eq!(fake.requests(CHAT).len(), 1, "it is not tried again");
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
