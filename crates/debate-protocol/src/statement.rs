//! What a reply leaves of itself in the log.

use synod_domain::{is_enclosing, is_sentence_end, norm};

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

/// Cleaned, on one line.
pub(crate) fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
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

/// The first sentence: to the first `.`, `!` or `?` before white space or the end, to a full stop of
/// another script (`。`, `؟`, `।`), or to a line end. Quotation marks and brackets that close behind
/// it belong to it; the number of a list's item, as `1.`, does not.
pub(crate) fn first_sentence(text: &str) -> &str {
    let text = without_number(text.trim_start());
    for (at, c) in text.char_indices() {
        if matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}') {
            return text[..at].trim_end();
        }
        let rest = &text[at + c.len_utf8()..];
        let behind = rest.trim_start_matches(is_enclosing);
        if is_sentence_end(c) && ends_sentence(c, behind) {
            return &text[..text.len() - behind.len()];
        }
    }
    text.trim_end()
}

/// Whether a mark with this behind it ends a sentence. Scripts that part no words need no space.
fn ends_sentence(mark: char, behind: &str) -> bool {
    let next = behind.chars().next();
    match mark {
        '．' | '\u{2024}' => next.is_none_or(|next| !next.is_alphanumeric()),
        mark if mark.is_ascii() => next.is_none_or(char::is_whitespace),
        _ => next.is_none_or(|next| !is_sentence_end(next)),
    }
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
        assert_eq!(first_sentence("He says “Sell it.” Now."), "He says “Sell it.”");
        for (text, sentence) in [
            ("卖掉它。太贵了。", "卖掉它。"),
            ("「売る。」と言う。", "「売る。」"),
            ("本当？！はい。", "本当？！"),
            ("هل نبيع؟ نعم.", "هل نبيع؟"),
            ("इसे बेचो। अभी।", "इसे बेचो।"),
            ("３．５万円だ．高い．", "３．５万円だ．高い．"),
            ("One\u{2028}two", "One"),
        ] {
            assert_eq!(first_sentence(text), sentence);
        }
        assert_eq!(first_sentence(""), "");
    }
}
