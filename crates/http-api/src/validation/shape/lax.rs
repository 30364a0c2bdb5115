//! What Pydantic takes for a number or a truth value, though it is written as something else.

use serde_json::{Number, Value};

use super::ValidationError;

/// Longest text that is read as a whole number.
const LONGEST_WHOLE: usize = 4_300;

/// A whole number: `7`, `7.0`, `true`, `" 7 "`, `"7.00"`, `"1_000"`. Beyond 128 bits the nearest.
pub(super) fn whole(value: &Value) -> Result<i128, ValidationError> {
    match value {
        Value::Bool(flag) => Ok(i128::from(*flag)),
        Value::Number(number) => whole_of_number(number),
        Value::String(text) if text.len() > LONGEST_WHOLE => Err(ValidationError::new(
            "int_parsing_size",
            "Unable to parse input string as an integer, exceeded maximum size",
        )),
        Value::String(text) => whole_of_text(text.trim()).ok_or_else(|| {
            ValidationError::new(
                "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer",
            )
        }),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(ValidationError::new("int_type", "Input should be a valid integer"))
        }
    }
}

fn whole_of_number(number: &Number) -> Result<i128, ValidationError> {
    if let Some(whole) = number.as_i128() {
        return Ok(whole);
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

fn whole_of_text(text: &str) -> Option<i128> {
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

/// Underscores stand singly, between other characters.
fn is_grouped(text: &str) -> bool {
    !text.starts_with('_') && !text.ends_with('_') && !text.contains("__")
}

/// A number: `0.5`, `true`, `" 0.5 "`, `"1e3"`, `"1_000"`, `"nan"`.
pub(super) fn share(value: &Value) -> Result<f64, ValidationError> {
    match value {
        Value::Bool(flag) => Ok(f64::from(u8::from(*flag))),
        Value::Number(number) => Ok(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => share_of_text(text.trim()).ok_or_else(|| {
            ValidationError::new(
                "float_parsing",
                "Input should be a valid number, unable to parse string as a number",
            )
        }),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(ValidationError::new("float_type", "Input should be a valid number"))
        }
    }
}

/// `None`: the text is not a number, which the caller reports.
fn share_of_text(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return text.parse().ok();
    }
    is_grouped(text).then(|| text.replace('_', "").parse().ok()).flatten()
}

/// A truth value: `true`, 1, `1.0`, `"true"`, `"t"`, `"yes"`, `"y"`, `"on"`, `"1"`, and their
/// opposites.
pub(super) fn flag(value: &Value) -> Result<bool, ValidationError> {
    const NOT_READ: &str = "Input should be a valid boolean, unable to interpret input";
    let not_read = || ValidationError::new("bool_parsing", NOT_READ);
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) => flag_of_text(text).ok_or_else(not_read),
        Value::Number(number) => match number.as_f64() {
            Some(0.0) => Ok(false),
            Some(1.0) => Ok(true),
            Some(other) if other.fract() == 0.0 => Err(not_read()),
            Some(_) | None => Err(not_a_flag()),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => Err(not_a_flag()),
    }
}

fn not_a_flag() -> ValidationError {
    ValidationError::new("bool_type", "Input should be a valid boolean")
}

fn flag_of_text(text: &str) -> Option<bool> {
    let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(&["1", "true", "t", "yes", "y", "on"]) {
        Some(true)
    } else if is_one_of(&["0", "false", "f", "no", "n", "off"]) {
        Some(false)
    } else {
        None
    }
}
