use regex::Regex;
use serde_json::{Number, Value};

use super::{ValidationError, lax};

/// A text with limits of its length in characters.
#[derive(Debug)]
pub(in crate::validation) struct Text {
    pub(super) fewest: usize,
    pub(super) most: usize,
    pub(super) pattern: Option<Regex>,
}

/// A whole number within a range.
#[derive(Debug)]
pub(in crate::validation) struct Integer {
    pub(super) least: i128,
    pub(super) most: i128,
}

/// A number within a range, or any finite one.
#[derive(Debug)]
pub(in crate::validation) struct Float {
    pub(super) least: Option<f64>,
    pub(super) most: Option<f64>,
}

impl Text {
    pub(super) fn judge(&self, value: &Value) -> Result<(), ValidationError> {
        let Value::String(text) = value else {
            return Err(ValidationError::new("string_type", "Input should be a valid string"));
        };
        if text.len() > self.most && text.chars().count() > self.most {
            return Err(ValidationError::text_too_long(self.most));
        }
        if self.fewest > 0 && text.chars().take(self.fewest).count() < self.fewest {
            return Err(ValidationError::text_too_short(self.fewest));
        }
        match &self.pattern {
            Some(pattern) if !pattern.is_match(text) => {
                Err(ValidationError::mismatch(pattern.as_str()))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl Integer {
    /// The number, if the value is not it already.
    pub(super) fn judge(&self, value: &Value) -> Result<Option<Value>, ValidationError> {
        let number = lax::whole(value)?;
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

/// Bounds and what lies between them are numbers of JSON, since no range exceeds 64 bits.
fn exactly(number: i128) -> Number {
    Number::from_i128(number).unwrap_or_else(|| Number::from(0))
}

impl Float {
    /// The number, if the value is not one already.
    pub(super) fn judge(&self, value: &Value) -> Result<Option<Value>, ValidationError> {
        let number = lax::share(value)?;
        // As Pydantic does: NaN is not within any range, and over its end.
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
