use std::{fmt::Display, ops::RangeInclusive};

use serde_json::{Map, Value};
use synod_agents::TextInput;
use synod_domain::check_text;

use crate::response::error::{ApiError, FieldProblem, Place};

/// The names under which the text of a task may come.
const TEXT: [&str; 4] = ["text", "message", "prompt", "input"];

/// Most texts to embed in one task.
const MOST_TEXTS: usize = 256;

/// The parameters of a task, and their problems. Further ones are ignored; null is as
/// good as nothing.
pub(super) struct Parameters {
    sent: Map<String, Value>,
    problems: Vec<FieldProblem>,
}

impl Parameters {
    pub(super) fn new(sent: Map<String, Value>) -> Self {
        Self { sent, problems: Vec::new() }
    }

    /// The input of a text operation.
    pub(super) fn writing(&mut self) -> TextInput {
        let (name, text) = self.text();
        let text = self.string(&[name.into()], &text).unwrap_or_default();
        let [instructions, context, question] =
            ["instructions", "context", "question"].map(|name| self.optional(name));
        #[expect(clippy::cast_possible_truncation, reason = "a temperature needs few digits")]
        let temperature = self.number("temperature", 0.0..=2.0).map(|number| number as f32);
        let max_tokens = self.count("max_tokens", 1..=8_192);
        TextInput { text, instructions, context, question, temperature, max_tokens }
    }

    /// The texts to embed: one text or a list.
    pub(super) fn texts(&mut self) -> Vec<String> {
        let (name, text) = self.text();
        let Value::Array(texts) = text else {
            return self.string(&[name.into()], &text).into_iter().collect();
        };
        if texts.is_empty() || texts.len() > MOST_TEXTS {
            let reason = format!("give 1 to {MOST_TEXTS} texts");
            let length = texts.len();
            self.problems.push(FieldProblem::value_error(at(&[name.into()]), reason, length));
            return Vec::new();
        }
        let text = |(index, text)| self.string(&[name.into(), Place::Index(index)], text);
        texts.iter().enumerate().filter_map(text).collect()
    }

    /// Says what was wrong.
    pub(super) fn check(self) -> Result<(), ApiError> {
        if self.problems.is_empty() { Ok(()) } else { Err(ApiError::Invalid(self.problems)) }
    }

    /// The text under whichever name it came.
    fn text(&mut self) -> (&'static str, Value) {
        let given: Vec<_> = TEXT.into_iter().filter(|name| self.given(name).is_some()).collect();
        match given[..] {
            [name] => return (name, self.sent[name].clone()),
            [] => {
                let sent = Value::Object(self.sent.clone());
                self.refuse(&[TEXT[0].into()], "missing", "Field required", sent, None);
            }
            _ => {
                let reason =
                    format!("give one of {}, not {}", TEXT.join(", "), given.join(" and "));
                let sent = Value::Object(self.sent.clone());
                self.problems.push(FieldProblem::value_error(at(&[]), reason, sent));
            }
        }
        // Reported already; the placeholder raises no other problem.
        (TEXT[0], "-".into())
    }

    fn given(&self, name: &str) -> Option<&Value> {
        self.sent.get(name).filter(|value| !value.is_null())
    }

    fn optional(&mut self, name: &'static str) -> Option<String> {
        let value = self.given(name)?.clone();
        self.string(&[name.into()], &value)
    }

    fn string(&mut self, place: &[Place], value: &Value) -> Option<String> {
        match value.as_str() {
            Some(text) if text.trim().is_empty() => {
                let limit = Some(("min_length", 1.into()));
                let msg = "String should have at least 1 character";
                self.refuse(place, "string_too_short", msg, value.clone(), limit);
                None
            }
            Some(text) => match check_text(text) {
                Ok(()) => Some(text.to_owned()),
                Err(error) => {
                    let loc = at(place);
                    self.problems.push(FieldProblem::value_error(loc, error.to_string(), text));
                    None
                }
            },
            None => {
                let msg = "Input should be a valid string";
                self.refuse(place, "string_type", msg, value.clone(), None);
                None
            }
        }
    }

    fn count(&mut self, name: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        let value = self.given(name)?.clone();
        let number = value.as_f64();
        if number.is_some_and(|number| number.fract() != 0.0) {
            let msg = "Input should be a valid integer, got a number with a fractional part";
            self.refuse(&[name.into()], "int_from_float", msg, value, None);
            return None;
        }
        let count = self.within(name, "int_type", "Input should be a valid integer", number, range);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole and within a range of u32"
        )]
        count.map(|count| count as u32)
    }

    fn number(&mut self, name: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        let number = self.given(name)?.as_f64();
        self.within(name, "float_type", "Input should be a valid number", number, range)
    }

    /// The number, if it is one and within the range.
    fn within<N: Copy + Display + Into<f64> + Into<Value>>(
        &mut self,
        name: &'static str,
        kind: &'static str,
        msg: &str,
        number: Option<f64>,
        range: RangeInclusive<N>,
    ) -> Option<f64> {
        let input = self.sent[name].clone();
        let place = [Place::from(name)];
        let (least, most) = range.into_inner();
        match number {
            None => self.refuse(&place, kind, msg, input, None),
            Some(number) if number < least.into() => {
                let msg = format!("Input should be greater than or equal to {least}");
                self.refuse(&place, "greater_than_equal", &msg, input, Some(("ge", least.into())));
            }
            Some(number) if number > most.into() => {
                let msg = format!("Input should be less than or equal to {most}");
                self.refuse(&place, "less_than_equal", &msg, input, Some(("le", most.into())));
            }
            Some(number) => return Some(number),
        }
        None
    }

    fn refuse(
        &mut self,
        place: &[Place],
        kind: &'static str,
        msg: &str,
        input: Value,
        limit: Option<(&str, Value)>,
    ) {
        let ctx = limit.map(|(name, limit)| (name.to_owned(), limit)).into_iter().collect();
        self.problems.push(FieldProblem { kind, loc: at(place), msg: msg.to_owned(), input, ctx });
    }
}

fn at(place: &[Place]) -> Vec<Place> {
    let above = ["body".into(), "parameters".into()];
    above.into_iter().chain(place.iter().cloned()).collect()
}
