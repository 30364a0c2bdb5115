use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::{
    is_dash, is_enclosing, is_invisible, is_sentence_punctuation,
    punctuation::{is_optional_sign, plain_letter_apostrophe, plain_mark},
};

/// The form in which two answers are compared.
///
/// Without invisible characters, and without signs that a writer of a script may leave out (Arabic
/// and Hebrew vowel points, the tatweel); NFKC; full case folding, in which `ß` is `ss` and every `i`
/// is one, dotted or not; apostrophes and single quotation marks of every script become `'`, double
/// ones `"`, dashes and hyphens `-`, middle dots `·`; each run of white space becomes one space, and
/// none stays beside a dash or before `,`, `;`, `:`, `!`, `?` and `%`; several dashes between words are
/// one; a comma or semicolon has a space behind it, unless it is within a number. Then, until nothing changes: trimmed, quotation marks, brackets, `*`, `_` and backticks
/// removed from both ends, `¡` and `¿` from the beginning, sentence punctuation of every script from the end. Other inner punctuation
/// stays, so `C`, `C++` and `C#` differ, and so do `-1`, `$5` and `<5` from the text after the sign.
///
/// ```
/// use synod_domain::norm;
/// assert_eq!(norm("  **“Ban  cars.”** "), "ban cars");
/// assert_eq!(norm("Don’t！"), norm("don't"));
/// assert_eq!(norm("STRASSE—jetzt"), norm("Straße – jetzt"));
/// assert_ne!(norm("C++"), norm("C#"));
/// ```
#[must_use]
pub fn norm(text: &str) -> String {
    let folded = if text.is_ascii() {
        let mut lower = text.to_ascii_lowercase();
        lower.retain(|c| !is_invisible(c));
        if lower.contains('`') { with_plain_marks(&lower) } else { lower }
    } else {
        // NFKC would make a space and an accent of an accent that is typed as an apostrophe.
        let is_accent =
            |c| matches!(c, '\u{b4}' | '\u{1fbd}' | '\u{1fbf}' | '\u{1ffd}' | '\u{1ffe}');
        let visible = text.chars().filter(|c| !is_invisible(*c));
        let visible = visible.map(|c| if is_accent(c) { '\'' } else { c });
        with_plain_marks(&case_folded(&visible.nfkc().collect::<String>()))
    };
    let spaced = with_plain_spaces(&folded);
    let mut rest = spaced.as_str();
    loop {
        let stripped = rest
            .trim()
            .trim_start_matches(['¡', '¿'])
            .trim_matches(is_enclosing)
            .trim_end_matches(is_sentence_punctuation);
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

/// A text in which letters that differ in case only are the same, composed. Letters that one case
/// writes as several (`ß`, `ẞ` and `ss`) are several in both.
fn case_folded(text: &str) -> String {
    // Upper case alone leaves `ẞ` as it is, and lower case alone `ß` and the final sigma.
    let folded = text
        .chars()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase);
    let mut plain = String::with_capacity(text.len());
    let mut is_i = false;
    for c in folded.nfkd().filter(|c| !is_optional_sign(*c)) {
        if !is_combining_mark(c) {
            is_i = c == 'i';
        }
        // What `İ` has more than `i`: which of the two `I` belongs to, only a language says.
        if !(is_i && c == '\u{307}') {
            plain.push(c);
        }
    }
    plain.nfkc().collect()
}

/// Some apostrophes are letters by their category. As such they stay, but within a word they cannot
/// be distinguished from the others.
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

/// A text with one space for each run of white space, and none where writers differ in setting it:
/// beside a dash and before punctuation. `--` between words is a dash; before a number the second
/// may be a minus.
fn with_plain_spaces(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let joins = plain.is_empty()
            || plain.ends_with(is_dash)
            || word.starts_with(|c| is_dash(c) || matches!(c, ',' | ';' | ':' | '!' | '?' | '%'));
        if !joins {
            plain.push(' ');
        }
        plain.push_str(word);
    }
    if plain.contains([',', ';']) {
        plain = with_spaced_commas(&plain);
    }
    if !plain.contains("--") {
        return plain;
    }
    let mut joined = String::with_capacity(plain.len());
    let mut rest = plain.as_str();
    while let Some(at) = rest.find("--") {
        let (before, dashes) = rest.split_at(at);
        let behind = dashes.trim_start_matches('-');
        let is_between = before.ends_with(char::is_alphanumeric)
            && behind.starts_with(|c: char| c.is_alphanumeric() && !c.is_numeric());
        joined.push_str(before);
        joined.push_str(if is_between { "-" } else { &dashes[..dashes.len() - behind.len()] });
        rest = behind;
    }
    joined + rest
}

/// A text with a space behind each comma and semicolon that no number holds: full-width ones and
/// Arabic ones are set without.
fn with_spaced_commas(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 8);
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        spaced.push(c);
        if let (',' | ';', Some(next)) = (c, chars.peek().copied()) {
            let in_number = next.is_numeric() && before.is_some_and(char::is_numeric);
            if next.is_alphanumeric() && !in_number {
                spaced.push(' ');
            }
        }
        before = Some(c);
    }
    spaced
}

#[cfg(test)]
mod tests;
