//! How a thought begins: with a mark of [`PAIRS`], with any tag or block of code whose name speaks of
//! thought, or with a heading.

use std::borrow::Cow;

use super::marks::{PAIRS, Start, start};

/// What closes a thought; the first of them that comes.
pub(super) type Closings = Vec<Cow<'static, str>>;

/// How a text begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// With a mark of this many bytes.
    Mark {
        length: usize,
        closings: Closings,
    },
    /// With a heading. A statement may begin with one as well: where its closing mark does not come,
    /// the text is no thought.
    Heading {
        closings: Closings,
    },
    /// More of the text is needed to decide.
    Open,
    No,
}

/// Granite 3.2; vLLM's parser knows both spellings.
const RESPONSES: [&str; 3] = ["Here is my response:", "Here's my response:", "Here’s my response:"];

/// Headings of Markdown behind one that announces a thought.
const ANSWERS: [&str; 6] = [
    "# Answer\n",
    "# Response\n",
    "# Final answer\n",
    "# Final response\n",
    "# Output\n",
    "# Vote\n",
];
const BOLD_ANSWERS: [&str; 4] =
    ["**Answer:**", "**Response:**", "**Final answer:**", "**Final response:**"];

const HEADINGS: [(&str, &[&str]); 13] = [
    ("Here is my thought process:", &RESPONSES),
    ("Here's my thought process:", &RESPONSES),
    ("Here’s my thought process:", &RESPONSES),
    // Apriel.
    ("Here are my reasoning steps:", &["[BEGIN FINAL RESPONSE]"]),
    // Ollama's command line, and what copies it.
    ("Thinking...\n", &["...done thinking."]),
    ("Thinking…\n", &["…done thinking.", "...done thinking."]),
    ("# Thinking\n", &ANSWERS),
    ("## Thinking\n", &ANSWERS),
    ("### Thinking\n", &ANSWERS),
    ("### Thoughts\n", &ANSWERS),
    ("### Thought process\n", &ANSWERS),
    ("**Thinking:**", &BOLD_ANSWERS),
    ("**Thought process:**", &BOLD_ANSWERS),
];

/// Parts of the names of tags around a thought, as in `<longcat_think>` and `<inner_monologue>`.
const NAMES: [&str; 9] = [
    "think",
    "thought",
    "reason",
    "reflect",
    "analysis",
    "scratch",
    "monologue",
    "deliberat",
    "rationale",
];

/// Whole names of such tags.
const WHOLE_NAMES: [&str; 7] = ["plan", "planning", "cot", "hidden", "step", "steps", "inner"];

/// A longer text is not a tag.
const LONGEST_TAG: usize = 100;

/// Reads the beginning of a text. `is_last`: nothing more comes.
pub(super) fn opening(text: &str, is_last: bool) -> Opening {
    let mut is_open = false;
    for (open, close) in PAIRS {
        match start(text, open) {
            Start::Whole => {
                let closings = vec![Cow::Borrowed(close)];
                return Opening::Mark { length: open.len(), closings };
            }
            Start::Part => is_open = true,
            Start::No => {}
        }
    }
    for found in [special_token(text), tag(text), fence(text)] {
        match found {
            Opening::Open => is_open = true,
            Opening::No => {}
            Opening::Mark { .. } | Opening::Heading { .. } => return found,
        }
    }
    for (heading, closings) in HEADINGS {
        match start(text, heading) {
            Start::Whole => {
                let closings = closings.iter().map(|close| Cow::Borrowed(*close)).collect();
                return Opening::Heading { closings };
            }
            Start::Part => is_open = true,
            Start::No => {}
        }
    }
    if is_open && !is_last { Opening::Open } else { Opening::No }
}

/// Whether the name of a tag speaks of thought.
fn is_of_thought(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // `<|end_of_thought|>` closes one.
    if name.starts_with("end") {
        return false;
    }
    NAMES.iter().any(|part| name.contains(part)) || WHOLE_NAMES.contains(&name.as_str())
}

/// A special token whose name speaks of thought, as `<|thinking|>`.
fn special_token(text: &str) -> Opening {
    const OPEN: &str = "<|";
    match start(text, OPEN) {
        Start::Whole => {}
        Start::Part => return Opening::Open,
        Start::No => return Opening::No,
    }
    let inside = &text[OPEN.len()..];
    let rest = inside.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let name = &inside[..inside.len() - rest.len()];
    match start(rest, "|>") {
        _ if name.len() > LONGEST_TAG => Opening::No,
        Start::Part => Opening::Open,
        Start::Whole if is_of_thought(name) => Opening::Mark {
            length: OPEN.len() + name.len() + "|>".len(),
            closings: vec![
                format!("<|/{name}|>").into(),
                format!("<|end_{name}|>").into(),
                format!("<|end_of_{name}|>").into(),
                format!("</{name}>").into(),
                // Solar Open, whose thought is a message. Others end their replies with it.
                "<|end|>".into(),
            ],
        },
        Start::Whole | Start::No => Opening::No,
    }
}

