use regex::Regex;
use serde_json::{Number, Value};

use super::{TextRule, lax};
use crate::validation_error::ValidationError;

/// A text with limits of its length in characters.
#[derive(Debug)]
pub(crate) struct Text {
    pub(super) fewest: usize,
    pub(super) most: usize,
    /// White space at both ends does not count towards `fewest`.
    pub(super) blank_is_empty: bool,
    pub(super) pattern: Option<Regex>,
    pub(super) rule: Option<TextRule>,
}

/// An integer within a range.
#[derive(Debug)]
pub(crate) struct Integer {
    pub(super) least: i128,
    pub(super) most: i128,
    /// Only JSON numbers are accepted.
    pub(super) is_strict: bool,
}

/// A number within a range, or any finite one.
#[derive(Debug)]
pub(crate) struct Float {
    pub(super) least: Option<f64>,
    pub(super) most: Option<f64>,
    /// Only JSON numbers are accepted.
    pub(super) is_strict: bool,
}

impl Text {
    pub(super) fn judge(&self, value: &Value) -> Result<(), ValidationError> {
        let Value::String(text) = value else {
            return Err(ValidationError::new("string_type", "Input should be a valid string"));
        };
        if text.len() > self.most && text.chars().count() > self.most {
            return Err(ValidationError::text_too_long(self.most));
        }
        let counted = if self.blank_is_empty { text.trim() } else { text };
        if self.fewest > 0 && counted.chars().take(self.fewest).count() < self.fewest {
            return Err(ValidationError::text_too_short(self.fewest));
        }
        if let Some(pattern) = &self.pattern
            && !pattern.is_match(text)
        {
            return Err(ValidationError::mismatch(pattern.as_str()));
        }
        let broken = self.rule.and_then(|rule| rule(text).err());
        broken.map_or(Ok(()), |reason| Err(ValidationError::rule(&reason)))
    }
}

impl Integer {
    /// Returns the number unless the value already is that number.
    pub(super) fn judge(&self, value: &Value) -> Result<Option<Value>, ValidationError> {
        let number = if self.is_strict {
            lax::integer_of_number(value.as_number().ok_or_else(lax::not_an_integer)?)?
        } else {
            lax::integer(value)?
        };
        if number > self.most {
            return Err(ValidationError::over(exactly(self.most)));
        }
        if number < self.least {
            return Err(ValidationError::under(exactly(self.least)));
        }
        let is_it = value.is_i64() || value.is_u64();
        Ok((!is_it).then(|| Value::Number(exactly(number))))
    }
}

/// Bounds, and numbers between them, are JSON numbers, since no range exceeds 64 bits.
fn exactly(number: i128) -> Number {
    Number::from_i128(number).unwrap_or_else(|| Number::from(0))
}

impl Float {
    /// Returns the number unless the value already is a number.
    pub(super) fn judge(&self, value: &Value) -> Result<Option<Value>, ValidationError> {
        if self.is_strict && !value.is_number() {
            return Err(lax::not_a_float());
        }
        let number = lax::float(value)?;
        // As in Pydantic, NaN is within no range, and above its end.
        if let Some(most) = self.most.filter(|most| number.is_nan() || number > *most) {
            return Err(ValidationError::over(most));
        }
        if let Some(least) = self.least.filter(|least| number.is_nan() || number < *least) {
            return Err(ValidationError::under(least));
        }
        let Some(number) = Number::from_f64(number) else {
            return Err(ValidationError::new("finite_number", "Input should be a finite number"));
        };
        Ok((!value.is_number()).then_some(Value::Number(number)))
    }
}
