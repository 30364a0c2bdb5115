//! Listed models: which are chosen, and which are tried first.

use super::*;
use crate::ResolveError;

/// A server that sends a piece of its list per second is there: it is slow.
#[tokio::test(start_paused = true)]
async fn a_list_that_trickles_differs_from_silence() {
    let mut trickling = Answer::json(&json!({"data": [{"id": "org/qwen3"}]}));
    let byte = (Duration::from_secs(1), b" ".to_vec());
    trickling.pieces.splice(0..0, vec![byte; 9]);
    let fake = FakeServer::start().await.answering(MODELS, trickling);
    let gateway = Gateway::new(vec![Arc::new(host(&fake))], GatewaySettings::default());
    let error = gateway.models().await.remove(0).models.unwrap_err();
    assert_eq!(error.to_string(), "the list of models was not complete after 5 s");
    fake.replace(MODELS, Answer::text(200, "").after(Duration::from_secs(9)));
    let error = gateway.models().await.remove(0).models.unwrap_err();
    assert_eq!(error.to_string(), "no answer within 5 s");
}

/// A server that lists these ids and reports nothing else.
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

fn requests(requests: usize) -> Vec<RequestedModel> {
    vec![RequestedModel::default(); requests]
}

async fn taken(gateway: &Gateway, wanted: &[RequestedModel]) -> Vec<String> {
    let infos = gateway.resolve(wanted).await.unwrap();
    infos.iter().map(|info| info.model.to_string()).collect()
}

