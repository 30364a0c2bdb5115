//! What models and chat templates put around a reply: the tags of an answer, and special tokens.

use super::{
    marks::{Start, start},
    sent_parts::Part,
};

/// Marks before a reply, beside special tokens.
const OPENINGS: [&str; 11] = [
    "<answer>",
    "<response>",
    "<output>",
    "<final>",
    "<final_answer>",
    "<final_response>",
    "<solution>",
    "<s>",
    "<bos>",
    "<start_of_turn>",
    // Apriel.
    "[BEGIN FINAL RESPONSE]",
];

/// Marks after a reply, beside special tokens.
const CLOSINGS: [&str; 14] = [
    "</answer>",
    "</response>",
    "</output>",
    "</final>",
    "</final_answer>",
    "</final_response>",
    "</solution>",
    "</s>",
    "<eos>",
    "<end_of_turn>",
    "[/INST]",
    "[INST]",
    "<turn|>",
    "[END FINAL RESPONSE]",
];

/// How special tokens begin and end: `<|im_end|>`, and those of DeepSeek.
const SPECIAL: [(&str, &str); 2] = [("<|", "|>"), ("<｜", "｜>")];

/// A longer text is not a special token.
const LONGEST_TOKEN: usize = 64;

/// The roles that templates name in the header of a reply.
const ROLES: [&str; 2] = ["assistant", "model"];

/// Longer runs of closing marks are text.
const MOST_HELD: usize = 4_096;

/// Removes the wrappers of a reply that arrives in pieces. Within the reply, and in quotation marks,
/// the same marks are text.
#[derive(Debug, Default)]
pub(super) struct Unwrapper {
    /// Text that has arrived and was not sent yet.
    pending: String,
    /// White space before the beginning.
    lead: String,
    has_begun: bool,
    /// A mark was taken off the beginning.
    is_wrapped: bool,
    /// The last character that was sent.
    last: Option<char>,
}

impl Unwrapper {
    /// These parts without the wrappers of the reply.
    pub(super) fn take(&mut self, parts: Vec<Part>, is_last: bool) -> Vec<Part> {
        let mut unwrapped: Vec<Part> = Vec::new();
        for part in parts {
            match part {
                Part::Thought(_) => unwrapped.push(part),
                Part::Reply(piece) => unwrapped.extend(reply(self.push(&piece))),
                Part::Corrected { thought, reply } => {
                    *self = Self::default();
                    let reply = self.push(&reply);
                    unwrapped.push(Part::Corrected { thought, reply });
                }
            }
        }
        if is_last {
            unwrapped.extend(reply(self.finish()));
        }
        unwrapped
    }

    fn push(&mut self, piece: &str) -> String {
        self.pending.push_str(piece);
        self.release(false)
    }

    fn finish(&mut self) -> String {
        let mut text = self.release(true);
        let rest = std::mem::take(&mut self.pending);
        if !self.has_begun && !self.is_wrapped {
            text += &std::mem::take(&mut self.lead);
        }
        match run_of_marks(&rest) {
            Run::Marks => {}
            Run::MayBecomeOne | Run::Text => text += &rest,
        }
        text
    }

    fn release(&mut self, is_last: bool) -> String {
        if !self.has_begun && !self.begin(is_last) {
            return String::new();
        }
        let mut text = std::mem::take(&mut self.lead);
        let held = self.held();
        text.extend(self.pending.drain(..held));
        self.last = text.chars().next_back().or(self.last);
        text
    }

    /// Takes the marks before the reply off; whether it has begun.
    fn begin(&mut self, is_last: bool) -> bool {
        loop {
            let blank = self.pending.len() - self.pending.trim_start().len();
            self.lead.extend(self.pending.drain(..blank));
            if self.is_wrapped {
                self.lead.clear();
            }
            if self.pending.is_empty() {
                return false;
            }
            match opening(&self.pending, self.is_wrapped, is_last) {
                Found::Whole(length) => {
                    self.pending.drain(..length);
                    self.is_wrapped = true;
                }
                Found::Open => return false,
                Found::No => break,
            }
        }
        self.has_begun = true;
        true
    }

