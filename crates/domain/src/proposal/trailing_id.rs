use crate::{
    is_colon, is_dash, is_enclosing, is_invisible, is_sentence_punctuation, mark::is_option_word,
    norm,
};

/// An id or a number behind a text, as in `Sell it (O2)`, `Sell it - O2` and `Sell it (2)`.
pub(super) struct TrailingId<'a> {
    /// The text before it.
    pub(super) text: &'a str,
    pub(super) number: u32,
    /// It is an id (`O2`, `option 2`), and no mere number.
    pub(super) is_id: bool,
    /// Only a space sets it off, so that it may be a part of the text, as in `a tank of O2`.
    pub(super) is_loose: bool,
}

impl<'a> TrailingId<'a> {
    /// What a text ends with, if that is an id, or a number in brackets.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let is_end = |c| is_gap(c) || is_enclosing(c) || is_sentence_punctuation(c);
        let end = text.trim_end_matches(is_end);
        let is_closed = text[end.len()..].contains(is_bracket);
        let before = end.trim_end_matches(is_digit);
        let digits = norm(&end[before.len()..]);
        let number = digits.parse().ok().filter(|_| digits.len() <= 2)?;
        let (before, is_id) = match without_id_word(before) {
            Some(before) => (before, true),
            None => (before, false),
        };
        let front = before.trim_end_matches(is_gap);
        let (text, is_loose) = if is_closed && front.ends_with(is_bracket) {
            (front.trim_end_matches(|c| is_gap(c) || is_bracket(c)), false)
        } else if is_id && front.ends_with(is_mark) {
            (front.trim_end_matches(|c| is_gap(c) || is_mark(c)), false)
        } else if is_id && front.len() < before.len() {
            (front, true)
        } else {
            return None;
        };
        (!norm(text).is_empty()).then_some(Self { text, number, is_id, is_loose })
    }
}

/// The text before `O`, `#`, `option` or the like at the end of a text.
fn without_id_word(text: &str) -> Option<&str> {
    let text = text.trim_end_matches(is_gap);
    if let Some(rest) = text.strip_suffix(['#', '＃', '№']) {
        return Some(rest);
    }
    let rest = text.trim_end_matches(char::is_alphabetic);
    let word = norm(&text[rest.len()..]);
    (word == "o" || is_option_word(&word)).then_some(rest)
}

fn is_mark(c: char) -> bool {
    is_dash(c) || is_colon(c) || matches!(c, ',' | '，' | '、' | '/' | '|' | '=' | '→')
}

/// Whether the character is a bracket. Quotation marks are not.
fn is_bracket(c: char) -> bool {
    is_enclosing(c) && !crate::is_quotation_mark(c)
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// A decimal digit, in any width.
const fn is_digit(c: char) -> bool {
    matches!(c, '0'..='9' | '０'..='９')
}
