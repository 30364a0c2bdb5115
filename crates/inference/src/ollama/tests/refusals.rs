//! Servers that refuse something optional, with the bytes that they send.

use super::*;
use crate::Limitation;

const CHAT: &str = "/api/chat";

/// What a kind of server answers to requests that ask for too much.
type Refusing = fn(&Value) -> Option<Answer>;

fn refused(status: u16, error: &str) -> Answer {
    Answer::status(status, &json!({ "error": error }))
}

fn union() -> ReplyForm {
    let closed = json!({"type": "object", "required": ["choice"],
        "properties": {"choice": {"enum": ["Tea"]}}});
    let open = json!({"type": "object", "required": ["choice", "new_option"],
        "properties": {"choice": {"enum": ["new"]}, "new_option": {"type": "string"}}});
    ReplyForm::json(&json!({"anyOf": [closed, open]}))
}

async fn asked(model: &Arc<dyn ChatModel>) -> Events {
    model.chat(request(union())).collect().await
}

#[tokio::test]
async fn refused_fields_are_omitted_from_then_on() {
    let cases: [(Refusing, Limitation, usize); 8] = [
        (
            |sent| {
                (sent["think"] == false)
                    .then(|| refused(400, "\"qwen3:4b\" does not support thinking"))
            },
            Limitation::ThinkingSwitch,
            1,
        ),
        (
            |sent| {
                let message = "failed to load model vocabulary required for format";
                (!sent["format"].is_null()).then(|| refused(500, message))
            },
            Limitation::ReplyFormats,
            1,
        ),
        (
            |sent| {
                let message = "json: cannot unmarshal object into Go struct field ChatRequest.format of type string";
                sent["format"].is_object().then(|| refused(400, message))
            },
            Limitation::Schemas,
            1,
        ),
        // Under status 200, in place of the first word.
        (
            |sent| {
                let error = json!({"error": "failed to parse grammar"});
                (!sent["format"].is_null()).then(|| Answer::lines(&[error]))
            },
            Limitation::SomeSchemas,
            2,
        ),
        (
            |sent| {
                let grammar = sent["format"].to_string().contains("anyOf");
                grammar.then(|| refused(500, "invalid JSON schema in format"))
            },
            Limitation::SchemaDetails,
            1,
        ),
        (
            |sent| {
                let message = "template: error calling raise: System role not supported";
                let is_system = sent["messages"][0]["role"] == "system";
                is_system.then(|| refused(500, message))
            },
            Limitation::SystemMessages,
            1,
        ),
        (
            |sent| {
                let has_it = !sent["truncate"].is_null();
                has_it.then(|| refused(400, "json: unknown field \"truncate\""))
            },
            Limitation::TruncateSwitch,
            1,
        ),
        (
            |sent| {
                let has_it = !sent["options"]["stop"].is_null();
                has_it.then(|| refused(500, "option \"stop\" must be of type array"))
            },
            Limitation::StopTexts { max: 0 },
            1,
        ),
    ];
    for (refusing, limitation, refusals) in cases {
        let fake = serving(&["completion", "thinking"]).await.answering(CHAT, tea());
        let fake = fake.refusing(CHAT, refusing);
        let model = only(&host(&fake)).await;
        for _ in 0..2 {
            let events = asked(&model).await;
            assert_eq!(text(&events), "Té, naturally.", "{limitation}: {events:?}");
        }
        assert_eq!(model.limitations(), [limitation]);
        assert_eq!(fake.requests(CHAT).len(), refusals + 2, "{limitation}");
    }
}

#[tokio::test]
async fn a_model_that_is_pulled_anew_is_asked_for_everything_again() {
    let fake = serving(&["completion"]).await.answering(CHAT, tea());
    let fake = fake.refusing(CHAT, |sent| {
        let is_system = sent["messages"][0]["role"] == "system";
        is_system.then(|| refused(400, "System role not supported"))
    });
    let host = host(&fake);
    let info = host.models().await.unwrap().remove(0);
    whole(&host.chat_model(info.clone())).await;
    assert_eq!(host.chat_model(info.clone()).limitations(), [Limitation::SystemMessages]);
    let other = ModelInfo { digest: Some("another".to_owned()), ..info };
    assert_eq!(host.chat_model(other).limitations(), []);
}

