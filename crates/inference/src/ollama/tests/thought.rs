//! Thought that the server leaves in the content, and calls that end without a reply.

use super::*;

/// What is thought and what is said in a reply whose content comes in these lines.
async fn parted(contents: &[&str], reason: &str) -> (String, String) {
    let mut lines: Vec<_> = contents.iter().map(|content| line(content)).collect();
    lines.push(last_line(reason));
    let fake = serving(&["completion"]).await.answering("/api/chat", Answer::lines(&lines));
    let (mut thought, mut said) = (String::new(), String::new());
    for event in whole(&only(&host(&fake)).await).await {
        match event.unwrap() {
            ChatEvent::Thinking(piece) => thought += &piece,
            ChatEvent::Delta(piece) => said += &piece,
            ChatEvent::Corrected { thinking, reply } => (thought, said) = (thinking, reply),
            ChatEvent::Phase(_) | ChatEvent::Moved(_) | ChatEvent::Finished(_) => {}
        }
    }
    (thought, said)
}

#[tokio::test]
async fn a_thought_in_the_content_is_no_reply() {
    for (contents, thought, said) in [
        (
            &["<th", "ink>Hm {\"choice\": \"O1\"}</thi", "nk>\n\nTé"][..],
            "Hm {\"choice\": \"O1\"}",
            "Té",
        ),
        (&["Hm, ", "so.\n</think>\n\n", "Té"], "Hm, so.\n", "Té"),
        (&["<think>", "Hm"], "Hm", ""),
        (
            &["Sure.\n<longcat_", "think>Hm</longcat_think><ans", "wer>Té</ans", "wer>"],
            "Sure.\nHm",
            "Té",
        ),
        (&["Té", "<|im_", "end|>", "\n"], "", "Té"),
        (&["`<think>` is ", "a tag."], "", "`<think>` is a tag."),
    ] {
        let expected = (thought.to_owned(), said.to_owned());
        assert_eq!(parted(contents, "stop").await, expected, "{contents:?}");
    }
}

#[tokio::test]
async fn a_server_that_only_loads_the_model_is_asked_once_more() {
    for reason in ["load", "unload"] {
        let loaded = Answer::lines(&[last_line(reason)]);
        let fake = serving(&["completion"]).await;
        fake.replace_all("/api/chat", [loaded.clone(), tea()]);
        let gateway = gateway(host(&fake));
        assert_eq!(text(&whole(&only_gated(&gateway).await).await), "Té, naturally.");
        assert_eq!(fake.requests("/api/chat").len(), 2);

        fake.replace("/api/chat", loaded);
        let failure = error(whole(&only_gated(&gateway).await).await).to_string();
        let expected =
            format!("local sent no reply: it ended the call with done_reason \"{reason}\"");
        assert_eq!(failure, expected);
        assert_eq!(fake.requests("/api/chat").len(), 4);
    }
}

#[tokio::test]
async fn an_empty_reply_of_no_token_is_asked_for_once_more() {
    let empty = json!({"model": "qwen3:4b", "message": {"role": "assistant", "content": ""},
                       "done": true, "done_reason": "stop", "eval_count": null});
    let fake = serving(&["completion"]).await;
    fake.replace_all("/api/chat", [Answer::lines(&[empty]), tea()]);
    let gateway = gateway(host(&fake));
    assert_eq!(text(&whole(&only_gated(&gateway).await).await), "Té, naturally.");
}
