//! Pydantic's lax mode: values that are accepted as numbers and booleans though they are written as
//! something else.

use serde_json::{Number, Value};

use crate::validation_error::ValidationError;

/// The longest text that is read as an integer, in bytes.
const LONGEST_INTEGER: usize = 4_300;

/// Reads an integer: `7`, `7.0`, `true`, `" 7 "`, `"7.00"`, `"1_000"`. Saturates at 128 bits.
pub(super) fn integer(value: &Value) -> Result<i128, ValidationError> {
    match value {
        Value::Bool(flag) => Ok(i128::from(*flag)),
        Value::Number(number) => integer_of_number(number),
        Value::String(text) if text.len() > LONGEST_INTEGER => Err(ValidationError::new(
            "int_parsing_size",
            "Unable to parse input string as an integer, exceeded maximum size",
        )),
        Value::String(text) => integer_of_text(text.trim()).ok_or_else(|| {
            ValidationError::new(
                "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer",
            )
        }),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(not_an_integer()),
    }
}

pub(super) fn not_an_integer() -> ValidationError {
    ValidationError::new("int_type", "Input should be a valid integer")
}

pub(super) fn integer_of_number(number: &Number) -> Result<i128, ValidationError> {
    if let Some(integer) = number.as_i128() {
        return Ok(integer);
    }
    let number = number.as_f64().unwrap_or_default();
    if number.fract() != 0.0 {
        return Err(ValidationError::new(
            "int_from_float",
            "Input should be a valid integer, got a number with a fractional part",
        ));
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole, and the cast saturates")]
    Ok(number as i128)
}

fn integer_of_text(text: &str) -> Option<i128> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, zeros) = text.split_once('.').unwrap_or((text, "0"));
    let is_whole = !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0');
    if !is_whole || digits.is_empty() || !is_grouped(digits) {
        return None;
    }
    digits.bytes().filter(|byte| *byte != b'_').try_fold(0_i128, |sum, byte| {
        let digit = i128::from(byte.is_ascii_digit().then(|| byte - b'0')?);
        let digit = if negative { -digit } else { digit };
        Some(sum.saturating_mul(10).saturating_add(digit))
    })
}

/// Underscores are single and between other characters.
fn is_grouped(text: &str) -> bool {
    !text.starts_with('_') && !text.ends_with('_') && !text.contains("__")
}

/// Reads a number: `0.5`, `true`, `" 0.5 "`, `"1e3"`, `"1_000"`, `"nan"`.
pub(super) fn float(value: &Value) -> Result<f64, ValidationError> {
    match value {
        Value::Bool(flag) => Ok(f64::from(u8::from(*flag))),
        Value::Number(number) => Ok(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => float_of_text(text.trim()).ok_or_else(|| {
            ValidationError::new(
                "float_parsing",
                "Input should be a valid number, unable to parse string as a number",
            )
        }),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(not_a_float()),
    }
}

pub(super) fn not_a_float() -> ValidationError {
    ValidationError::new("float_type", "Input should be a valid number")
}

/// `None`: the text is not a number, which the caller reports.
fn float_of_text(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return text.parse().ok();
    }
    is_grouped(text).then(|| text.replace('_', "").parse().ok()).flatten()
}

/// Reads a boolean: `true`, 1, `1.0`, `"true"`, `"t"`, `"yes"`, `"y"`, `"on"`, `"1"`, and their
/// opposites.
pub(super) fn boolean(value: &Value) -> Result<bool, ValidationError> {
    const NOT_READ: &str = "Input should be a valid boolean, unable to interpret input";
    let not_read = || ValidationError::new("bool_parsing", NOT_READ);
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) => boolean_of_text(text).ok_or_else(not_read),
        Value::Number(number) => match number.as_f64() {
            Some(0.0) => Ok(false),
            Some(1.0) => Ok(true),
            Some(other) if other.fract() == 0.0 => Err(not_read()),
            Some(_) | None => Err(not_a_boolean()),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => Err(not_a_boolean()),
    }
}

fn not_a_boolean() -> ValidationError {
    ValidationError::new("bool_type", "Input should be a valid boolean")
}

fn boolean_of_text(text: &str) -> Option<bool> {
    let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(&["1", "true", "t", "yes", "y", "on"]) {
        Some(true)
    } else if is_one_of(&["0", "false", "f", "no", "n", "off"]) {
        Some(false)
    } else {
        None
    }
}
