use super::json_string::{Decoded, JsonString};

/// Reads an opening out of its JSON object while the object is being written:
/// `{"answer": "X", "statement": "Y"}` becomes the line `Answer: X` and the text `Y`.
///
/// A fence of code before the object says nothing; models that are asked for JSON in words like to
/// write one. What does not begin as an object is passed on as it is. Of an object that is no valid JSON, or
/// that breaks off, what was read before stays.
#[derive(Debug, Default)]
pub(super) struct OpeningObject {
    state: State,
    /// Fields of which a part was reported, in order.
    told: Vec<Field>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Answer,
    Statement,
}

#[derive(Debug, Default)]
enum State {
    /// Nothing but white space yet.
    #[default]
    Start,
    /// In what may be the line of a fence.
    Fence(String),
    /// It is no object.
    Prose,
    /// Before a key, or the end.
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
    /// In a value that is not reported.
    Other {
        depth: usize,
        string: Option<JsonString>,
    },
    AfterValue,
    /// Behind the object, or where it stops being JSON.
    Over,
}

/// Longer keys are none of ours.
const LONGEST_KEY: usize = "statement".len();

/// The longest line of a fence before JSON.
const FENCE: &str = "```json";

fn is_fence(line: &str) -> bool {
    line == "```" || line.eq_ignore_ascii_case(FENCE)
}

impl OpeningObject {
    /// Takes a piece of the object; returns what it adds to the opening.
    pub(super) fn push(&mut self, piece: &str) -> String {
        let mut told = String::new();
        for c in piece.chars() {
            self.state = self.step(c, &mut told);
        }
        told
    }

    fn step(&mut self, c: char, told: &mut String) -> State {
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
                told.push_str(&line);
                State::Prose
            }
            State::Start | State::Prose => {
                told.push(c);
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
                        self.tell(field, c, told);
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

    /// The field of a key, unless it was reported before.
    fn field(&self, key: &str) -> Option<Field> {
        let field = match key {
            "answer" => Field::Answer,
            "statement" => Field::Statement,
            _ => return None,
        };
        (!self.told.contains(&field)).then_some(field)
    }

    fn tell(&mut self, field: Field, c: char, told: &mut String) {
        if self.told.last() != Some(&field) {
            if !self.told.is_empty() {
                told.push('\n');
            }
            if field == Field::Answer {
                told.push_str("Answer: ");
            }
            self.told.push(field);
        }
        told.push(match field {
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
