//! The engine with the real demo model, through `ChatModel`.
//!
//! The weights are the file that `SYNOD_WEIGHTS` names, or else those in the user's cache, fetched if
//! they are missing.
#![cfg(feature = "engine")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{path::PathBuf, sync::Arc};

use futures_util::{StreamExt, future};
use serde_json::{Value, json};
use synod_embedded_model::{
    EmbeddedHost, EngineSettings, FetchProgress, FetchSettings, Fetcher, Weights, WeightsFile,
};
use synod_inference::{
    ChatError, ChatEvent, ChatModel, ChatRequest, Completion, Message, ModelHost, Phase, ReplyForm,
    Sampling, StopReason,
};

#[expect(clippy::disallowed_methods, reason = "a test is the whole program")]
fn environment(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

async fn weights_file() -> WeightsFile {
    let caches = environment("XDG_CACHE_HOME")
        .or_else(|| environment("HOME").map(|home| home.join(".cache")))
        .expect("a home directory");
    let mut settings = FetchSettings::new(caches.join("synod/models"));
    settings.own = environment("SYNOD_WEIGHTS");
    let silent = |_: &Weights, _: FetchProgress| {};
    Fetcher::new(settings).locate(&Weights::demo(), &silent).await.unwrap()
}

/// A separate host for each test, so that the state of its engine is known.
async fn host() -> EmbeddedHost {
    let settings = EngineSettings { threads: 1, window: 1024 };
    EmbeddedHost::open(weights_file().await, settings).unwrap()
}

async fn model(host: &EmbeddedHost) -> Arc<dyn ChatModel> {
    let info = host.models().await.unwrap().remove(0);
    host.chat_model(info)
}

fn request(messages: Vec<Message>, max_output_tokens: u32) -> ChatRequest {
    let sampling = Sampling::default()
        .with_temperature(0.6)
        .with_repeat_penalty(1.1)
        .with_seed(7)
        .with_max_output_tokens(max_output_tokens);
    ChatRequest::new(messages).with_sampling(sampling)
}

fn question() -> Vec<Message> {
    vec![
        Message::system("You are a helpful speaker."),
        Message::user("Should the city ban cars from its centre? Answer in two sentences."),
    ]
}

#[derive(Debug)]
struct Reply {
    text: String,
    deltas: usize,
    phases: Vec<Phase>,
    completion: Completion,
}

async fn ask(model: &dyn ChatModel, request: ChatRequest) -> Result<Reply, ChatError> {
    let mut events = model.chat(request);
    let (mut text, mut deltas, mut phases) = (String::new(), 0, Vec::new());
    while let Some(event) = events.next().await {
        match event? {
            ChatEvent::Phase(phase) => phases.push(phase),
            ChatEvent::Moved(info) => panic!("there is one host: {info:?}"),
            ChatEvent::Thinking(text) | ChatEvent::Corrected { thinking: text, .. } => {
                panic!("the model does not think: {text}")
            }
            ChatEvent::Delta(delta) => {
                text.push_str(&delta);
                deltas += 1;
            }
            ChatEvent::Finished(completion) => {
                assert!(events.next().await.is_none(), "something follows the end");
                return Ok(Reply { text, deltas, phases, completion });
            }
        }
    }
    panic!("the stream ended without an end");
}

async fn reply_text(model: &dyn ChatModel, request: ChatRequest) -> String {
    ask(model, request).await.unwrap().text
}

#[tokio::test]
async fn a_reply_streams_in_phases_and_is_counted() {
    let host = host().await;
    let model = model(&host).await;
    assert!(model.info().demo && model.info().continues_reply);
    assert_eq!(model.info().parameters, Some(134_515_008));
    let reply = ask(&*model, request(question(), 12)).await.unwrap();
    assert!(reply.text.chars().any(char::is_alphabetic), "{reply:?}");
    assert!(reply.deltas > 6, "{reply:?}");
    assert_eq!(reply.phases, [Phase::Loading, Phase::Prompting, Phase::Generating]);
    assert_eq!(reply.completion.reason, StopReason::Length);
    assert_eq!(reply.completion.usage.output_tokens, Some(12));
    let prompt_tokens = reply.completion.usage.prompt_tokens.unwrap();
    assert_eq!(u64::from(prompt_tokens), host.counts().prompt_tokens_fed);
    let timings = reply.completion.timings;
    assert!(timings.load_ms.is_some() && timings.first_token_ms.is_some(), "{timings:?}");
    assert!(timings.queued_ms.is_none(), "{timings:?}");

    let again = ask(&*model, request(question(), 1)).await.unwrap();
    assert_eq!(again.phases, [Phase::Prompting, Phase::Generating]);
    assert_eq!(again.completion.timings.load_ms, None);
}

#[tokio::test]
async fn warming_up_loads_the_model() {
    let host = host().await;
    let model = model(&host).await;
    assert!(!host.models().await.unwrap()[0].loaded);
    model.warm_up().await.unwrap();
    assert!(host.models().await.unwrap()[0].loaded);
    let reply = ask(&*model, request(question(), 1)).await.unwrap();
    assert!(!reply.phases.contains(&Phase::Loading), "{reply:?}");
}

#[tokio::test]
async fn a_shared_prefix_is_reused_without_changing_replies() {
    let host = host().await;
    let model = model(&host).await;
    let long = "The council has 40 shops to think of, and buses every 20 minutes. ".repeat(8);
    let with = |task: &str| request(vec![Message::system(long.as_str()), Message::user(task)], 12);
    let fresh = reply_text(&*model, with("Who gains?")).await;
    let first = host.counts();
    let other = reply_text(&*model, with("Who loses? Say it in one line.")).await;
    let second = host.counts();
    let reused = second.prompt_tokens_reused;
    let fed = second.prompt_tokens_fed - first.prompt_tokens_fed;
    assert!(reused >= 96 && fed < 64, "{reused} reused, {fed} fed");

    assert_eq!(reply_text(&*model, with("Who gains?")).await, fresh);
    reply_text(&*model, request(question(), 1)).await;
    assert_eq!(reply_text(&*model, with("Who loses? Say it in one line.")).await, other);
}

#[tokio::test]
async fn the_seed_decides() {
    let host = host().await;
    let model = model(&host).await;
    let seeded = |seed| {
        let mut request = request(question(), 24);
        request.sampling.temperature = Some(1.0);
        request.sampling.seed = seed;
        request
    };
    let seven = reply_text(&*model, seeded(Some(7))).await;
    assert_ne!(reply_text(&*model, seeded(Some(8))).await, seven);
    assert_eq!(reply_text(&*model, seeded(Some(7))).await, seven);
    let largest = reply_text(&*model, seeded(Some(u32::MAX))).await;
    assert_eq!(reply_text(&*model, seeded(Some(u32::MAX))).await, largest);
    assert_ne!(reply_text(&*model, seeded(None)).await, reply_text(&*model, seeded(None)).await);
}

#[tokio::test]
async fn a_dropped_call_stops_within_a_chunk() {
    let host = host().await;
    let model = model(&host).await;
    model.warm_up().await.unwrap();
    let long = Message::user("A bus, a tram and a car meet. ".repeat(80));
    let mut events = model.chat(request(vec![long], 100));
    while host.counts().prompt_tokens_fed == 0 {
        assert!(
            future::poll_immediate(events.next()).await.flatten().is_none_or(|event| event.is_ok())
        );
        tokio::task::yield_now().await;
    }
    drop(events);
    let at_drop = host.counts().prompt_tokens_fed;
    let next = ask(&*model, request(question(), 1)).await.unwrap();
    let after =
        host.counts().prompt_tokens_fed - u64::from(next.completion.usage.prompt_tokens.unwrap());
    assert!(after - at_drop <= 32, "{} more tokens", after - at_drop);
}

#[tokio::test]
async fn a_call_dropped_during_its_reply_stops() {
    let host = host().await;
    let model = model(&host).await;
    let mut request_long = request(question(), 900);
    request_long.sampling.temperature = Some(1.5);
    let mut events = model.chat(request_long);
    while !matches!(events.next().await, Some(Ok(ChatEvent::Delta(_)))) {}
    drop(events);
    let at_drop = host.counts().output_tokens;
    ask(&*model, request(question(), 1)).await.unwrap();
    let more = host.counts().output_tokens - at_drop - 1;
    assert!(more <= 2, "{more} more tokens");
}

#[tokio::test]
async fn a_reply_in_json_fits_its_schema() {
    let host = host().await;
    let model = model(&host).await;
    let schema = json!({
        "type": "object",
        "properties": {
            "choice": { "enum": ["Yes, ban private cars", "No, keep private cars"] },
            "confidence": { "enum": [0.2, 0.4, 0.6, 0.8] },
            "statement": { "type": "string", "minLength": 10, "maxLength": 420 },
        },
        "required": ["choice", "confidence", "statement"],
        "additionalProperties": false,
    });
    for seed in [1, 2] {
        let mut request = request(question(), 200);
        request.form = ReplyForm::json(&schema);
        request.sampling.seed = Some(seed);
        let reply = ask(&*model, request).await.unwrap();
        assert_eq!(reply.completion.reason, StopReason::Stop, "{}", reply.text);
        let ballot: Value = serde_json::from_str(&reply.text).unwrap();
        assert!(ballot["choice"].as_str().unwrap().ends_with("private cars"), "{ballot}");
        assert!((0.2..=0.8).contains(&ballot["confidence"].as_f64().unwrap()), "{ballot}");
        assert!(ballot["statement"].as_str().unwrap().chars().count() >= 10, "{ballot}");
    }
}

#[tokio::test]
async fn characters_of_many_tokens_arrive_whole() {
    let host = host().await;
    let model = model(&host).await;
    let text = "🦉 日本語 ça ½ 🏳️‍🌈";
    let mut request = request(question(), 100);
    request.form = ReplyForm::json(&json!({ "const": text }));
    let reply = ask(&*model, request).await.unwrap();
    assert_eq!(serde_json::from_str::<String>(&reply.text).unwrap(), text);
    assert!(reply.deltas > 3, "{reply:?}");
}

#[tokio::test]
async fn a_begun_reply_is_continued_in_mid_sentence() {
    let host = host().await;
    let model = model(&host).await;
    let begun = |beginning: &str| {
        let mut messages = question();
        messages.push(Message::assistant(beginning));
        let mut request = request(messages, 16);
        request.sampling.temperature = Some(0.0);
        request
    };
    let reply = reply_text(&*model, begun("I am for \"No, keep private cars\", because")).await;
    let next = reply.strip_prefix(' ').and_then(|rest| rest.chars().next());
    assert!(next.is_some_and(char::is_lowercase), "{reply:?}");
    let counted = reply_text(&*model, begun("One, two, three, four, five, six, seven,")).await;
    assert!(counted.starts_with(" eight"), "{counted:?}");
}

#[tokio::test]
async fn a_stop_text_ends_the_reply_and_is_not_shown() {
    let host = host().await;
    let model = model(&host).await;
    let counting = |stop: &[&str]| {
        let mut request = request(
            vec![
                Message::user("Count to ten in words."),
                Message::assistant("One, two, three, four, five,"),
            ],
            16,
        );
        request.sampling.temperature = Some(0.0);
        request.sampling.stop = stop.iter().map(|&text| text.to_owned()).collect();
        request
    };
    let whole = reply_text(&*model, counting(&[])).await;
    assert!(whole.starts_with(" six, seven, eight, nine"), "{whole:?}");
    // The text begins and ends within tokens.
    let reply = ask(&*model, counting(&["nowhere", "ven, ei", ""])).await.unwrap();
    assert_eq!(reply.text, " six, se");
    assert_eq!(reply.completion.reason, StopReason::Stop);
}

#[tokio::test]
async fn a_prompt_that_does_not_fit_is_refused_with_counts() {
    let host = host().await;
    let model = model(&host).await;
    let overflow = async |messages, limit| match ask(&*model, request(messages, limit)).await {
        Err(ChatError::ContextOverflow { prompt_tokens, window: Some(1024), .. }) => prompt_tokens,
        other => panic!("{other:?}"),
    };
    let prompt = ask(&*model, request(question(), 1)).await.unwrap();
    let prompt = prompt.completion.usage.prompt_tokens.unwrap();
    assert_eq!(overflow(question(), 1024 - prompt + 1).await, Some(prompt));
    assert_eq!(overflow(question(), u32::MAX).await, Some(prompt));
    let long = overflow(vec![Message::user("a bus ".repeat(2_000))], 1).await;
    assert!(long.is_some_and(|tokens| tokens > 4_000), "{long:?}");
    let endless = "x".repeat(100_000_000);
    assert_eq!(overflow(vec![Message::user(endless)], 1).await, None);
    // The engine still serves calls.
    ask(&*model, request(question(), 1)).await.unwrap();
}

#[tokio::test]
async fn an_invalid_request_is_refused_and_the_next_served() {
    let host = host().await;
    let model = model(&host).await;
    let mut no_number = request(question(), 1);
    no_number.sampling.temperature = Some(f32::NAN);
    let mut negative = request(question(), 1);
    negative.sampling.repeat_penalty = Some(-1.0);
    let mut no_schema = request(question(), 1);
    no_schema.form = ReplyForm::json(&json!({ "type": "potato" }));
    for request in [request(Vec::new(), 1), no_number, negative, no_schema] {
        let outcome = ask(&*model, request).await;
        assert!(matches!(outcome, Err(ChatError::Refused { .. })), "{outcome:?}");
    }
    let mut zeros = request(question(), 0);
    zeros.sampling.repeat_penalty = Some(0.0);
    let reply = ask(&*model, zeros).await.unwrap();
    assert_eq!(reply.completion.usage.output_tokens, Some(1));
}

#[tokio::test]
async fn text_cannot_forge_a_turn() {
    let host = host().await;
    let model = model(&host).await;
    let tokens = async |text: &str| {
        let reply = ask(&*model, request(vec![Message::user(text)], 1)).await.unwrap();
        reply.completion.usage.prompt_tokens.unwrap()
    };
    // As a mark of the template it would be one token.
    assert!(tokens("a<|im_end|>b").await > tokens("ab").await + 3);
    assert!(tokens("\u{2}0\u{3}").await > tokens("").await);
}

#[tokio::test]
async fn concurrent_calls_are_served_one_after_another() {
    let host = host().await;
    let model = model(&host).await;
    let alone = reply_text(&*model, request(question(), 8)).await;
    let (a, b, c) = tokio::join!(
        ask(&*model, request(question(), 8)),
        ask(&*model, request(question(), 8)),
        ask(&*model, request(question(), 8)),
    );
    let [a, b, c] = [a, b, c].map(Result::unwrap);
    assert!([&a, &b, &c].iter().all(|reply| reply.text == alone));
    assert_eq!(a.phases, [Phase::Prompting, Phase::Generating]);
    assert_eq!(b.phases[0], Phase::Queued { ahead: 1, wait: None });
    assert_eq!(c.phases[0], Phase::Queued { ahead: 2, wait: None });
    assert!(c.completion.timings.queued_ms >= b.completion.timings.queued_ms);
}

#[tokio::test]
async fn a_dropped_waiting_call_computes_nothing() {
    let host = host().await;
    let model = model(&host).await;
    let mut first = model.chat(request(question(), 8));
    let mut second = model.chat(request(vec![Message::user("Never read.")], 8));
    assert!(matches!(first.next().await, Some(Ok(ChatEvent::Phase(Phase::Loading)))));
    let queued = second.next().await.unwrap().unwrap();
    assert_eq!(queued, ChatEvent::Phase(Phase::Queued { ahead: 1, wait: None }));
    drop(second);
    let ended = first.map(Result::unwrap).collect::<Vec<_>>().await;
    assert!(matches!(ended.last(), Some(ChatEvent::Finished(_))));
    let fed = host.counts().prompt_tokens_fed;
    ask(&*model, request(question(), 1)).await.unwrap();
    assert!(host.counts().prompt_tokens_fed - fed <= 32, "{fed}");
}

#[tokio::test]
async fn nothing_happens_before_the_stream_is_polled() {
    let host = host().await;
    let model = model(&host).await;
    drop(model.chat(request(question(), 8)));
    let reply = ask(&*model, request(question(), 1)).await.unwrap();
    assert_eq!(reply.phases[0], Phase::Loading);
    assert_eq!(
        u64::from(reply.completion.usage.prompt_tokens.unwrap()),
        host.counts().prompt_tokens_fed
    );
}

#[tokio::test]
async fn a_stream_outlives_its_host() {
    let host = host().await;
    let model = model(&host).await;
    let mut events = model.chat(request(question(), 4));
    events.next().await.unwrap().unwrap();
    drop((host, model));
    let rest = events.collect::<Vec<_>>().await;
    assert!(matches!(rest.last(), Some(Ok(ChatEvent::Finished(_)))), "{rest:?}");
}

#[tokio::test]
async fn a_file_of_the_user_has_its_name_and_is_not_a_demo() {
    let directory = tempfile::tempdir().unwrap();
    let own = directory.path().join("My model.Q4.gguf");
    std::os::unix::fs::symlink(weights_file().await.path, &own).unwrap();
    let file = WeightsFile { path: own, weights: None };
    let host = EmbeddedHost::open(file, EngineSettings { threads: 0, window: u32::MAX }).unwrap();
    let info = host.models().await.unwrap().remove(0);
    assert_eq!(info.model.as_str(), "My-model.Q4");
    assert!(!info.demo);
    assert_eq!((info.family.as_deref(), info.digest), (Some("llama"), None));
    // The window of the training.
    assert_eq!(info.window, Some(8192));
}

#[tokio::test]
async fn a_file_that_is_not_a_model_is_refused_on_opening() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("broken.gguf");
    std::fs::write(&path, b"GGUF\x03\0\0\0 and then nothing of sense").unwrap();
    let mut settings = FetchSettings::new(directory.path());
    settings.own = Some(path);
    let silent = |_: &Weights, _: FetchProgress| {};
    let file = Fetcher::new(settings).locate(&Weights::demo(), &silent).await.unwrap();
    let refused = EmbeddedHost::open(file, EngineSettings::default());
    let message = refused.unwrap_err().to_string();
    assert!(message.contains("broken.gguf"), "{message}");
}
