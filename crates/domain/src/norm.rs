use unicode_normalization::UnicodeNormalization;

use crate::{
    is_enclosing, is_invisible, is_sentence_punctuation,
    punctuation::{plain_letter_apostrophe, plain_mark},
};

/// The form in which two answers are compared.
///
/// Without invisible characters; NFKC; lower case; apostrophes and single quotation marks of every
/// script become `'`, double ones `"`, dashes and hyphens `-`; each run of white space becomes one
/// space. Then, until nothing changes: trimmed, quotation marks, brackets, `*`, `_` and backticks
/// removed from both ends, sentence punctuation of every script from the end. Inner punctuation
/// stays, so `C`, `C++` and `C#` differ, and so do `-1`, `$5` and `<5` from what is behind the sign.
///
/// ```
/// use synod_domain::norm;
/// assert_eq!(norm("  **“Ban  cars.”** "), "ban cars");
/// assert_eq!(norm("Don’t！"), norm("don't"));
/// assert_ne!(norm("C++"), norm("C#"));
/// ```
#[must_use]
pub fn norm(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_invisible(*c));
    let folded = if text.is_ascii() {
        visible.map(|c| c.to_ascii_lowercase()).collect()
    } else {
        // NFKC would make a space and an accent of an acute that is typed as an apostrophe.
        let visible = visible.map(|c| if matches!(c, '\u{b4}' | '\u{1ffd}') { '\'' } else { c });
        // Lower case is not always composed: `I` with two accents is not.
        let folded = visible.nfkc().collect::<String>().to_lowercase().nfkc().collect::<String>();
        with_plain_marks(&folded)
    };
    let spaced = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = spaced.as_str();
    loop {
        let stripped =
            rest.trim().trim_matches(is_enclosing).trim_end_matches(is_sentence_punctuation);
        if stripped == rest {
            return rest.to_owned();
        }
        rest = stripped;
    }
}

/// Whether two texts are the same answer: equal under [`norm`], and not empty.
#[must_use]
pub fn same_answer(a: &str, b: &str) -> bool {
    let a = norm(a);
    !a.is_empty() && a == norm(b)
}

/// Some apostrophes are letters by their category. As such they stay, but within a word they cannot
/// be told from the others.
fn with_plain_marks(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let in_word = |neighbour: Option<char>| neighbour.is_some_and(char::is_alphanumeric);
        let apostrophe = plain_letter_apostrophe(c)
            .filter(|_| in_word(before) && in_word(chars.peek().copied()));
        plain.push(apostrophe.unwrap_or_else(|| plain_mark(c)));
        before = Some(c);
    }
    plain
}

#[cfg(test)]
mod tests;
