//! Replies in the forms that models write.

use super::{super::*, split, whole};

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
const OTHER_THOUGHTS: [(&str, &str, &str); 44] = [
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
    ("```thinking\nHm {\n```\n\nYes.", "\nHm {", "Yes."),
    ("``` Thought\nHm\n```\n```json\n{}\n```", "\nHm", "```json\n{}\n```"),
    ("~~~reasoning\n~~~\nYes.", "", "Yes."),
    ("Sure.\n```thinking\nHm\n```\nYes.", "Sure.\n\nHm", "Yes."),
    ("```json\n{}\n```", "", "```json\n{}\n```"),
    ("```\nthinking\n```", "", "```\nthinking\n```"),
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
