//! Properties of any reply, in any pieces.

use proptest::prelude::*;

use super::{
    super::marks::{self, Start, start},
    split, whole,
};

/// What a hostile model may write: marks, whole and in pieces, and words.
fn fragment() -> impl Strategy<Value = String> {
    let marks = [
        "<think>",
        "</think>",
        "</thi",
        "<",
        "[THINK]",
        "[/THINK]",
        "<|channel|>",
        "<|message|>",
        "<|end|>",
        "<|start|>assistant",
        "final",
        "analysis",
        "assistantfinal",
        "`",
        "\"",
        " ",
        "\n",
        ".",
        "{",
        "```",
        "é",
        "◁think▷",
        "◁/think▷",
        "word",
        "Word",
        "<answer>",
        "</answer>",
        "<|im_end|>",
        "</s>",
        "[BEGIN FINAL RESPONSE]",
        "<deep_thought>",
        "<|thinking|>",
        "<|/thinking|>",
        "<details>",
        "<summary>",
        "</summary>",
        "</details>",
        "<think",
        ">",
        "=",
        "### Thinking\n",
        "# Answer\n",
        "...done thinking.",
        "Thinking...\n",
        "\nfinal\n",
        "</deep_thought>",
        "Here is my thought process:",
        "Here is my response:",
    ];
    proptest::sample::select(marks.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn any_reply_reads_the_same_in_any_pieces(
        fragments in proptest::collection::vec(fragment(), 0..12),
        is_object: bool, expects: bool, is_cut: bool,
    ) {
        let text = fragments.concat();
        let one = split([text.as_str()], is_object, expects, is_cut);
        let characters = split(text.split_inclusive(|_| true), is_object, expects, is_cut);
        prop_assert_eq!(&one, &characters);
        let pieces = split(fragments.iter().map(String::as_str), is_object, expects, is_cut);
        prop_assert_eq!(&one, &pieces);
    }

    #[test]
    fn a_marked_thought_never_leaks_and_nothing_is_lost(
        thought in "[a-zA-Z {}\"\n.]{0,40}", reply in "[a-zA-Z{}. ]{0,40}", pair in 0..marks::PAIRS.len(),
    ) {
        let (open, close) = marks::PAIRS[pair];
        let text = format!("{open}{thought}{close}\n\n{reply}");
        let (thinking, said) = whole(&text);
        prop_assert_eq!(&thinking, &thought);
        prop_assert_eq!(said, reply.trim_start());
        let text = format!("{open}{thought}");
        prop_assert_eq!(whole(&text), (thought, String::new()));
    }

    #[test]
    fn wrapping_of_any_reply_is_removed(
        reply in "[a-zA-Z{}.][a-zA-Z{}., \n]{0,40}", open in 0usize..4, close in 0usize..5,
    ) {
        let open = ["<answer>\n", "<|assistant|>", "<|im_start|>assistant\n", "<s>"][open];
        let close = ["</answer>", "<|eot_id|>\n", "</s>", "[/INST]", "<end_of_turn>\n\n"][close];
        let text = format!("{open}{reply}{close}");
        // Behind a special token these are roles.
        prop_assume!(!["assistant", "model"].iter().any(|role| start(&reply, role) != Start::No));
        prop_assert_eq!(whole(&text), (String::new(), reply));
    }

    #[test]
    fn marks_within_a_reply_are_text(
        before in "[b-z][a-z ]{0,20}[a-z] ", mark in 0usize..5, after in "[ ,][a-z ]{0,20}[.]",
    ) {
        let mark = ["<answer>", "<|im_end|>", "</s>", "[/INST]", "</response>"][mark];
        let text = format!("{before}{mark}{after}");
        prop_assert_eq!(whole(&text), (String::new(), text));
    }

    #[test]
    fn words_without_marks_are_the_reply(text in "[^<\\[◁a]{0,80}") {
        prop_assert_eq!(whole(&text), (String::new(), text));
    }
}
