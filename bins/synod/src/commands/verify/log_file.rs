use std::{
    io::{BufRead, Read},
    path::Path,
};

use serde_json::error::Category;
use synod_domain::Recorded;

use crate::CliError;

/// Maximum bytes of an event.
const MAX_EVENT_BYTES: u64 = 4 << 20;
/// Some editors write it at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the events, each with its line number.
pub(super) fn read(
    mut input: impl BufRead,
    path: &Path,
) -> Result<Vec<(usize, Recorded)>, CliError> {
    let unreadable = |source| CliError::Read { path: path.to_owned(), source };
    let mut events = Vec::new();
    for number in 1.. {
        let mut line = Vec::new();
        let read =
            (&mut input).take(MAX_EVENT_BYTES).read_until(b'\n', &mut line).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        if read as u64 == MAX_EVENT_BYTES {
            return Err(CliError::BrokenLog(format!(
                "line {number}: longer than the limit of {MAX_EVENT_BYTES} bytes"
            )));
        }
        if number == 1 && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        let is_whole = line.ends_with(b"\n");
        if line.trim_ascii().is_empty() {
            continue;
        }
        let event = serde_json::from_slice(&line).map_err(|error| {
            let what = if is_whole || !error.is_eof() {
                invalid_event(&error)
            } else {
                "the log ends in the middle of an event".to_owned()
            };
            CliError::BrokenLog(format!("line {number}: {what}"))
        })?;
        events.push((number, event));
    }
    Ok(events)
}

/// Describes why a line is not an event, without the line number within the JSON.
fn invalid_event(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let detail = text.split(" at line ").next().unwrap_or_default();
    let detail = match error.classify() {
        Category::Data if !detail.contains("expected struct") => format!(" ({detail})"),
        Category::Data | Category::Syntax | Category::Eof | Category::Io => String::new(),
    };
    format!(
        "not an event of a debate{detail}; a log has one event per line, as written by \
         `synod debate -o ndjson`"
    )
}
