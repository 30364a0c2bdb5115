//! Tokens of servers that send pieces of many tokens, or hide what they count.

use super::*;
use crate::{StopReason, Usage};

/// About fifty tokens of English.
fn long_piece() -> String {
    "hmm ".repeat(50)
}

/// 900 tokens of thought in 18 pieces, and 100 of the reply in two.
fn coarse(usage: Usage) -> ScriptedReply {
    ScriptedReply::pieces(std::iter::repeat_n(long_piece(), 2))
        .thinking_pieces(std::iter::repeat_n(long_piece(), 18))
        .then_every(seconds(1) / 4)
        .finishing(StopReason::Stop, usage)
}

fn counted(output: u32) -> Usage {
    Usage { prompt_tokens: Some(100), output_tokens: Some(output) }
}

async fn seen(reply: ScriptedReply) -> (Option<SeenThinking>, Option<u32>) {
    let gated = gated(&ScriptedModel::new("a").usually_thinking(512).always(reply));
    whole(&gated).await;
    let state = gated.own().state();
    let written = state.throughput.tokens_within(0, seconds(10));
    (state.thought.before_last_text(), written)
}

#[tokio::test(start_paused = true)]
async fn thought_in_coarse_pieces_is_counted_in_tokens() {
    for (usage, tokens) in [
        (counted(1_000), 900),
        (counted(1_010), 909),
        // The host leaves thought out of its count, or does not count.
        (counted(100), 900),
        (Usage::default(), 900),
    ] {
        let (thought, written) = seen(coarse(usage)).await;
        assert_eq!(thought, Some(SeenThinking::Tokens(tokens)), "{usage:?}");
        // 1,000 tokens in 19 quarters of a second.
        let written = written.unwrap();
        assert!((1_750..=1_850).contains(&written), "{usage:?}: {written}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_host_counts_as_thought_is_used() {
    let (thought, _) = seen(coarse(counted(1_010)).counting_thought(905)).await;
    assert_eq!(thought, Some(SeenThinking::Tokens(905)));
}

#[tokio::test(start_paused = true)]
async fn hidden_thought_is_learnt_and_is_no_speed() {
    let said = ScriptedReply::pieces(["word "; 101]).then_every(seconds(1) / 50);
    let hidden = said.finishing(StopReason::Stop, counted(901)).counting_thought(800);
    let (thought, written) = seen(hidden).await;
    assert_eq!(thought, Some(SeenThinking::Tokens(800)));
    assert_eq!(written, Some(427), "50 tokens a second, not 450");
}

/// A second for 2,000 bytes, and two for 40 tokens of thought that are not sent.
#[tokio::test(start_paused = true)]
async fn hidden_thought_does_not_count_as_reading() {
    let said = ScriptedReply::pieces(["word "; 41]).first_after(seconds(3));
    let said = said.then_every(seconds(1) / 20);
    let reply = said.finishing(StopReason::Stop, counted(81)).counting_thought(40);
    let gated = gated(&ScriptedModel::new("a").always(reply));
    for _ in 0..3 {
        let messages = [Message::user("word ".repeat(400))];
        let events: Events =
            gated.chat(ChatRequest { messages: messages.into(), ..request() }).collect().await;
        completion(events);
        let written = gated.own().state().throughput.tokens_within(2_000, seconds(10));
        assert_eq!(written, Some(153), "8.5 s at 20 a second, less a tenth");
    }
}

/// Thought in one piece, and a reply token by token.
#[tokio::test(start_paused = true)]
async fn thought_in_one_piece_has_the_rest_of_the_count() {
    let reply = ScriptedReply::pieces(["word "; 100]).thinking("word ".repeat(300));
    let (thought, _) = seen(reply.finishing(StopReason::Stop, counted(400))).await;
    assert_eq!(thought, Some(SeenThinking::Tokens(300)));
}

#[tokio::test(start_paused = true)]
async fn coarse_thought_without_end_is_ended_here() {
    let thought = ScriptedReply::silent().thinking_pieces(std::iter::repeat_n(long_piece(), 400));
    let model = ScriptedModel::new("a").then(thought.then_every(seconds(1) / 200).then_hangs());
    let begun = Instant::now();
    assert_eq!(text(&whole(&gated(&model)).await), "I agree.");
    assert!(begun.elapsed() < seconds(1), "{:?}", begun.elapsed());
    assert_eq!((model.record().calls, model.record().cancelled), (2, 1));
}
