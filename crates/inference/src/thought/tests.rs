use proptest::prelude::*;

use super::{
    marks::{Start, start},
    *,
};

/// Reads a reply in these pieces: the thought, the reply, and whether it began within a thought.
fn split<'a>(
    pieces: impl IntoIterator<Item = &'a str>,
    is_object: bool,
    expects_thought: bool,
    is_cut: bool,
) -> (String, String, Option<bool>) {
    let mut splitter = ThoughtSplitter::new(is_object, expects_thought);
    let (mut thought, mut reply) = (String::new(), String::new());
    let mut take = |parts: Vec<Part>| {
        for part in parts {
            match part {
                Part::Thought(piece) => thought += &piece,
                Part::Reply(piece) => reply += &piece,
                Part::Corrected { thought: all, reply: said } => (thought, reply) = (all, said),
            }
        }
    };
    for piece in pieces {
        take(splitter.push(piece));
    }
    take(splitter.finish(is_cut));
    (thought, reply, splitter.opened_in_thought())
}

fn whole(text: &str) -> (String, String) {
    let (thought, reply, _) = split([text], false, false, false);
    (thought, reply)
}

/// Replies, with what is thought and what is said in them.
const REPLIES: [(&str, &str, &str); 34] = [
    ("Yes.", "", "Yes."),
    ("", "", ""),
    (" \n Yes.", "", " \n Yes."),
    (
        "<think>\nHm {a}, {\"choice\": \"O1\"}.\n</think>\n\nYes.",
        "\nHm {a}, {\"choice\": \"O1\"}.\n",
        "Yes.",
    ),
    ("\n <THINK>Hm</Think>Yes.", "Hm", "Yes."),
    ("<think></think>\n\nYes.", "", "Yes."),
    ("<thinking>Hm</thinking> Yes.", "Hm", "Yes."),
    ("<reasoning>Hm</reasoning>Yes.", "Hm", "Yes."),
    ("<thought>Hm</thought>\nYes.", "Hm", "Yes."),
    ("[THINK]Hm[/THINK]Yes.", "Hm", "Yes."),
    ("◁think▷Hm◁/think▷Yes.", "Hm", "Yes."),
    ("<|channel>thought\nHm<channel|>Yes.", "\nHm", "Yes."),
    ("<think>Hm</think>\n<think>So</think>Yes.", "HmSo", "Yes."),
    ("<think>Hm</think>\n</think>\nYes.", "Hm", "Yes."),
    ("<think>a<think>b</think>c</think>d", "a<think>bc", "d"),
    ("<think>Hm, and never", "Hm, and never", ""),
    ("<think>Say `</think>` here</think>Yes.", "Say `</think>` here", "Yes."),
    ("Hm, so yes.\n</think>\n\nYes.", "Hm, so yes.\n", "Yes."),
    ("hm</think>Hello", "hm", "Hello"),
    ("Hm.[/THINK]Yes.", "Hm.", "Yes."),
    (
        "Models open with `<think>` and end with `</think>`.",
        "",
        "Models open with `<think>` and end with `</think>`.",
    ),
    (
        "The <think> tag and the </think> tag.\n</think>\n",
        "",
        "The <think> tag and the </think> tag.\n</think>\n",
    ),
    ("A stray </think> tag leaks.", "", "A stray </think> tag leaks."),
    ("Yes. <think>Hm</think> No.", "", "Yes. <think>Hm</think> No."),
    (
        "<|channel|>analysis<|message|>Hm {<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>",
        "Hm {",
        "Yes.",
    ),
    ("<|channel|>analysis<|message|>Hm<|end|>Yes.", "Hm", "Yes."),
    (
        "<|start|>assistant<|channel|>commentary to=functions.f<|message|>{}<|call|><|start|>assistant<|channel|>final<|message|>Yes.",
        "{}",
        "Yes.",
    ),
    ("analysisHm, we need.assistantfinalYes.", "Hm, we need.", "Yes."),
    ("<|channel|>analysis<|message|>Hmassistant<|channel|>final<|message|>Yes.", "Hm", "Yes."),
    ("Hm<|end|><|start|>assistant<|channel|>final<|message|>Yes.", "Hm<|end|>", "Yes."),
    ("Hm\n<|channel|>final<|message|>Yes.", "Hm\n", "Yes."),
    ("analysis of lamps <|", "", "analysis of lamps <|"),
    ("The mark `<|channel|>final` opens it.", "", "The mark `<|channel|>final` opens it."),
    ("<|channel|>analysis<|message|>Hm, and never", "Hm, and never", ""),
];

