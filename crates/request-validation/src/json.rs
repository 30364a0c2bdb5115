use serde_json::Value;

use crate::{FieldProblem, Origin, Place, path::Path, validation_error::ValidationError};

/// How much structure a JSON body may have. The limit of its bytes is the caller's to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonLimits {
    /// Lists and objects within one another.
    pub depth: usize,
    /// Values, including nested ones: each takes many times the memory of the two bytes that it may
    /// be written with.
    pub values: usize,
}

impl JsonLimits {
    /// Returns the limits for bodies of up to `longest_body` bytes: one value for each 64 bytes, so that
    /// the values take no more than about twice the memory of the longest body, and at least 16,384.
    #[must_use]
    pub fn new(depth: usize, longest_body: usize) -> Self {
        const BYTES_PER_VALUE: usize = 64;
        Self { depth, values: (longest_body / BYTES_PER_VALUE).max(16_384) }
    }
}

impl Default for JsonLimits {
    /// 64 deep, for bodies of up to 1 MiB.
    fn default() -> Self {
        Self::new(64, 1 << 20)
    }
}

/// Reads JSON, after a byte order mark if there is one. The last of several equal keys counts.
///
/// # Errors
/// Pydantic's `json_invalid` with the position in characters: the bytes are not JSON, or exceed the
/// limits.
pub fn parse(bytes: &[u8], limits: JsonLimits) -> Result<Value, Box<FieldProblem>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Some((offset, error)) = too_much(bytes, limits) {
        return Err(invalid(bytes, offset, &error));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let (offset, words) = (offset_of(bytes, &error), in_python(&error.to_string()));
        invalid(bytes, offset, &words)
    })
}

fn invalid(bytes: &[u8], offset: usize, error: &str) -> Box<FieldProblem> {
    let before = &bytes[..offset.min(bytes.len())];
    let characters = String::from_utf8_lossy(before).chars().count();
    let mut problem = ValidationError::not_json(error)
        .at(&Path::Origin(Origin::Body), &Value::Object(Default::default()));
    problem.loc.push(Place::Index(characters));
    Box::new(problem)
}

/// Finds where a limit is exceeded, and names the limit. No value is built for it.
fn too_much(bytes: &[u8], most: JsonLimits) -> Option<(usize, String)> {
    let (mut depth, mut values, mut in_string, mut escaped) = (0_usize, 1_usize, false, false);
    for (offset, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => (depth, values) = (depth + 1, values + 1),
            b',' => values += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > most.depth {
            return Some((offset, format!("nested more than {} deep", most.depth)));
        }
        if values > most.values {
            return Some((offset, format!("more than {} values", most.values)));
        }
    }
    None
}

/// serde_json counts lines and columns from 1, in bytes. Its column is that of the byte it does not
/// expect; at the end of the text, that of the last byte.
fn offset_of(bytes: &[u8], error: &serde_json::Error) -> usize {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1));
    let column = error.column();
    lines.map(<[u8]>::len).sum::<usize>()
        + if error.is_eof() { column } else { column.saturating_sub(1) }
}

/// The message of Python's `json` module, where it has one.
fn in_python(error: &str) -> String {
    let reason = error.split(" at line ").next().unwrap_or(error);
    let python = match reason {
        "EOF while parsing a value" | "expected value" | "expected ident" => "Expecting value",
        "EOF while parsing an object" | "key must be a string" | "trailing comma" => {
            "Expecting property name enclosed in double quotes"
        }
        "EOF while parsing a string" => "Unterminated string starting at",
        "expected `:`" => "Expecting ':' delimiter",
        "expected `,` or `}`" | "expected `,` or `]`" | "invalid number" => {
            "Expecting ',' delimiter"
        }
        "trailing characters" => "Extra data",
        "invalid escape" => "Invalid \\escape",
        "control character (\\u0000-\\u001F) found while parsing a string" => {
            "Invalid control character at"
        }
        ours => ours,
    };
    python.to_owned()
}
