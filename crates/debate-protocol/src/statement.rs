//! What a reply leaves of itself in the log.

use synod_domain::norm;

/// Most characters of a statement.
const LONGEST: usize = 32_768;

/// A text fit for the log.
pub(crate) struct Statement {
    pub(crate) text: String,
    /// It was longer than statements may be.
    pub(crate) cut: bool,
}

/// CRLF becomes LF; control characters but LF and TAB are removed; trimmed.
pub(crate) fn clean(text: &str) -> String {
    let kept = text.replace("\r\n", "\n");
    let kept: String =
        kept.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    kept.trim().to_owned()
}

/// Cleaned, and cut at 32,768 characters.
pub(crate) fn clean_and_cut(text: &str) -> Statement {
    let mut text = clean(text);
    let end = text.char_indices().nth(LONGEST).map(|(at, _)| at);
    if let Some(end) = end {
        text.truncate(end);
        text.truncate(text.trim_end().len());
    }
    Statement { text, cut: end.is_some() }
}

/// Whether a text is as [`clean_and_cut`] leaves texts.
pub(crate) fn is_clean(text: &str) -> bool {
    let Statement { text: cleaned, cut } = clean_and_cut(text);
    !cut && cleaned == text
}

/// Whether a statement says that its speaker has nothing to add.
pub(crate) fn is_pass(text: &str) -> bool {
    norm(text) == "pass"
}

/// The first sentence: to the first `.`, `!` or `?` before white space or the end, or to a line end.
/// The number of a list's item, as `1.`, is no part of it.
pub(crate) fn first_sentence(text: &str) -> &str {
    let text = without_number(text.trim_start());
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        if c == '\n' {
            return text[..at].trim_end();
        }
        if matches!(c, '.' | '!' | '?') && next.is_none_or(char::is_whitespace) {
            return &text[..at + c.len_utf8()];
        }
    }
    text.trim_end()
}

fn without_number(item: &str) -> &str {
    let rest = item.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_number = rest.len() < item.len();
    let marked = rest.strip_prefix(['.', ')']).filter(|rest| rest.starts_with(char::is_whitespace));
    marked.filter(|_| is_number).map_or(item, str::trim_start)
}

/// The beginning of a text, at most so many characters.
pub(crate) fn beginning(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_log() {
        assert_eq!(clean(" \u{1b}[31mred\u{7}\r\nnext\ttab\u{0} "), "[31mred\nnext\ttab");
    }

    #[test]
    fn a_megabyte_is_cut_at_a_character() {
        let Statement { text, cut } = clean_and_cut(&"é".repeat(1_000_000));
        assert!(cut);
        assert_eq!(text.chars().count(), 32_768);
        assert!(!clean_and_cut(&"é".repeat(32_768)).cut);
    }

    #[test]
    fn a_sentence_ends_where_a_reader_says_so() {
        assert_eq!(first_sentence("It costs 3.5 million. Too much."), "It costs 3.5 million.");
        assert_eq!(first_sentence("One line\nand another."), "One line");
        assert_eq!(first_sentence("What? No!"), "What?");
        assert_eq!(first_sentence("1. Ban cars. Now."), "Ban cars.");
        assert_eq!(first_sentence("12) Ban cars"), "Ban cars");
        for whole in ["1.5 million", "2030", ". Yes", "1."] {
            assert_eq!(first_sentence(whole), whole.trim_end_matches(" Yes"));
        }
        assert_eq!(first_sentence("no end"), "no end");
        assert_eq!(first_sentence(""), "");
    }
}