/// Forms of thought beside the listed marks, with the thought and the reply in them.
const OTHER_THOUGHTS: [(&str, &str, &str); 38] = [
    ("<longcat_think>Hm {</longcat_think>Yes.", "Hm {", "Yes."),
    ("<mm:think>Hm</mm:think>\nYes.", "Hm", "Yes."),
    ("Hm.\n</longcat_think>\nYes.", "Hm.\n", "Yes."),
    ("<analysis>Hm</analysis>Yes.", "Hm", "Yes."),
    ("<internal_monologue>Hm</internal_monologue>Yes.", "Hm", "Yes."),
    ("<think type=\"long\">Hm</think>Yes.", "Hm", "Yes."),
    ("< think >Hm</ think >Yes.", "Hm", "Yes."),
    ("<Scratchpad>Hm, and never", "Hm, and never", ""),
    ("<|think|>Hm<|end|><|begin|>assistant<|content|>Yes.<|end|>", "Hm", "Yes."),
    (
        "Here is my thought process:\nHm\n\nHere is my response:\nYes.",
        "Here is my thought process:\nHm\n\n",
        "Yes.",
    ),
    ("Here is my thought process: it is simple.", "", "Here is my thought process: it is simple."),
    (
        "Here are my reasoning steps:\nHm\n[BEGIN FINAL RESPONSE]\nYes.\n[END FINAL RESPONSE]\n",
        "Here are my reasoning steps:\nHm\n",
        "Yes.\n",
    ),
    ("Hm.\n[BEGIN FINAL RESPONSE]\nYes.\n[END FINAL RESPONSE]<|end|>", "Hm.\n", "Yes.\n"),
    ("Sure.\n<think>Hm</think>\nYes.", "Sure.\nHm", "Yes."),
    ("<|im_start|>assistant\n<think>Hm</think>Yes.", "<|im_start|>assistant\nHm", "Yes."),
    ("Tags:\n`<think>Hm</think>`", "", "Tags:\n`<think>Hm</think>`"),
    ("<|inner_prefix|>Hm {<|inner_suffix|>Yes.", "Hm {", "Yes."),
    ("<|assistant_think|>Hm<|assistant_answer|>Yes.", "Hm", "Yes."),
    ("<|thinking|>Hm<|/thinking|>Yes.", "Hm", "Yes."),
    ("<|think|>Hm<|/think|>Yes.<|end|>", "Hm", "Yes."),
    ("<|reasoning|>Hm<|end_of_reasoning|>Yes.", "Hm", "Yes."),
    ("<|thinking|>Hm, and never", "Hm, and never", ""),
    ("<seed:think>Hm</seed:think>Yes.", "Hm", "Yes."),
    ("<think\n>Hm</think\n>\nYes.", "Hm", "Yes."),
    ("<think\ttype=\"a\"\n depth=\"2\">Hm</think>Yes.", "Hm", "Yes."),
    ("<details type=\"reasoning\" done=\"true\">\nHm\n</details>\nYes.", "\nHm\n", "Yes."),
    ("<details>\n<summary>Thinking…</summary>\nHm</details>Yes.", "\nHm", "Yes."),
    (
        "<details><summary>Costs</summary>1</details>",
        "",
        "<details><summary>Costs</summary>1</details>",
    ),
    ("Thinking...\nHm {\n...done thinking.\n\nYes.", "Thinking...\nHm {\n", "Yes."),
    ("### Thinking\nHm\n\n### Answer\nYes.", "### Thinking\nHm\n\n##", "Yes."),
    ("**Thinking:** Hm\n\n**Answer:** Yes.", "**Thinking:** Hm\n\n", "Yes."),
    (
        "### Thinking about the cost\n### Answer\nYes.",
        "",
        "### Thinking about the cost\n### Answer\nYes.",
    ),
    ("<plan>Hm</plan><step>So</step>Yes.", "HmSo", "Yes."),
    ("<cot>Hm</cot>Yes.", "Hm", "Yes."),
    ("<hidden>Hm</hidden>Yes.", "Hm", "Yes."),
    ("<planet> is a tag.", "", "<planet> is a tag."),
    ("analysis\nHm {a}\nfinal\nYes.", "\nHm {a}", "Yes."),
    ("Hm.\n<|end_of_thought|>Yes.", "Hm.\n", "Yes."),
];

