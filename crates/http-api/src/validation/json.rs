use serde_json::Value;

use super::{Mistake, Origin, Path};
use crate::error::{FieldProblem, Place};

/// Reads JSON of so much depth, after a byte order mark if there is one. Of keys that come twice
/// the last counts.
pub(crate) fn parse(bytes: &[u8], depth: usize) -> Result<Value, Box<FieldProblem>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Some(offset) = too_deep(bytes, depth) {
        let error = format!("nested more than {depth} deep");
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
    let mut problem =
        Mistake::not_json(error).at(&Path::Origin(Origin::Body), Value::Object(Default::default()));
    problem.loc.push(Place::Index(characters));
    Box::new(problem)
}

/// Where the nesting gets deeper than that.
fn too_deep(bytes: &[u8], most: usize) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (offset, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > most {
            return Some(offset);
        }
    }
    None
}

/// serde_json counts lines and columns from 1, and bytes; its column is that of the byte it
/// stumbled over, but at the end of the text that of the last one.
fn offset_of(bytes: &[u8], error: &serde_json::Error) -> usize {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1));
    let column = error.column();
    lines.map(<[u8]>::len).sum::<usize>()
        + if error.is_eof() { column } else { column.saturating_sub(1) }
}

/// The words of Python's `json`, where it has them.
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
