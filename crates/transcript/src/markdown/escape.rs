//! Text that models and people wrote, as Markdown that only shows it (CommonMark and the tables,
//! strike-throughs, footnotes and formulae of GitHub).

/// A text of many lines as a block quote, line by line.
pub(super) fn quote(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let mut quoted = String::new();
    for (i, text) in lines.iter().enumerate() {
        // A backslash at the end keeps the line break; before a blank line it would be shown.
        let breaks = !text.is_empty() && lines.get(i + 1).is_some_and(|next| !next.is_empty());
        let (space, end) = (if text.is_empty() { "" } else { " " }, if breaks { "\\" } else { "" });
        quoted.extend([">", space, &escaped(text), end, "\n"]);
    }
    quoted
}

/// A text on one line, for headings, table cells and sentences.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let list_mark = list_mark(text);
    for (i, c) in text.char_indices() {
        let begins_block = i == 0 && matches!(c, '-' | '+' | '=' | ':');
        if is_mark(c) || begins_block || list_mark == Some(i) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// The index of the mark after the number, if the line would begin a numbered list.
fn list_mark(text: &str) -> Option<usize> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let after = rest.strip_prefix(['.', ')'])?;
    let is_item = rest.len() < text.len() && (after.is_empty() || after.starts_with([' ', '\t']));
    is_item.then_some(text.len() - rest.len())
}

const fn is_mark(c: char) -> bool {
    matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '#' | '|' | '~' | '$' | '^')
}