/// Replies with something around them, and what is said in them.
const WRAPPED: [(&str, &str); 27] = [
    ("<answer>Yes.</answer>", "Yes."),
    ("<think>Hm</think><response>\nYes.\n</response>\n", "Yes.\n"),
    ("Hm.</think><answer>Yes.</answer>", "Yes."),
    ("<output>{\"a\": 1}</output>", "{\"a\": 1}"),
    ("<|START_THINKING|>Hm<|END_THINKING|><|START_RESPONSE|>Yes.<|END_RESPONSE|>", "Yes."),
    (
        "<|begin_of_thought|>Hm<|end_of_thought|>\n\n<|begin_of_solution|>\nYes.\n\
         <|end_of_solution|>",
        "Yes.\n",
    ),
    ("<think>Hm</think>\n<|im_start|>Yes.<|im_end|>", "Yes."),
    ("<|im_start|>assistant\nYes.<|im_end|>\n", "Yes."),
    ("<|start_header_id|>assistant<|end_header_id|>\n\nYes.<|eot_id|>", "Yes."),
    ("<start_of_turn>model\nYes.<end_of_turn>", "Yes."),
    ("<|assistant|>\nYes.<|end|>", "Yes."),
    ("[/INST] Yes.</s>", "Yes."),
    ("Yes.</s></s>\n", "Yes."),
    ("Yes.<｜end▁of▁sentence｜>", "Yes."),
    ("Yes.<|endoftext|><|im_start|>", "Yes."),
    ("Yes.</answer>", "Yes."),
    ("</s>", ""),
    ("<answer></answer>", ""),
    ("The token `<|im_end|>`", "The token `<|im_end|>`"),
    ("It ends with <|im_end|>, always.", "It ends with <|im_end|>, always."),
    ("\"</s>\" ends it.", "\"</s>\" ends it."),
    ("<output> is a tag of HTML.", "<output> is a tag of HTML."),
    ("<|im_end|> is a token.", "<|im_end|> is a token."),
    ("A list: [INST], [a] and <b>", "A list: [INST], [a] and <b>"),
    ("Yes.</s", "Yes.</s"),
    ("<|", "<|"),
    ("a < b | c |> d", "a < b | c |> d"),
];

#[test]
fn thoughts_in_other_forms_are_parted_in_any_pieces() {
    for (text, thought, reply) in OTHER_THOUGHTS {
        assert_eq!(whole(text), (thought.to_owned(), reply.to_owned()), "{text}");
        let characters = text.split_inclusive(|_| true);
        let (thinking, said, _) = split(characters, false, false, false);
        assert_eq!((thinking.as_str(), said.as_str()), (thought, reply), "{text}");
    }
}

#[test]
fn wrapping_is_removed_in_any_pieces() {
    for (text, reply) in WRAPPED {
        assert_eq!(whole(text).1, reply, "{text}");
        let (_, said, _) = split(text.split_inclusive(|_| true), false, false, false);
        assert_eq!(said, reply, "{text}");
    }
}

#[test]
fn a_ballot_after_a_short_line_and_thought_is_the_reply() {
    let text =
        "Sure.\n<think>I could say {\"choice\": \"O2\"}.</think>\n{\"choice\": \"O1\"}<|im_end|>";
    assert_eq!(split([text], true, false, false).1, "{\"choice\": \"O1\"}");
}

#[test]
fn a_heading_of_a_thought_that_is_cut_leaves_no_reply() {
    let text = "Here is my thought process:\nHm";
    assert_eq!(split([text], false, false, true), (text.to_owned(), String::new(), Some(false)));
}