/// A block of code whose language speaks of thought, up to the end of the line.
fn fence(text: &str) -> Opening {
    const FENCES: [(&str, &str); 2] = [("```", "\n```"), ("~~~", "\n~~~")];
    for (open, close) in FENCES {
        match start(text, open) {
            Start::Part => return Opening::Open,
            Start::No => continue,
            Start::Whole => {}
        }
        let line = &text[open.len()..];
        let Some(end) = line.find('\n') else {
            let may_be_name = line.chars().all(|c| c.is_ascii_alphabetic() || " \t\r_".contains(c));
            let is_short = line.len() <= LONGEST_TAG;
            return if may_be_name && is_short { Opening::Open } else { Opening::No };
        };
        let name = line[..end].trim().to_ascii_lowercase();
        let is_name = name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
        let is_thought = is_name && NAMES.iter().any(|part| name.contains(part));
        return if is_thought && name.len() <= LONGEST_TAG {
            // The line break may be a part of what closes the block.
            Opening::Mark { length: open.len() + end, closings: vec![close.into()] }
        } else {
            Opening::No
        };
    }
    Opening::No
}

/// A tag in angle brackets, with white space and attributes in it.
fn tag(text: &str) -> Opening {
    let Some(inside) = text.strip_prefix('<') else { return Opening::No };
    let inside = inside.trim_start();
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "_:-.".contains(c);
    let name_length = inside.len() - inside.trim_start_matches(is_of_name).len();
    let (name, rest) = inside.split_at(name_length);
    let begins_with_letter = inside.chars().next().is_none_or(|c| c.is_ascii_alphabetic());
    let is_too_long = text.find('>').unwrap_or(text.len()) > LONGEST_TAG;
    if !begins_with_letter || is_too_long {
        return Opening::No;
    }
    let is_details = name.eq_ignore_ascii_case("details");
    match rest.chars().next() {
        None => Opening::Open,
        Some(c) if (c == '>' || c.is_whitespace()) && (is_details || is_of_thought(name)) => {
            match rest.find(['>', '<']) {
                Some(at) if rest[at..].starts_with('>') && are_attributes(&rest[..at]) => {
                    let length = text.len() - rest.len() + at + 1;
                    if is_details && !is_of_thought(&rest[..at]) {
                        return details(text, length);
                    }
                    Opening::Mark { length, closings: closings(name) }
                }
                Some(_) => Opening::No,
                None if are_attributes(rest) => Opening::Open,
                None => Opening::No,
            }
        }
        Some(_) => Opening::No,
    }
}

/// Whether a text in a tag behind its name is white space or attributes, and not the rest of a
/// sentence on lines of its own.
fn are_attributes(text: &str) -> bool {
    !text.contains('\n') || text.trim().is_empty() || text.contains('=')
}

/// A block that is folded under a summary which speaks of thought.
fn details(text: &str, length: usize) -> Opening {
    const SUMMARY: (&str, &str) = ("<summary>", "</summary>");
    let behind = text[length..].trim_start();
    match start(behind, SUMMARY.0) {
        _ if text.len() - length - behind.len() > LONGEST_TAG => return Opening::No,
        Start::Part => return Opening::Open,
        Start::No => return Opening::No,
        Start::Whole => {}
    }
    let inside = &behind[SUMMARY.0.len()..];
    match inside.find('<') {
        None if inside.len() <= LONGEST_TAG => Opening::Open,
        Some(at) if at <= LONGEST_TAG && is_of_thought(&inside[..at]) => {
            match start(&inside[at..], SUMMARY.1) {
                Start::Whole => {
                    let end = text.len() - inside.len() + at + SUMMARY.1.len();
                    Opening::Mark { length: end, closings: closings("details") }
                }
                Start::Part => Opening::Open,
                Start::No => Opening::No,
            }
        }
        None | Some(_) => Opening::No,
    }
}

/// What closes a tag.
fn closings(name: &str) -> Closings {
    let forms = [("</", ">"), ("</ ", " >"), ("</", " >"), ("</ ", ">"), ("</", "\n>")];
    forms.iter().map(|(open, close)| format!("{open}{name}{close}").into()).collect()
}
