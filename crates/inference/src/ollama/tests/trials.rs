//! Models that the server lists and does not serve: they are tried before they are used.

use super::*;
use crate::{HostModels, ResolveError};

/// What Ollama answers to a request to load a model, in several versions, and whether that is final at
/// once. The process of a model that stops is started once more.
const LOAD_REFUSALS: &[(u16, &str, usize)] = &[
    (500, "model requires more system memory (45.1 GiB) than is available (30.2 GiB)", 1),
    (
        500,
        "unable to load model: /models/blobs/sha256-dde5aa3fc5ffc17176b5e8bdc82f587b24b2678c6c66101bf7da77af9f7ccdff",
        1,
    ),
    (
        500,
        "llama runner process has terminated: error loading model: error loading model architecture: unknown model architecture: 'qwen35'",
        1,
    ),
    (500, "llama runner process has terminated: cudaMalloc failed: out of memory", 1),
    (500, "timed out waiting for llama runner to start - progress 0.00 - ", 1),
    (500, "llama runner process has terminated: exit status 2", 2),
    (
        500,
        "model runner has unexpectedly stopped, this may be due to resource limitations or an internal error, check ollama server logs for details",
        2,
    ),
    (400, "\"a:latest\" does not support generate", 1),
    (404, "model 'a:latest' not found, try pulling it first", 1),
    (412, "this model requires a newer version of Ollama", 1),
];

fn two_models(capabilities: Option<&[&str]>) -> Value {
    let mut list = json!({"models": []});
    for (name, family, size) in [("a:latest", "llama", 4_000), ("b:latest", "qwen2", 3_000)] {
        let mut model = json!({"name": name, "model": name, "size": size, "digest": name,
            "details": {"family": family, "parameter_size": "4.0B"}});
        if let Some(capabilities) = capabilities {
            model["capabilities"] = json!(capabilities);
        }
        list["models"].as_array_mut().unwrap().push(model);
    }
    list
}

fn refused(status: u16, message: &str) -> Answer {
    Answer::status(status, &json!({"error": message}))
}

fn done() -> Answer {
    Answer::json(&json!({"model": "b:latest", "response": "", "done": true, "done_reason": "load"}))
}

/// A server with two models, none of them in memory.
async fn unloaded(capabilities: Option<&[&str]>) -> (FakeServer, Gateway) {
    let fake = FakeServer::start()
        .await
        .answering("/api/tags", Answer::json(&two_models(capabilities)))
        .answering("/api/ps", Answer::json(&json!({"models": []})))
        .answering("/api/generate", done())
        .answering("/api/chat", tea());
    let gateway = gateway(host(&fake));
    (fake, gateway)
}

async fn taken(gateway: &Gateway, wanted: &[RequestedModel]) -> Vec<String> {
    let infos = gateway.resolve(wanted).await.unwrap();
    infos.into_iter().map(|info| info.model.to_string()).collect()
}

fn named(model: &str) -> RequestedModel {
    RequestedModel { host: None, model: Some(model.parse().unwrap()) }
}

#[tokio::test]
async fn a_model_that_cannot_be_loaded_gives_its_seat_to_the_next() {
    for (status, message, attempts) in LOAD_REFUSALS {
        let (fake, gateway) = unloaded(Some(&["completion"])).await;
        let refused = || refused(*status, message);
        match attempts {
            1 => fake.replace_all("/api/generate", [refused(), done()]),
            _ => fake.replace_all("/api/generate", [refused(), refused(), done()]),
        }
        assert_eq!(taken(&gateway, &[RequestedModel::default()]).await, ["b:latest"], "{message}");
        let loads = fake.requests("/api/generate");
        let models: Vec<_> = loads.iter().map(|load| load["model"].as_str().unwrap()).collect();
        assert_eq!(models[..*attempts], vec!["a:latest"; *attempts], "{message}");
        assert_eq!(models[*attempts..], ["b:latest"], "{message}");
        assert!(fake.requests("/api/chat").is_empty(), "the server says that they chat");
    }
}

#[tokio::test]
async fn a_named_model_that_cannot_be_loaded_is_an_error_with_the_words_of_the_server() {
    for (status, message, _) in LOAD_REFUSALS {
        let (fake, gateway) = unloaded(Some(&["completion"])).await;
        fake.replace("/api/generate", refused(*status, message));
        let error = gateway.resolve(&[named("a")]).await.unwrap_err();
        assert!(matches!(error, ResolveError::CannotChat { .. }), "{error:?}");
        let says = if *status == 404 { "local has no model a:latest" } else { message };
        assert!(error.to_string().contains(says), "{error}");
    }
}

/// Servers before 0.6.4 do not report what a model can do.
#[tokio::test]
async fn a_model_that_is_loaded_and_refuses_to_chat_gives_its_seat_to_the_next() {
    let (fake, gateway) = unloaded(None).await;
    fake.replace("/api/show", Answer::json(&json!({"details": {"family": "llama"}})));
    let refusal = refused(400, "\"a:latest\" does not support chat");
    fake.replace_all("/api/chat", [refusal, tea()]);
    assert_eq!(taken(&gateway, &[RequestedModel::default()]).await, ["b:latest"]);
}

#[tokio::test]
async fn models_of_a_server_that_is_not_ready_keep_their_seats() {
    for (status, message) in [
        (503, "server busy, please try again.  maximum pending requests exceeded"),
        (500, "unexpected server status: llm server loading model"),
        (500, "something else"),
        (502, "Bad Gateway"),
        (401, "unauthorized"),
    ] {
        let (fake, gateway) = unloaded(Some(&["completion"])).await;
        fake.replace("/api/generate", refused(status, message));
        let taken = taken(&gateway, &[RequestedModel::default()]).await;
        assert_eq!(taken, ["a:latest"], "{message}");
    }
}

#[tokio::test]
async fn a_model_that_could_not_be_loaded_does_not_put_its_host_aside() {
    let (fake, gateway) = unloaded(Some(&["completion"])).await;
    fake.replace("/api/generate", refused(500, "unable to load model: /blobs/sha256-1"));
    for _ in 0..5 {
        gateway.resolve(&[named("a")]).await.unwrap_err();
    }
    assert!(!gateway.hosts()[0].is_circuit_open);
    let listings: Vec<HostModels> = gateway.models().await;
    assert!(listings[0].models.is_ok());
}
