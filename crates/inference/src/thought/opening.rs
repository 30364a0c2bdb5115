//! How a thought begins: with a mark of [`PAIRS`], with any tag whose name speaks of thought, or
//! with a heading.

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

/// The closing mark of Solar Open, which other models write at the end of their replies.
const SOLAR: (&str, &str) = ("<|think|>", "<|end|>");

/// Granite 3.2; vLLM's parser knows both spellings.
const RESPONSES: [&str; 3] = ["Here is my response:", "Here's my response:", "Here’s my response:"];
const HEADINGS: [(&str, &[&str]); 4] = [
    ("Here is my thought process:", &RESPONSES),
    ("Here's my thought process:", &RESPONSES),
    ("Here’s my thought process:", &RESPONSES),
    // Apriel.
    ("Here are my reasoning steps:", &["[BEGIN FINAL RESPONSE]"]),
];

/// Parts of the names of tags around a thought, as in `<longcat_think>` and `<inner_monologue>`.
const NAMES: [&str; 9] = [
    "think",
    "thought",
    "reason",
    "reflect",
    "analysis",
    "scratchpad",
    "monologue",
    "deliberat",
    "rationale",
];

/// A longer text is not a tag.
const LONGEST_TAG: usize = 100;

/// Reads the beginning of a text. `is_last`: nothing more comes.
pub(super) fn opening(text: &str, is_last: bool) -> Opening {
    let mut is_open = false;
    for (open, close) in PAIRS.iter().chain([&SOLAR]) {
        match start(text, open) {
            Start::Whole => {
                let closings = vec![Cow::Borrowed(*close)];
                return Opening::Mark { length: open.len(), closings };
            }
            Start::Part => is_open = true,
            Start::No => {}
        }
    }
    match tag(text) {
        Opening::Open => is_open = true,
        Opening::No => {}
        tag @ (Opening::Mark { .. } | Opening::Heading { .. }) => return tag,
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

/// A tag in angle brackets, with spaces and attributes in it.
fn tag(text: &str) -> Opening {
    let Some(inside) = text.strip_prefix('<') else { return Opening::No };
    let inside = inside.trim_start_matches(' ');
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "_:-.".contains(c);
    let name_length = inside.len() - inside.trim_start_matches(is_of_name).len();
    let (name, rest) = inside.split_at(name_length);
    let lower = name.to_ascii_lowercase();
    let is_thought = NAMES.iter().any(|part| lower.contains(part));
    let begins_with_letter = inside.chars().next().is_none_or(|c| c.is_ascii_alphabetic());
    let is_too_long = text.find('>').unwrap_or(text.len()) > LONGEST_TAG;
    if !begins_with_letter || is_too_long {
        return Opening::No;
    }
    match rest.chars().next() {
        None => Opening::Open,
        Some('>' | ' ') if is_thought => match rest.find(['>', '<', '\n']) {
            Some(at) if rest[at..].starts_with('>') => {
                let length = text.len() - rest.len() + at + 1;
                let closings = vec![
                    format!("</{name}>").into(),
                    format!("</ {name} >").into(),
                    format!("</{name} >").into(),
                ];
                Opening::Mark { length, closings }
            }
            Some(_) => Opening::No,
            None => Opening::Open,
        },
        Some(_) => Opening::No,
    }
}