    /// Where the marks begin that may be the end of the reply.
    fn held(&self) -> usize {
        let mut before = self.last;
        for (at, c) in self.pending.char_indices() {
            let is_quoted = before.is_some_and(|c| "`\"'“‘«".contains(c));
            before = Some(c);
            let is_held = matches!(c, '<' | '[')
                && !is_quoted
                && self.pending.len() - at <= MOST_HELD
                && run_of_marks(&self.pending[at..]) != Run::Text;
            if is_held {
                return at;
            }
        }
        self.pending.len()
    }
}

/// Whether a text consists of wrappers only.
pub(super) fn is_nothing_but_wrapping(text: &str) -> bool {
    let mut unwrapper = Unwrapper::default();
    (unwrapper.push(text) + &unwrapper.finish()).trim().is_empty()
}

fn reply(text: String) -> Option<Part> {
    (!text.is_empty()).then_some(Part::Reply(text))
}

/// What a text begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// A mark of this many bytes.
    Whole(usize),
    /// More of the text is needed to decide.
    Open,
    No,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    /// Closing marks, with white space behind each.
    Marks,
    /// The same, the last one in part.
    MayBecomeOne,
    Text,
}

fn run_of_marks(text: &str) -> Run {
    let mut rest = text;
    if rest.is_empty() {
        return Run::Text;
    }
    while !rest.is_empty() {
        match mark(rest, &CLOSINGS) {
            Found::Whole(length) => rest = rest[length..].trim_start(),
            Found::Open => return Run::MayBecomeOne,
            Found::No => return Run::Text,
        }
    }
    Run::Marks
}

/// An opening mark, as far as it does not begin a sentence about itself.
fn opening(text: &str, is_wrapped: bool, is_last: bool) -> Found {
    let found = mark(text, &OPENINGS);
    let length = match found {
        Found::Whole(length) => length,
        Found::Open if is_last => return Found::No,
        Found::Open => return found,
        Found::No if is_wrapped => return role(text, is_last),
        // A template's end of the question.
        Found::No => match start(text, "[/INST]") {
            Start::Whole => "[/INST]".len(),
            Start::Part if !is_last => return Found::Open,
            Start::Part | Start::No => return Found::No,
        },
    };
    let mut behind = text[length..].chars();
    match (behind.next(), behind.next()) {
        (None, _) | (Some(' '), None) if !is_last => Found::Open,
        (Some(' '), Some(next)) if next.is_lowercase() => Found::No,
        _ => Found::Whole(length),
    }
}

/// The role behind a special token, on a line of its own or before another token.
fn role(text: &str, is_last: bool) -> Found {
    for role in ROLES {
        match start(text, role) {
            Start::Whole => {
                let behind = text[role.len()..].chars().next();
                return match behind {
                    None if !is_last => Found::Open,
                    None | Some('\n' | '\r' | '<') => Found::Whole(role.len()),
                    Some(_) => Found::No,
                };
            }
            Start::Part if !is_last => return Found::Open,
            Start::Part | Start::No => {}
        }
    }
    Found::No
}

fn mark(text: &str, marks: &[&str]) -> Found {
    let mut is_open = false;
    for mark in marks {
        match start(text, mark) {
            Start::Whole => return Found::Whole(mark.len()),
            Start::Part => is_open = true,
            Start::No => {}
        }
    }
    for (open, close) in SPECIAL {
        match start(text, open) {
            Start::Whole => match special_token(&text[open.len()..], close) {
                Found::Whole(length) => return Found::Whole(open.len() + length),
                Found::Open => is_open = true,
                Found::No => {}
            },
            Start::Part => is_open = true,
            Start::No => {}
        }
    }
    if is_open { Found::Open } else { Found::No }
}

/// The rest of a special token: a name, and how it closes.
fn special_token(text: &str, close: &str) -> Found {
    let is_of_name = |c: char| c.is_alphanumeric() || "_-:./▁".contains(c);
    let rest = text.trim_start_matches(is_of_name);
    let length = text.len() - rest.len();
    match start(rest, close) {
        _ if length > LONGEST_TOKEN => Found::No,
        Start::Whole if length > 0 => Found::Whole(length + close.len()),
        Start::Part => Found::Open,
        Start::Whole | Start::No => Found::No,
    }
}
