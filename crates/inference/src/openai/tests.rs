mod listed;
mod mid_reply;
mod not_ready;
mod output_limits;
mod refusals;
mod slots;
mod thinking;
mod under_200;
mod withheld;

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use serde_json::{Value, json};
use synod_openai_client::Client;

use super::*;
use crate::fake_server::{Answer, FakeServer};
use crate::{
    ChatError, ChatEvent, ChatModel, ChatRequest, Completion, Gateway, GatewaySettings, HostError,
    HostName, Message, ModelHost, ModelSettings, ModelTrials, ReplyForm, RequestedModel, Sampling,
    StopReason, TrialReport, Usage,
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
    let info = host.models().await.unwrap().remove(0);
    host.chat_model(info)
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
async fn a_reply_arrives_in_pieces_with_its_reason_and_usage() {
    for (word, reason) in [("stop", StopReason::Stop), ("length", StopReason::Length)] {
        let fake = serving(tea(word)).await;
        let events: Vec<_> =
            whole(&only(&fake).await).await.into_iter().map(Result::unwrap).collect();
        let usage = Usage { prompt_tokens: Some(21), output_tokens: Some(5) };
        let expected = [
            ChatEvent::Thinking("Hm, ".into()),
            ChatEvent::Thinking("so".into()),
            ChatEvent::Delta("Té".into()),
            ChatEvent::Finished(Completion { reason, usage, ..Completion::default() }),
        ];
        assert_eq!(events, expected);
    }
}

/// What is thought and what is said, and how the reply ended.
fn parts_of(events: Vec<Result<ChatEvent, ChatError>>) -> (String, String, Completion) {
    let (mut thought, mut said, mut end) = (String::new(), String::new(), None);
    for event in events {
        match event.unwrap() {
            ChatEvent::Thinking(piece) => thought += &piece,
            ChatEvent::Delta(piece) => said += &piece,
            ChatEvent::Corrected { thinking, reply } => (thought, said) = (thinking, reply),
            ChatEvent::Phase(_) | ChatEvent::Moved(_) => {}
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
async fn odd_frames_counts_and_ends_cost_no_text() {
    let frames = r#"data: {}

data: null

data: {"choices":[{"delta":{"content":[{"type":"text","text":"T"},{"type":"text","text":"é"}]}}]}

data: {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":21,"completion_tokens":null}}

"#;
    let fake = serving(Answer::text(200, frames)).await;
    let (_, reply, end) = parts_of(whole(&only(&fake).await).await);
    let usage = Usage { prompt_tokens: Some(21), output_tokens: None };
    assert_eq!((reply.as_str(), end.usage, end.reason), ("Té", usage, StopReason::Stop));
}

/// Counters that ran over, or count microseconds.
#[tokio::test]
async fn counts_that_the_bytes_make_impossible_are_none() {
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    let odd = json!({"choices": [], "usage":
        {"prompt_tokens": 4_294_967_295_u64, "completion_tokens": 4_294_967_295_u64}});
    let all = [delta(&json!({"content": "Té"})), last, odd];
    let fake = serving(events(&all, "data: [DONE]\n\n")).await;
    let (_, reply, end) = parts_of(whole(&only(&fake).await).await);
    assert_eq!((reply.as_str(), end.usage), ("Té", Usage::default()));
}

#[tokio::test]
async fn an_empty_choice_is_asked_for_once_more() {
    let empty = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
                       "usage": {"prompt_tokens": 21, "completion_tokens": 0}});
    for nothing in [events(&[empty], "data: [DONE]\n\n"), events(&[], "data: [DONE]\n\n")] {
        let fake = serving(tea("stop")).await;
        fake.replace_all(CHAT, [nothing.clone(), tea("stop")]);
        let model = only_gated(&fake).await;
        assert_eq!(parts_of(whole(&model).await).1, "Té");
        assert_eq!(fake.requests(CHAT).len(), 2);
        fake.replace(CHAT, nothing);
        assert_eq!(parts_of(whole(&model).await).1, "");
        assert_eq!(fake.requests(CHAT).len(), 4);
    }
}

#[tokio::test]
async fn output_limit_errors_have_both_figures() {
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
    let events = "prompt and reply do not fit the window of org/qwen3 (1500 tokens of prompt, 2048 of \
                window)";
    assert_eq!(refused.to_string(), events);
}

#[tokio::test]
async fn models_are_resident_with_the_reported_or_set_window() {
    let models = json!({"data": [
        {"id": "a", "max_model_len": 8192},
        {"id": "b", "meta": {"n_ctx": 2048, "n_params": 135_000_000, "size": 93_000_000}},
        {"id": "c"}, {"id": ""},
    ]});
    let fake = FakeServer::start().await.answering(MODELS, Answer::json(&models));
    let infos = host(&fake).with_window(4_096).models().await.unwrap();
    let events: Vec<_> = infos.iter().map(|info| (info.model.as_str(), info.window)).collect();
    assert_eq!(events, [("a", Some(8_192)), ("b", Some(2_048)), ("c", Some(4_096))]);
    assert!(infos.iter().all(|info| info.loaded && info.chats));
    assert_eq!(infos[1].parameters, Some(135_000_000));
    assert_eq!(host(&fake).models().await.unwrap()[2].window, None);
}

#[tokio::test]
async fn no_load_is_asked_for() {
    let fake = serving(tea("stop")).await;
    let events = whole(&only_gated(&fake).await).await;
    assert!(matches!(events.last(), Some(Ok(ChatEvent::Finished(_)))), "{events:?}");
    assert!(
        !events.iter().any(|event| matches!(event, Ok(ChatEvent::Phase(crate::Phase::Loading))))
    );
}

#[tokio::test]
async fn failures_are_classified_by_their_remedy() {
    let error = async |answer: Answer| {
        let fake = serving(answer).await;
        whole(&only(&fake).await).await.pop().unwrap().unwrap_err()
    };
    let said = |code: u16, text: &str| {
        Answer::status(code, &json!({"error": {"message": text, "code": code}}))
    };
    let loading = error(said(503, "Loading model").header("retry-after", "7")).await;
    assert_eq!(loading.retry_after(), Some(Duration::from_secs(7)));
    assert!(matches!(loading, ChatError::Loading { .. }) && loading.is_transient());
    let overloaded = error(said(503, "Too many requests").header("retry-after", "7")).await;
    assert_eq!(overloaded.retry_after(), Some(Duration::from_secs(7)));
    assert!(matches!(overloaded, ChatError::Overloaded { .. }) && overloaded.is_transient());
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
    assert!(matches!(cut, ChatError::Interrupted { .. }), "{cut:?}");
    let nothing = error(events(&[], "")).await;
    assert!(matches!(nothing, ChatError::Failed { .. }) && nothing.is_transient(), "{nothing:?}");
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
    let info = host.models().await.unwrap().remove(0);
    let embedded = host.embed(&info, vec!["a".into(), "b".into()]).await.unwrap();
    assert_eq!(embedded.vectors, [[1.0], [2.0]]);
}
