use super::json_string::{Decoded, JsonString};

/// Reads an opening from its JSON object while the model writes it:
/// `{"answer": "X", "statement": "Y"}` becomes the line `Answer: X` and the text `Y`.
///
/// A code fence before the object is skipped. A reply that does not begin as an object is passed on unchanged.
/// If the object is truncated or not valid JSON, the text before that point is kept.
///
/// Written by hand because models write more than strict JSON: line breaks in strings, half surrogate pairs,
/// Python's `None`. `jiter` 0.19, whose partial mode was tried, stops at each of them, at numbers of more than
/// 4,300 digits and at 200 nested arrays, so that the rest of the opening is lost; and it parses the whole
/// reply again for every piece.
#[derive(Debug, Default)]
pub(super) struct OpeningObject {
    state: State,
    /// Fields of which a part was returned, in order.
    begun: Vec<Field>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Answer,
    Statement,
}

#[derive(Debug, Default)]
enum State {
    /// Before the object.
    #[default]
    Start,
    /// In a line that may be a code fence.
    Fence(String),
    /// In a reply that is not an object.
    Prose,
    /// Before a key or the end of the object.
    BeforeKey,
    Key {
        name: String,
        string: JsonString,
    },
    BeforeColon {
        field: Option<Field>,
    },
    BeforeValue {
        field: Option<Field>,
    },
    /// In the text of a field.
    Value {
        field: Field,
        string: JsonString,
    },
    /// In a value that is skipped.
    Other {
        depth: usize,
        string: Option<JsonString>,
    },
    AfterValue,
    /// After the object or a syntax error.
    Over,
}

/// The maximum bytes of a key that is compared.
const LONGEST_KEY: usize = "statement".len();

/// Objects of a reply that are tried, since each may be as long as the reply.
const MOST_TRIED: usize = 8;

/// The longest line of a code fence before JSON.
const FENCE: &str = "```json";

fn is_fence(line: &str) -> bool {
    line == "```" || line.eq_ignore_ascii_case(FENCE)
}

impl OpeningObject {
    /// Reads a piece of the reply. Returns the text that it adds to the opening.
    pub(super) fn push(&mut self, piece: &str) -> String {
        let mut text = String::new();
        for c in piece.chars() {
            self.state = self.step(c, &mut text);
        }
        text
    }

    /// Reads the one opening of a whole reply that has other text in front of its object, or around it.
    /// `None` if the reply has no object with both an answer and a statement, or several.
    pub(super) fn embedded(reply: &str) -> Option<String> {
        let starts = reply.match_indices('{').map(|(at, _)| &reply[at..]);
        let is_object = |text: &&str| text[1..].trim_start().starts_with('"');
        let openings = starts.filter(is_object).take(MOST_TRIED).filter_map(|text| {
            let mut object = Self::default();
            let opening = object.push(text);
            (object.begun.len() == 2).then_some(opening)
        });
        let mut openings = openings.fuse();
        openings.next().filter(|_| openings.next().is_none())
    }

    /// Whether a part of an answer or of a statement was read.
    pub(super) const fn has_begun(&self) -> bool {
        !self.begun.is_empty()
    }

    fn step(&mut self, c: char, text: &mut String) -> State {
        let blank = c.is_ascii_whitespace();
        match std::mem::take(&mut self.state) {
            State::Start if blank => State::Start,
            State::Start if c == '{' => State::BeforeKey,
            State::Start if c == '`' => State::Fence(c.into()),
            State::Fence(line) if blank && is_fence(&line) => State::Start,
            State::Fence(line) if c == '{' && is_fence(&line) => State::BeforeKey,
            State::Fence(mut line) => {
                line.push(c);
                if FENCE.starts_with(&line.to_ascii_lowercase()) {
                    return State::Fence(line);
                }
                text.push_str(&line);
                State::Prose
            }
            State::Start | State::Prose => {
                text.push(c);
                State::Prose
            }
            State::BeforeKey if blank => State::BeforeKey,
            State::BeforeKey if c == '"' => {
                State::Key { name: String::new(), string: JsonString::default() }
            }
            State::Key { mut name, mut string } => match string.push(c) {
                Decoded::Text(chars) => {
                    let room = name.len() <= LONGEST_KEY;
                    name.extend(chars.into_iter().flatten().filter(|_| room));
                    State::Key { name, string }
                }
                Decoded::End => State::BeforeColon { field: self.field(&name) },
                Decoded::Invalid => State::Over,
            },
            State::BeforeColon { field } if blank => State::BeforeColon { field },
            State::BeforeColon { field } if c == ':' => State::BeforeValue { field },
            State::BeforeValue { field } if blank => State::BeforeValue { field },
            State::BeforeValue { field: Some(field) } if c == '"' => {
                State::Value { field, string: JsonString::default() }
            }
            State::BeforeValue { .. } => Self::other(0, None, c),
            State::Value { field, mut string } => match string.push(c) {
                Decoded::Text(chars) => {
                    for c in chars.into_iter().flatten() {
                        self.push_text(field, c, text);
                    }
                    State::Value { field, string }
                }
                Decoded::End => State::AfterValue,
                Decoded::Invalid => State::Over,
            },
            State::Other { depth, string } => Self::other(depth, string, c),
            State::AfterValue if blank => State::AfterValue,
            State::AfterValue if c == ',' => State::BeforeKey,
            State::BeforeKey | State::BeforeColon { .. } | State::AfterValue | State::Over => {
                State::Over
            }
        }
    }

    /// Returns the field of a key, unless it occurred before.
    fn field(&self, key: &str) -> Option<Field> {
        let field = match key {
            "answer" => Field::Answer,
            "statement" => Field::Statement,
            _ => return None,
        };
        (!self.begun.contains(&field)).then_some(field)
    }

    fn push_text(&mut self, field: Field, c: char, text: &mut String) {
        if self.begun.last() != Some(&field) {
            if !self.begun.is_empty() {
                text.push('\n');
            }
            if field == Field::Answer {
                text.push_str("Answer: ");
            }
            self.begun.push(field);
        }
        text.push(match field {
            Field::Answer if c.is_control() => ' ',
            Field::Answer | Field::Statement => c,
        });
    }

    fn other(depth: usize, string: Option<JsonString>, c: char) -> State {
        if let Some(mut string) = string {
            return match string.push(c) {
                Decoded::Text(_) => State::Other { depth, string: Some(string) },
                Decoded::End if depth == 0 => State::AfterValue,
                Decoded::End => State::Other { depth, string: None },
                Decoded::Invalid => State::Over,
            };
        }
        match (c, depth) {
            ('"', _) => State::Other { depth, string: Some(JsonString::default()) },
            ('{' | '[', _) => State::Other { depth: depth + 1, string: None },
            (',', 0) => State::BeforeKey,
            ('}' | ']', 0) => State::Over,
            ('}' | ']', 1) => State::AfterValue,
            ('}' | ']', _) => State::Other { depth: depth - 1, string: None },
            _ => State::Other { depth, string: None },
        }
    }
}

#[cfg(test)]
mod tests;
