//! Whether a text holds another as whole words.

use synod_domain::norm;

/// The words of a text under `norm`, with one space between them and without punctuation, but for
/// what is a part of words, as in `don't`, `C++` and `C#`.
pub(crate) fn words_of(text: &str) -> String {
    let is_of_word = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '+' | '#' | '%');
    let normed = norm(text);
    let words = normed.split(|c: char| !is_of_word(c)).map(|word| word.trim_matches('\''));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether a text under `norm` holds another as whole words. In scripts that part no words, anywhere.
pub(crate) fn holds(text: &str, words: &str) -> bool {
    places(text, words).next().is_some()
}

/// Where a text under `norm` holds another as whole words.
pub(crate) fn places<'a>(text: &'a str, words: &'a str) -> impl Iterator<Item = usize> + 'a {
    let found = (!words.is_empty()).then(|| text.match_indices(words));
    found.into_iter().flatten().map(|(at, _)| at).filter(move |at| {
        let (before, behind) = (&text[..*at], &text[at + words.len()..]);
        are_parted(before.chars().next_back(), words.chars().next())
            && are_parted(behind.chars().next(), words.chars().next_back())
    })
}

/// Whether a text under `norm` begins with another as whole words.
pub(crate) fn begins_with(text: &str, words: &str) -> bool {
    let behind = text.strip_prefix(words).filter(|_| !words.is_empty());
    behind.is_some_and(|behind| are_parted(behind.chars().next(), words.chars().next_back()))
}

/// Whether a text under `norm` ends with another as whole words.
pub(crate) fn ends_with(text: &str, words: &str) -> bool {
    let before = text.strip_suffix(words).filter(|_| !words.is_empty());
    before.is_some_and(|before| are_parted(before.chars().next_back(), words.chars().next()))
}

/// Whether a character outside of a word and one inside belong to no one word.
fn are_parted(outside: Option<char>, inside: Option<char>) -> bool {
    outside.zip(inside).is_none_or(|(outside, inside)| {
        !outside.is_alphanumeric()
            || !inside.is_alphanumeric()
            || is_unparted(outside)
            || is_unparted(inside)
    })
}

/// Thai, Lao, Tibetan, Burmese, Khmer, Chinese, Japanese and Korean: words stand side by side there,
/// or carry endings.
pub(crate) const fn is_unparted(c: char) -> bool {
    matches!(
        c,
        '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}'
            | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{a4cf}' | '\u{a960}'..='\u{a97f}'
            | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_no_punctuation_beside_them() {
        assert_eq!(words_of("**Yes,** “close it” – don’t!"), "yes close it don't");
        assert_eq!(words_of("C++ (or C#)"), "c++ or c#");
        assert_eq!(words_of("…"), "");
    }

    #[test]
    fn words_are_held_whole() {
        assert!(holds("we should sell it now", "sell it"));
        assert!(holds("\"sell it\"", "sell it") && holds("sell it", "sell it"));
        assert!(holds("我们应该卖掉它", "卖掉") && holds("판매를 합시다", "판매"));
        for text in ["", "sell", "oversell it", "sell items", "sell, it"] {
            assert!(!holds(text, "sell it"), "{text}");
        }
        assert!(!holds("anything", ""));
    }
}
