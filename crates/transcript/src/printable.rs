/// A text without what a terminal or a page would obey: control characters (LF and TAB aside) and
/// the marks that turn the direction of writing are left out. CR LF becomes LF; other line and
/// paragraph separators become LF too.
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
        c if c.is_control() || turns_direction(c) => None,
        c => Some(c),
    }
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The printable text on one line, every run of white space one space, none at its ends.
pub(crate) fn on_one_line(text: &str) -> String {
    in_line(text).trim().to_owned()
}

/// The printable text as a part of a line, every run of white space one space.
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