#[tokio::test]
async fn a_model_that_does_not_chat_is_refused_at_once() {
    let fake = serving(&["completion"]).await;
    fake.replace(CHAT, refused(400, "\"nomic-embed-text\" does not support chat"));
    let events = whole(&only(&host(&fake)).await).await;
    assert!(matches!(error(events), ChatError::Refused { .. }));
    assert_eq!(fake.requests(CHAT).len(), 1);
}

#[tokio::test]
async fn a_model_that_cannot_be_loaded_is_not_asked_again_for_less() {
    let fake = serving(&["completion"]).await;
    fake.replace(CHAT, refused(500, "llama runner process has terminated: exit status 2"));
    let model = only(&host(&fake)).await;
    for _ in 0..3 {
        whole(&model).await;
    }
    assert_eq!(fake.requests(CHAT).len(), 3);
}

/// Errors in place of the first word, without a status of their own, that do not say what they refuse.
#[tokio::test(start_paused = true)]
async fn an_unexplained_refusal_under_status_200_costs_no_ballot() {
    for message in ["something went wrong", "option must be of type array"] {
        let yes = Answer::lines(&[line(r#"{"answer":"agree"}"#), last_line("stop")]);
        let fake = serving(&["completion"]).await.answering(CHAT, yes);
        let fake = fake.refusing(CHAT, move |sent| {
            (!sent["format"].is_null()).then(|| Answer::lines(&[json!({"error": message})]))
        });
        let gateway = gateway(host(&fake));
        let model = only_gated(&gateway).await;
        for _ in 0..3 {
            assert!(matches!(asked(&model).await.last(), Some(Ok(ChatEvent::Finished(_)))));
        }
        assert_eq!(model.limitations(), [Limitation::SomeSchemas], "{message}");
    }
}

#[tokio::test]
async fn limitations_pass_through_the_gateway() {
    let fake = serving(&["completion"]).await.answering(CHAT, tea());
    let fake = fake.refusing(CHAT, |sent| {
        let is_system = sent["messages"][0]["role"] == "system";
        is_system.then(|| refused(400, "System role not supported"))
    });
    let gateway = gateway(host(&fake));
    let model = only_gated(&gateway).await;
    whole(&model).await;
    let info = model.info();
    let pooled = gateway.pooled_model(&info.host, &info.model, None).await.unwrap();
    for model in [model, pooled] {
        assert_eq!(model.limitations(), [Limitation::SystemMessages]);
    }
}

/// A server that speaks Ollama's protocol in a newer version, without all of its fields.
#[tokio::test]
async fn a_server_that_does_not_know_shift_is_asked_without_it() {
    let fake = serving(&["completion"]).await.answering(CHAT, tea());
    fake.replace("/api/version", Answer::json(&json!({"version": "0.13.0"})));
    fake.replace("/api/ps", Answer::json(&json!({"models": []})));
    let done = json!({"model": "qwen3:4b", "response": "", "done": true, "done_reason": "load"});
    fake.replace("/api/generate", Answer::json(&done));
    let refusing: Refusing = |sent| {
        let has_it = !sent["shift"].is_null();
        has_it.then(|| refused(400, "json: unknown field \"shift\""))
    };
    let fake = fake.refusing(CHAT, refusing).refusing("/api/generate", refusing);
    let model = only(&host(&fake)).await;
    model.warm_up().await.unwrap();
    assert_eq!(text(&asked(&model).await), "Té, naturally.");
    assert_eq!(model.limitations(), [Limitation::ShiftSwitch]);
    model.warm_up().await.unwrap();
    assert_eq!(fake.requests("/api/generate").len(), 3, "the second load is not refused");
}
