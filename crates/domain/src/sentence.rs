//! The sentence of a statement that others are to answer.

mod filler;

use filler::is_filler;

/// The first sentence that says something: greetings, assent, announcements such as `Here is my
/// answer:` and what a model says of itself are passed over, in the commonest languages. Where
/// there is nothing else, the first sentence.
///
/// A sentence ends at its mark (`.`, `!`, `?` before white space or the end; `。`, `！`, `？` and
/// their like anywhere) or with its line. A mark of a list's item is no part of it.
///
/// ```
/// use synod_domain::telling_sentence;
/// assert_eq!(telling_sentence("Certainly! Cars harm shops. They do."), "Cars harm shops.");
/// assert_eq!(telling_sentence("Certainly!"), "Certainly!");
/// ```
#[must_use]
pub fn telling_sentence(text: &str) -> &str {
    sentences(text)
        .find(|sentence| !is_filler(sentence))
        .or_else(|| sentences(text).next())
        .unwrap_or("")
}

/// The sentences of a text, as [`telling_sentence`] tells them apart.
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = without_bullet(rest.trim_start());
        let (sentence, after) = rest.split_at(end_of_first(rest));
        rest = after;
        Some(sentence.trim_end()).filter(|sentence| !sentence.is_empty())
    })
}

pub(crate) fn end_of_first(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let next = chars.peek().map(|(_, next)| *next);
        match c {
            '\n' => return at,
            '。' | '！' | '？' | '｡' | '۔' | '؟' | '।' => return with_closing(text, end),
            '.' | '!' | '?' | '…' if ends_word(next) => {
                let end = with_closing(text, end);
                if !goes_on(&text[..at], &text[end..]) {
                    return end;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// Whether the characters after a full stop end the sentence.
fn ends_word(next: Option<char>) -> bool {
    next.is_none_or(|next| next.is_whitespace() || is_closing(next))
}

/// The end with the quotation marks and brackets that close there.
fn with_closing(text: &str, end: usize) -> usize {
    text.len() - text[end..].trim_start_matches(is_closing).len()
}

const fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '»' | ')' | ']' | '*' | '_' | '」' | '』' | '）' | '》')
}

/// In characters.
const LONGEST_ABBREVIATION: usize = 32;

/// Whether a full stop is that of an abbreviation: `e.g.`, `Dr.`, or one with a small letter behind.
fn goes_on(before: &str, after: &str) -> bool {
    const TITLES: [&str; 8] = ["dr", "mr", "mrs", "ms", "prof", "st", "vs", "no"];
    // A hostile text may be one word.
    let near = before.char_indices().rev().nth(LONGEST_ABBREVIATION);
    let near = near.map_or(before, |(at, _)| &before[at..]);
    let word = near.rsplit(char::is_whitespace).next().unwrap_or_default();
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    let is_abbreviation = word.contains('.') && word.chars().all(|c| c.is_alphabetic() || c == '.')
        || TITLES.iter().any(|title| word.eq_ignore_ascii_case(title) && *title != "no");
    let next = after.trim_start_matches([' ', '\t']).chars().next();
    let same_line = next.is_some_and(|c| c != '\n');
    same_line && (is_abbreviation || next.is_some_and(char::is_lowercase))
}

/// Without the number or the point of a list's item, or the marks of a heading.
fn without_bullet(item: &str) -> &str {
    let rest = item.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = (rest.len() < item.len()).then(|| rest.strip_prefix(['.', ')'])).flatten();
    let pointed =
        item.strip_prefix(['-', '*', '•', '–', '#']).map(|rest| rest.trim_start_matches('#'));
    let marked = numbered.or(pointed).filter(|rest| rest.starts_with([' ', '\t']));
    marked.map_or(item, str::trim_start)
}

#[cfg(test)]
mod tests;