#[test]
fn thought_and_reply_are_parted() {
    for (text, thought, reply) in REPLIES {
        assert_eq!(whole(text), (thought.to_owned(), reply.to_owned()), "{text}");
    }
}

#[test]
fn it_does_not_matter_in_which_pieces_a_reply_comes() {
    for (text, thought, reply) in REPLIES {
        let characters = text.split_inclusive(|_| true);
        let (thinking, said, _) = split(characters, false, false, false);
        assert_eq!((thinking.as_str(), said.as_str()), (thought, reply), "{text}");
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (thinking, said, _) = split([&text[..at], &text[at..]], false, false, false);
            assert_eq!((thinking.as_str(), said.as_str()), (thought, reply), "{text} at {at}");
        }
    }
}

#[test]
fn no_piece_of_a_marked_thought_is_sent_as_reply() {
    for (text, _, reply) in REPLIES.iter().filter(|(text, ..)| {
        ["<", "[", "◁", "\n <", "analysisHm"].iter().any(|mark| text.starts_with(mark))
            && *text != "<think>a<think>b</think>c</think>d"
    }) {
        let mut splitter = ThoughtSplitter::new(false, false);
        let mut said = String::new();
        let mut parts: Vec<Part> = Vec::new();
        for c in text.split_inclusive(|_| true) {
            parts.extend(splitter.push(c));
        }
        parts.extend(splitter.finish(false));
        for part in parts {
            match part {
                Part::Thought(_) => {}
                Part::Reply(piece) => said += &piece,
                Part::Corrected { .. } => panic!("{text}"),
            }
        }
        assert_eq!(said, *reply, "{text}");
    }
}

#[test]
fn an_expected_thought_lasts_until_it_closes() {
    let mut splitter = ThoughtSplitter::new(false, true);
    assert_eq!(splitter.push("Hm, "), [Part::Thought("Hm, ".into())]);
    assert_eq!(
        splitter.push("so.\n</think>\n\nYes."),
        [Part::Thought("so.\n".into()), Part::Reply("Yes.".into())]
    );
    assert_eq!(splitter.finish(false), []);
    assert_eq!(splitter.opened_in_thought(), Some(true));
}

#[test]
fn an_expected_thought_without_an_end_is_the_reply() {
    let ended = split(["Ye", "s."], false, true, false);
    assert_eq!(ended, (String::new(), "Yes.".to_owned(), Some(false)));
    let cut = split(["Hm, ", "so"], false, true, true);
    assert_eq!(cut, ("Hm, so".to_owned(), String::new(), None));
    let object = split([" {\"a\"", ": 1}"], true, true, false);
    assert_eq!(object, (String::new(), " {\"a\": 1}".to_owned(), None));
}

#[test]
fn thought_that_the_server_separates_is_not_searched_for() {
    let mut splitter = ThoughtSplitter::new(false, true);
    splitter.reported_thought("Hm.");
    assert_eq!(splitter.push("Yes."), [Part::Reply("Yes.".into())]);
    assert_eq!(splitter.opened_in_thought(), Some(false));
}

#[test]
fn a_correction_tells_all_that_was_thought() {
    let mut splitter = ThoughtSplitter::new(false, false);
    splitter.reported_thought("A. ");
    assert_eq!(splitter.push("Hm."), [Part::Reply("Hm.".into())]);
    let corrected = Part::Corrected { thought: "A. Hm.".into(), reply: String::new() };
    assert_eq!(splitter.push("</think>Yes."), [corrected, Part::Reply("Yes.".into())]);
}

#[test]
fn a_ballot_may_hold_a_mark_in_its_text() {
    let ballot = r#"{"choice": "O1", "reason": "the </think> tag"}"#;
    assert_eq!(split([ballot], true, false, false).1, ballot);
    let (thought, reply, _) =
        split([r#"{"choice": "O2"}? No."#, "\n</think>\n\n", ballot], true, false, false);
    assert_eq!((thought.as_str(), reply.as_str()), ("{\"choice\": \"O2\"}? No.\n", ballot));
}

#[test]
fn a_cut_mark_is_no_reply() {
    assert_eq!(split(["<thi"], false, false, true).1, "");
    assert_eq!(split(["<thi"], false, false, false).1, "<thi");
}

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
