use std::borrow::Cow;

use unicode_normalization::char::is_combining_mark;

use crate::is_invisible;

/// A text of at most the given number of characters: a longer one is cut between two words and ends
/// with `…`.
///
/// In scripts without spaces it is cut between two characters, and no character is parted from its
/// accents. So is a single word that is longer than half of what fits.
///
/// ```
/// use synod_domain::shortened;
/// assert_eq!(shortened("The street is narrow.", 16), "The street is…");
/// assert_eq!(shortened("The street is narrow.", 21), "The street is narrow.");
/// assert_eq!(shortened("这条街道很窄。", 5), "这条街道…");
/// ```
#[must_use]
pub fn shortened(text: &str, most_chars: usize) -> Cow<'_, str> {
    if text.char_indices().nth(most_chars).is_none() {
        return Cow::Borrowed(text);
    }
    let end_of = |chars: usize| text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
    let end = end_of(most_chars.saturating_sub(1));
    let between_words = boundaries(&text[..end], text[end..].chars().next())
        .find(|at| *at > end_of(most_chars / 2));
    let kept = &text[..between_words.unwrap_or_else(|| between_characters(text, end))];
    Cow::Owned(format!("{}…", kept.trim_end_matches(|c| is_loose(c) || c.is_whitespace())))
}

/// Where a text that `next` follows can be cut between two words, last place first.
fn boundaries(text: &str, next: Option<char>) -> impl Iterator<Item = usize> {
    let mut after = next;
    text.char_indices().rev().filter_map(move |(at, c)| {
        let follows = after.replace(c)?;
        let parts = follows.is_whitespace()
            || (!is_attached(follows) && (is_unspaced(c) || is_unspaced(follows)));
        parts.then_some(at + c.len_utf8())
    })
}

/// The last place up to here that parts no character from its accents.
fn between_characters(text: &str, end: usize) -> usize {
    let starts = text.char_indices().rev().skip_while(|(at, _)| *at > end);
    starts.filter(|(_, c)| !is_attached(*c)).map(|(at, _)| at).find(|at| *at > 0).unwrap_or(end)
}

/// Whether a character belongs to the one before it.
fn is_attached(c: char) -> bool {
    is_combining_mark(c) || is_invisible(c) || matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

/// Punctuation that leads on to what was cut away.
const fn is_loose(c: char) -> bool {
    matches!(
        c,
        ',' | ';' | ':' | '-' | '–' | '—' | '(' | '、' | '，' | '；' | '：' | '（' | '“' | '«'
    )
}

/// Whether a character is of a script that is written without spaces between words.
const fn is_unspaced(c: char) -> bool {
    matches!(
        c,
        '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{2e80}'..='\u{312f}' | '\u{31a0}'..='\u{a4cf}' | '\u{f900}'..='\u{faff}'
            | '\u{ff00}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_cut_between_words() {
        assert_eq!(shortened("one two three", 13), "one two three");
        assert_eq!(shortened("one two three", 12), "one two…");
        assert_eq!(shortened("one two, three", 12), "one two…");
        assert_eq!(shortened("one two three", 8), "one two…");
        assert_eq!(shortened("one\ntwo three", 8), "one\ntwo…");
    }

    #[test]
    fn a_word_without_end_is_cut_all_the_same() {
        assert_eq!(shortened(&"a".repeat(50), 10), "aaaaaaaaa…");
        assert_eq!(shortened(&format!("a {}", "b".repeat(50)), 10), "a bbbbbbb…");
    }

    #[test]
    fn scripts_without_spaces_are_cut_between_characters() {
        assert_eq!(shortened("道路を閉鎖すると、店が困る。", 9), "道路を閉鎖すると…");
        // Thai: the vowel sign stays with its consonant.
        assert_eq!(shortened("ถนนนี้แคบมาก", 7), "ถนนนี้…");
        assert_eq!(shortened("ถนนนี้แคบมาก", 6), "ถนน…");
    }

    #[test]
    fn nothing_is_parted_from_its_accent() {
        assert_eq!(shortened("e\u{301}e\u{301}e\u{301}e\u{301}", 4), "e\u{301}…");
    }

    proptest! {
        #[test]
        fn it_fits_and_begins_the_text(text in "[a-z ,é这กี\u{301}]{0,60}|.*", most in 1..40_usize) {
            let short = shortened(&text, most);
            prop_assert!(short.chars().count() <= most);
            let begins = short.strip_suffix('…').unwrap_or(&short);
            prop_assert!(text.starts_with(begins));
            prop_assert_eq!(text.chars().count() <= most, *short == *text);
        }
    }
}