#[tokio::test]
async fn models_that_cannot_chat_are_excluded() {
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
    let infos = host(&fake).models().await.unwrap();
    let listed: Vec<_> = infos.iter().map(|info| (info.chats, info.guessed)).collect();
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
    assert_eq!(listed, expected);
    assert_eq!(infos[8].parameters, Some(1_500_000_000));
    assert_eq!(infos[3].no_chat_reason().as_deref(), Some("it is an embedding model"));
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
    let infos = host.models().await.unwrap();
    let listed: Vec<_> = infos.iter().map(|c| (c.parameters, c.window, c.chats)).collect();
    let expected =
        [(Some(7_000_000_000), Some(2_048), true), (Some(1_500_000_000), Some(512), true)];
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn an_unnamed_model_is_tried_once_with_one_token() {
    let (fake, gateway) = among(&["text-embedding-3-small", "mine"]).await;
    fake.replace(CHAT, tea("length"));
    let (three, two) = (requests(3), requests(2));
    let (one, other) = tokio::join!(gateway.resolve(&three), gateway.resolve(&two));
    let models = [one, other].map(|infos| infos.unwrap().remove(0).model.to_string());
    assert_eq!(models, ["mine", "mine"]);
    taken(&gateway, &requests(3)).await;
    let tried = fake.requests(CHAT);
    assert_eq!(tried.len(), 1, "{tried:?}");
    assert_eq!((&tried[0]["model"], &tried[0]["max_tokens"]), (&json!("mine"), &json!(1)));
}

#[tokio::test]
async fn a_model_that_has_chatted_is_not_tried() {
    let (fake, gateway) = among(&["mine"]).await;
    fake.replace(CHAT, tea("stop"));
    gateway.models().await;
    whole(&gateway.chat_model(&"gpu".parse().unwrap(), &"mine".parse().unwrap()).await.unwrap())
        .await;
    taken(&gateway, &requests(2)).await;
    taken(&gateway, &[named(None, "mine")]).await;
    assert_eq!(fake.requests(CHAT).len(), 1);
}

#[tokio::test]
async fn a_model_that_refuses_to_chat_is_replaced_unless_named() {
    let (fake, gateway) = among(&["a", "b", "llama-3.2-1b"]).await;
    // The one that seems to chat is tried first, then the others in the order of the list.
    let embeddings = json!({"error": {"code": 501, "type": "not_supported_error", "message":
        "This server does not support completions. Start it without `--embeddings`"}});
    let answers = [Answer::status(501, &embeddings), no_chat(), tea("stop")];
    fake.replace_all(CHAT, answers);
    assert_eq!(taken(&gateway, &requests(2)).await, ["b", "b"]);
    let tried: Vec<_> = fake.requests(CHAT).iter().map(|sent| sent["model"].clone()).collect();
    assert_eq!(tried, ["llama-3.2-1b", "a", "b"]);
    let named = RequestedModel { host: None, model: Some("a".parse().unwrap()) };
    let error = gateway.resolve(&[named]).await.unwrap_err().to_string();
    assert!(
        error.starts_with("a on gpu cannot chat: ") && error.contains("Chat Completions API"),
        "{error}"
    );
    fake.replace(CHAT, no_chat());
    assert_eq!(taken(&gateway, &requests(2)).await, ["b", "b"], "it is not tried again");
}

#[tokio::test]
async fn where_no_model_chats_it_is_said_why() {
    let (fake, gateway) = among(&["nomic-embed-text", "mine"]).await;
    fake.replace(CHAT, no_chat());
    let error = gateway.resolve(&requests(2)).await.unwrap_err().to_string();
    for listed in
        ["no model that can chat on gpu", "nomic-embed-text is left out", "mine is left out"]
    {
        assert!(error.contains(listed), "{error}");
    }
}

#[tokio::test]
async fn a_trial_that_fails_otherwise_says_nothing_of_the_model() {
    let (fake, gateway) = among(&["mine"]).await;
    let error = json!({"error": {"message": "max_tokens must be at least 16", "code": 400}});
    fake.replace(CHAT, Answer::status(400, &error));
    assert_eq!(taken(&gateway, &requests(1)).await, ["mine"]);
    let tried = fake.requests(CHAT).len();
    assert!(tried > 0);
    assert_eq!(taken(&gateway, &requests(1)).await, ["mine"]);
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
    assert_eq!(taken(&gateway, &requests(1)).await, ["mine"]);
    fake.left().await;
}

#[tokio::test]
async fn any_id_that_is_listed_can_be_asked_for() {
    let id = format!("My Model (v2) {}", "x".repeat(300));
    let (fake, gateway) = among(&[&id]).await;
    fake.replace(CHAT, tea("stop"));
    let named = RequestedModel { host: None, model: Some(id.parse().unwrap()) };
    let info = gateway.resolve(&[named]).await.unwrap().remove(0);
    whole(&gateway.chat_model(&info.host, &info.model).await.unwrap()).await;
    assert_eq!(fake.requests(CHAT)[0]["model"], json!(id));
}

/// Refusals of OpenAI, LM Studio, Groq, LiteLLM, OpenRouter, vLLM and others that lie with the model.
const MODEL_REFUSALS: &[(u16, &str)] = &[
    (404, "The model `a` does not exist or you do not have access to it."),
    (404, "model not found"),
    (404, "No endpoints found for a."),
    (404, "No allowed providers are available for the selected model."),
    (410, "model gone"),
    (400, "The model `a` has been decommissioned and is no longer supported."),
    (
        400,
        "Failed to load model \"a\". Error: Model loading was stopped due to insufficient system \
         resources.",
    ),
    (400, "Model type \"embeddings\" is not supported for chat"),
    (
        400,
        "As of transformers v4.44, default chat template is no longer allowed, so you must provide a \
         chat template if the tokenizer does not define one.",
    ),
    (400, "litellm.BadRequestError: LLM Provider NOT provided. You passed model=a"),
    (400, "Invalid model name passed in model=a. Call `/v1/models` to view available models."),
    (400, "Model a requires terms acceptance"),
    (403, "Model a is not enabled for your project"),
    (403, "You are not allowed to sample from this model"),
    (405, "Method Not Allowed"),
    (422, "unsupported task"),
    (500, "failed to load model"),
    (501, "This server does not support chat completions"),
];

#[tokio::test(start_paused = true)]
async fn a_model_that_its_host_does_not_serve_gets_no_seat() {
    for (status, message) in MODEL_REFUSALS {
        let error = json!({"error": {"message": message, "type": "invalid_request_error"}});
        let refused = Answer::status(*status, &error);
        let (fake, gateway) = among(&["a"]).await;
        fake.replace(CHAT, refused);
        // The host's words are the reason.
        let error = gateway.resolve(&requests(2)).await.unwrap_err().to_string();
        assert!(gateway.access_refusal(&"gpu".parse().unwrap()).is_none(), "{message}");
        let says = if message.contains("not exist") || message.contains("not found") {
            "gpu has no model a"
        } else {
            message
        };
        assert!(error.contains("a is left out: ") && error.contains(says), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_trial_that_fails_for_a_passing_reason_changes_nothing() {
    for (status, message) in [
        (429, "slow down"),
        (500, "The server is currently overloaded with other requests"),
        (502, "Bad Gateway"),
        (503, "Loading model"),
        (403, "Forbidden"),
        (401, "Incorrect API key"),
        (402, "Insufficient credits"),
    ] {
        let (fake, gateway) = among(&["a", "b"]).await;
        let error = json!({"error": {"message": message}});
        fake.replace(CHAT, Answer::status(status, &error));
        assert_eq!(taken(&gateway, &requests(1)).await, ["a"], "{status} {message}");
        let refuses = gateway.access_refusal(&"gpu".parse().unwrap()).is_some();
        assert_eq!(refuses, matches!(status, 401..=403), "{status}");
    }
}

/// The list of a LiteLLM with patterns in its configuration.
#[tokio::test]
async fn a_pattern_of_names_is_no_model() {
    let (fake, gateway) = among(&["openai/*", "*", "gpt-4o"]).await;
    fake.replace(CHAT, tea("stop"));
    assert_eq!(taken(&gateway, &requests(2)).await, ["gpt-4o"; 2]);
    assert_eq!(gateway.models().await.remove(0).models.unwrap().len(), 1);
}

fn named(host: Option<&str>, model: &str) -> RequestedModel {
    let host = host.map(|host| host.parse().unwrap());
    RequestedModel { host, model: Some(model.parse().unwrap()) }
}

/// A service without a list of models, as Perplexity, and servers that list none.
#[tokio::test]
async fn a_server_without_a_list_serves_models_that_are_named() {
    let empty = Answer::json(&json!({"object": "list", "data": []}));
    let refused = |status| Answer::status(status, &json!({"detail": "Not Found"}));
    for list in [refused(404), refused(405), refused(501), empty] {
        let fake = FakeServer::start().await.answering(MODELS, list).answering(CHAT, tea("stop"));
        let gateway = Gateway::new(vec![Arc::new(host(&fake))], GatewaySettings::default());
        for request in [named(None, "sonar"), named(Some("gpu"), "sonar")] {
            let info = gateway.resolve(&[request]).await.unwrap().remove(0);
            assert!(info.unlisted && info.guessed && info.chats, "{info:?}");
            assert_eq!(gateway.chat_refusal(&info).await, None);
            whole(&gateway.chat_model(&info.host, &info.model).await.unwrap()).await;
        }
        assert!(gateway.resolve(&requests(1)).await.is_err(), "no model is named");
        // A table of the settings names one.
        let host = host(&fake).with_model_settings("sonar".parse().unwrap(), <_>::default());
        let gateway = Gateway::new(vec![Arc::new(host)], GatewaySettings::default());
        assert_eq!(taken(&gateway, &requests(2)).await, ["sonar"; 2]);
    }
}

#[tokio::test]
async fn a_model_that_is_not_listed_is_used_if_it_is_named_with_its_host() {
    let (fake, gateway) = among(&["openai/gpt-4o", "anthropic/*"]).await;
    fake.replace(CHAT, tea("stop"));
    let id = "openai/gpt-4o:online";
    let error = gateway.resolve(&[named(None, id)]).await.unwrap_err();
    assert!(matches!(error, ResolveError::ModelNotFound { .. }), "{error}");
    let error = gateway.resolve(&[named(Some("gpu"), "anthropic/*")]).await.unwrap_err();
    assert!(matches!(error, ResolveError::ModelNotFound { .. }), "{error}");
    let info = gateway.resolve(&[named(Some("gpu"), id)]).await.unwrap().remove(0);
    assert!(info.unlisted && info.model.as_str() == id);
    // Later lists do not contain it either, and it remains in use.
    assert_eq!(gateway.chat_refusal(&info).await, None);
    gateway.models().await;
    let before = fake.requests(MODELS).len();
    whole(&gateway.chat_model(&info.host, &info.model).await.unwrap()).await;
    assert_eq!(fake.requests(MODELS).len(), before);
    // The host's words tell why it is not served.
    let error = json!({"error": {"message": "gone is not a valid model ID", "code": 400}});
    fake.replace(CHAT, Answer::status(400, &error));
    let error = gateway.resolve(&[named(Some("gpu"), "gone")]).await.unwrap_err();
    assert!(matches!(error, ResolveError::CannotChat { .. }), "{error}");
    assert!(error.to_string().contains("gone is not a valid model ID"), "{error}");
    // With a table in the settings it needs no host, and is chosen after the listed ones only.
    let host = host(&fake).with_model_settings(id.parse().unwrap(), <_>::default());
    let gateway = Gateway::new(vec![Arc::new(host)], GatewaySettings::default());
    fake.replace(CHAT, tea("stop"));
    assert_eq!(gateway.resolve(&[named(None, id)]).await.unwrap()[0].model.as_str(), id);
    assert_eq!(taken(&gateway, &requests(2)).await, ["openai/gpt-4o"; 2]);
}
