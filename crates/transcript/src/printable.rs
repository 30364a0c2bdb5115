/// Removes the characters of a text that could control a terminal or a page: control characters, except
/// LF and TAB, and marks that change the direction of writing. CR LF and other line and paragraph
/// separators become LF.
///
/// ```
/// use synod_transcript::printable;
/// assert_eq!(printable("a\u{1b}[31mred\u{202e}\r\nb"), "a[31mred\nb");
/// ```
#[must_use]
pub fn printable(text: &str) -> String {
    let lines = text.replace("\r\n", "\n");
    lines.chars().filter_map(shown).collect()
}

fn shown(c: char) -> Option<char> {
    match c {
        '\n' | '\t' => Some(c),
        '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        c if c.is_control() || changes_direction(c) => None,
        c => Some(c),
    }
}

fn changes_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The printable text on one line: runs of white space become one space, and white space at the ends is
/// removed.
pub(crate) fn on_one_line(text: &str) -> String {
    in_line(text).trim().to_owned()
}

/// The printable text as a part of a line: runs of white space become one space.
pub(crate) fn in_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            c if !c.is_whitespace() => line.push(c),
            _ if line.ends_with(' ') => {}
            _ => line.push(' '),
        }
    }
    line
}
