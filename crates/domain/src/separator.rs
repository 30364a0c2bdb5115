use crate::{is_colon, is_dash, is_invisible};

/// The text after the mark that separates it from its label, as in `Answer: …`,
/// `**Answer** — …` and `Answer = …`: a colon of any script, a dash, an arrow and their like.
///
/// A hyphen separates only beside white space or before anything but a small letter, as `answer-based` is
/// a word; and a dash right before a digit, with white space before it, is a minus.
pub(crate) fn behind_separator(text: &str) -> Option<&str> {
    let mark = text.trim_start_matches(is_gap);
    let is_spaced = text[..text.len() - mark.len()].contains(char::is_whitespace);
    let first = mark.chars().next()?;
    let behind = &mark[first.len_utf8()..];
    if is_colon(first) {
        return Some(behind);
    }
    if matches!(first, '=' | '＝' | '→' | '⇒' | '➜' | '➔' | '»' | '›' | '|' | '>') {
        return Some(behind.strip_prefix('>').unwrap_or(behind));
    }
    if !is_dash(first) {
        return None;
    }
    let rest = behind.trim_start_matches(is_dash);
    let rest = rest.strip_prefix('>').unwrap_or(rest);
    let next = rest.chars().next();
    if is_spaced && next.is_some_and(char::is_numeric) {
        return Some(mark);
    }
    let joins_words = matches!(first, '-' | '\u{2010}' | '\u{2011}' | '\u{fe63}' | '\u{ff0d}')
        && rest.len() == behind.len()
        && !is_spaced
        && next.is_some_and(char::is_lowercase);
    (!joins_words).then_some(rest)
}

/// White space, invisible characters, and the marks of bold text and code.
pub(crate) fn is_gap(c: char) -> bool {
    c.is_whitespace() || is_invisible(c) || matches!(c, '*' | '＊' | '_' | '＿' | '`' | '~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_and_dashes_separate() {
        for text in [
            ": x", "：x", " : x", " – x", "—x", " - x", "- x", " -- x", "** — x", " = x", " → x",
            " => x", " -> x",
        ] {
            assert_eq!(behind_separator(text).map(str::trim), Some("x"), "{text:?}");
        }
        assert_eq!(behind_separator(" -5"), Some("-5"), "a minus");
        assert_eq!(behind_separator("-Yes"), Some("Yes"));
        for none in ["-based", "", " x", "s: x", ", x", ". x", "‐based"] {
            assert_eq!(behind_separator(none), None, "{none:?}");
        }
    }
}
