//! Thought in the content, and replies that are nothing but thought.

use super::*;

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
        let (thinking, reply, _) = parts_of(whole(&only(&fake).await).await);
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

/// The bytes of llama.cpp's server when thought takes all of `max_tokens`.
fn all_thought() -> Answer {
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]});
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 21, "completion_tokens": 400}});
    let pieces = ["Okay", ", so"].map(|text| delta(&json!({"reasoning_content": text})));
    let [first, second] = pieces;
    events(&[first, second, last, usage], "data: [DONE]\n\n")
}

fn said(events: &[Result<ChatEvent, ChatError>]) -> String {
    let said = events.iter().filter_map(|event| {
        let Ok(ChatEvent::Delta(text)) = event else { return None };
        Some(text.as_str())
    });
    said.collect()
}

#[tokio::test]
async fn a_reply_that_was_all_thought_is_asked_for_again_without() {
    let fake = serving(tea("stop")).await;
    fake.replace_all(CHAT, [all_thought(), tea("stop")]);
    let events = whole(&only_gated(&fake).await).await;
    assert_eq!(said(&events), "Té", "{events:?}");
    let sent = fake.requests(CHAT);
    assert_eq!((&sent[0]["max_tokens"], sent[0].get("reasoning_effort")), (&json!(400), None));
    assert_eq!(sent[1]["chat_template_kwargs"]["enable_thinking"], false);
    assert_eq!(sent[1]["reasoning_effort"], "none");
    assert_eq!(sent[1]["max_tokens"], 400 + 4_096);
}

#[tokio::test]
async fn once_seen_thought_has_tokens_from_then_on() {
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
async fn another_thinking_switch_is_tried_after_a_refusal() {
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
