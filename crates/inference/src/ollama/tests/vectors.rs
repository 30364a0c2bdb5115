//! Every way in which an Ollama is known to fail a chat, beside one that is well.

use serde::Deserialize;

use super::*;

const VECTORS: &str = include_str!("../../../../ollama-client/tests/data/vectors.json");

#[derive(Deserialize)]
struct Vector {
    name: String,
    path: String,
    response: Response,
    expect: Expected,
}

#[derive(Deserialize)]
struct Response {
    status: u16,
    chunks: Vec<Chunk>,
    close: String,
}

#[derive(Deserialize)]
struct Chunk {
    bytes_utf8: Option<String>,
}

#[derive(Deserialize)]
struct Expected {
    outcome: String,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    kind: String,
    #[serde(default)]
    partial_content: String,
}

/// Failures of a chat, without those that take their time and those of what was said.
fn failures() -> impl Iterator<Item = (String, Answer, Failure)> {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    vectors.into_iter().filter_map(|vector| {
        let Vector { name, path, response, expect } = serde_json::from_value(vector).ok()?;
        let failure = expect.error.filter(|_| expect.outcome == "error" && path == "/api/chat")?;
        let takes_its_time = failure.kind == "timeout";
        let pieces = response.chunks.iter().map(|chunk| chunk.bytes_utf8.as_deref());
        let body = pieces.collect::<Option<String>>()?;
        let answer = Answer::text(response.status, &body);
        let answer = if response.close == "reset" { answer.then_reset() } else { answer };
        let is_said = failure.kind.starts_with("structured");
        (!takes_its_time && !is_said).then_some((name, answer, failure))
    })
}

#[tokio::test]
async fn a_call_that_fails_without_output_moves_to_the_other_host() {
    let end = json!({"model": "qwen3:4b", "created_at": "2026-11-23T00:58:53Z",
        "message": {"role": "assistant", "content": "from far"}, "done": true,
        "done_reason": "stop", "prompt_eval_count": 9, "eval_count": 2});
    let mut seen = 0;
    for (name, answer, failure) in failures() {
        let near = serving(&["completion"]).await.answering("/api/chat", answer);
        let far = serving(&["completion"]).await;
        let far = far.answering("/api/chat", Answer::lines(std::slice::from_ref(&end)));
        let host = |name: &str, fake: &FakeServer| {
            let client = Client::new(&fake.address).unwrap();
            Arc::new(OllamaHost::new(HostName::new(name).unwrap(), client)) as Arc<dyn ModelHost>
        };
        let hosts = vec![host("near", &near), host("far", &far)];
        let gateway = Gateway::new(hosts, GatewaySettings::default());
        let (near, model) = (HostName::new("near").unwrap(), ModelName::new("qwen3:4b").unwrap());
        let model = gateway.pooled_model(&near, &model, None).await.unwrap();
        let events: Vec<_> = model.chat(request(ReplyForm::Text)).collect().await;
        let moved = events.iter().any(|event| matches!(event, Ok(ChatEvent::Moved(_))));
        let end = events.last().unwrap();
        if failure.kind == "context_overflow" {
            assert!(matches!(end, Err(ChatError::ContextOverflow { .. })), "{name}: {end:?}");
        } else if failure.partial_content.is_empty() {
            assert!(moved && matches!(end, Ok(ChatEvent::Finished(_))), "{name}: {end:?}");
        } else {
            assert!(matches!(end, Err(ChatError::Interrupted { .. })), "{name}: {end:?}");
        }
        assert_eq!(far.requests("/api/chat").len(), usize::from(moved), "{name}");
        seen += 1;
    }
    assert!(seen >= 20, "{seen} failures");
}
