//! Replies that a filter removes, that the model declines, or that come with other choices.

use super::*;

fn ended(content: &Value, reason: &str) -> Answer {
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]});
    events(&[delta(content), last], "data: [DONE]\n\n")
}

async fn error_of(answer: Answer) -> ChatError {
    let events = whole(&only_gated(&serving(answer).await).await).await;
    match events.last() {
        Some(Err(error)) => error.clone(),
        end => panic!("{end:?}"),
    }
}

#[tokio::test]
async fn a_reply_removed_by_a_filter_is_recognized() {
    let text = r#"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.","type":null,"param":"prompt","code":"content_filter","status":400}}"#;
    for answer in [
        ended(&json!({"role": "assistant", "content": ""}), "content_filter"),
        ended(&json!({"role": "assistant", "content": ""}), "SAFETY"),
        ended(&json!({"role": "assistant", "reasoning_content": "Hm"}), "content_filter"),
        Answer::text(400, text),
    ] {
        let error = error_of(answer).await;
        assert!(matches!(error, ChatError::Filtered { .. }), "{error:?}");
        assert_eq!(error.reason(), "a content filter of gpu withheld the reply");
    }
}

#[tokio::test]
async fn a_filtered_reply_counts_as_cut() {
    let fake = serving(ended(&json!({"content": "Té"}), "content_filter")).await;
    let events = whole(&only(&fake).await).await;
    let Some(Ok(ChatEvent::Finished(completion))) = events.last() else { panic!("{events:?}") };
    assert_eq!(completion.reason, StopReason::Length);
}

#[tokio::test]
async fn a_reply_that_the_model_declines_is_no_reply() {
    let refusal =
        json!({"role": "assistant", "content": null, "refusal": "I cannot help with that."});
    let error = error_of(ended(&refusal, "stop")).await;
    assert!(matches!(error, ChatError::Declined { .. }), "{error:?}");
    assert_eq!(error.reason(), "org/qwen3 declined: I cannot help with that.");
}

/// A server that was started to make two replies sends them in turn.
#[tokio::test]
async fn of_several_choices_one_is_read() {
    let piece =
        |index: u32, text: &str| json!({"choices": [{"index": index, "delta": {"content": text}}]});
    let end =
        |index: u32| json!({"choices": [{"index": index, "delta": {}, "finish_reason": "stop"}]});
    let both = json!({"choices": [{"index": 1, "delta": {"content": "x"}}, {"index": 0, "delta": {"content": "!"}}]});
    for (frames, said) in [
        (vec![piece(0, "Té"), piece(1, "Café"), end(1), both.clone(), end(0)], "Té!"),
        (vec![both, piece(1, "Café"), piece(0, "Té"), end(1), end(0)], "!Té"),
        (vec![piece(1, "Té"), end(1)], "Té"),
        (vec![json!({"choices": [{"delta": {"content": "Té"}}]}), end(0)], "Té"),
    ] {
        let fake = serving(events(&frames, "data: [DONE]\n\n")).await;
        let events = whole(&only(&fake).await).await;
        let deltas = events.iter().filter_map(|event| match event {
            Ok(ChatEvent::Delta(text)) => Some(text.as_str()),
            _ => None,
        });
        assert_eq!(deltas.collect::<String>(), said, "{events:?}");
        assert!(matches!(events.last(), Some(Ok(ChatEvent::Finished(_)))), "{events:?}");
    }
}
