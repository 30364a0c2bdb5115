//! Marks in front of a text in a list: an id, a number or a sign.

mod option_word;

pub(crate) use self::option_word::{is_option_word, number_of_option};
use self::option_word::{number_in_words, without_option_word};
use crate::{
    DebateOption, OptionId, is_colon, is_dash, is_enclosing, is_invisible, is_sentence_punctuation,
    norm, without_word,
};

/// Marks that are removed one after the other, as in `- O2: sell it`.
const MOST_MARKS: usize = 3;

/// Signs that begin the items of lists.
const SIGNS: &str = "•‣⁃◦○●◉◆◇■□▪▫▶►▸➔➜➤➢➡☆★⭐☐☑✓✔✅👉🔹🔸🔷🔶・･";

/// Signs that deny what follows them. They are no marks.
const DENYING_SIGNS: &str = "❌❎✗✘✖✕⛔🚫🛑👎🙅💔";

/// A mark in front of a text.
struct Mark {
    /// The id that it names, as a number: `O2`, `Option 2` and `#2` do.
    id: Option<u32>,
    /// It may as well be a part of the text: `5. Juni`, `O2 tank`. Such a mark is removed to compare
    /// a text with the options, not to store it.
    loose: bool,
}

/// A text that names one option by its id and another by its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id in front is that of another option than the text")]
pub struct Contradiction;

/// The option that a text names by its id or its words. Ids, numbers and marks in front are
/// removed; of two options that a text could then mean, it names neither. Where options differ by
/// such a number only, as `Juni` and `5. Juni`, a number that none of them has is not removed.
///
/// # Errors
/// [`Contradiction`], if an id in front is that of another option.
pub fn named_option(
    text: &str,
    options: &[DebateOption],
) -> Result<Option<OptionId>, Contradiction> {
    let by_name = |named: &str| {
        let is_it = |option: &&DebateOption| {
            norm(&option.text) == named || option.id.to_string().to_lowercase() == named
        };
        options.iter().find(is_it).map(|option| option.id)
    };
    if let Some(option) = by_name(&norm(text)) {
        return Ok(Some(option));
    }
    let (mut id, mut is_loose) = (None, false);
    for (mark, rest) in marks(text) {
        id = id.or(mark.id);
        is_loose |= mark.loose && mark.id.is_none();
        let named = norm(rest);
        let Some(option) = by_name(&named) else { continue };
        // A place beyond 32 bits is the number of no mark.
        let number = u32::try_from(option.place() + 1).ok();
        if id.is_some() && id != number {
            return Err(Contradiction);
        }
        let whole = run_together(text);
        let meant = |other: &DebateOption| {
            let is_numbered = || is_loose && is_behind_loose_mark(&named, &other.text);
            other.id != option && (run_together(&other.text) == whole || is_numbered())
        };
        return Ok((!options.iter().any(meant)).then_some(option));
    }
    Ok(None)
}

/// The text behind numbers and signs in front that name no option.
#[must_use]
pub fn without_signs(text: &str) -> Option<&str> {
    let rests = marks(text).take_while(|(mark, _)| mark.id.is_none());
    rests.last().map(|(_, rest)| rest)
}

/// The text of an option as it is stored: without marks that cannot belong to it.
#[must_use]
pub fn unmarked(text: &str) -> &str {
    let rests = marks(text).take_while(|(mark, _)| !mark.loose);
    rests.last().map_or(text, |(_, rest)| rest)
}

/// Whether two texts of a list are one answer: equal, or equal but for marks in front that are surely
/// no part of them, or for a mark in front of one that may be a part of it, as in `5. Sell` and `Sell`.
/// The list says which it is: where another text differs from one of the two by such a mark only, as
/// `6. Juni` from `5. Juni` and from `Juni`, the marks are parts of the texts, and all three are
/// answers of their own.
pub fn same_listed<'a>(a: &str, b: &str, list: impl IntoIterator<Item = &'a str>) -> bool {
    if norm(a) == norm(b) {
        return true;
    }
    let (one, other) = (norm(unmarked(a)), norm(unmarked(b)));
    if one == other {
        return true;
    }
    let plain = match (is_behind_loose_mark(&one, b), is_behind_loose_mark(&other, a)) {
        (true, _) => &one,
        (_, true) => &other,
        (false, false) => return false,
    };
    list.into_iter().all(|text| {
        let own = norm(unmarked(text));
        own == one || own == other || !is_behind_loose_mark(plain, text)
    })
}

/// Whether a text is another, given under `norm`, behind marks of which one may be a part of the text.
fn is_behind_loose_mark(plain: &str, text: &str) -> bool {
    let mut is_loose = false;
    marks(text).any(|(mark, rest)| {
        is_loose |= mark.loose;
        is_loose && norm(rest) == plain
    })
}

/// The rest of a text after its first mark, after its second, and so on.
pub fn behind_marks(text: &str) -> impl Iterator<Item = &str> {
    marks(text).map(|(_, rest)| rest)
}

/// The marks in front of a text, each with the rest of the text.
fn marks(text: &str) -> impl Iterator<Item = (Mark, &str)> {
    let mut rest = text;
    let next = move || {
        let (mark, behind) = sign(rest).or_else(|| label(rest))?;
        rest = behind;
        (!norm(behind).is_empty()).then_some((mark, behind))
    };
    std::iter::from_fn(next).take(MOST_MARKS)
}

/// A sign, as in `- sell it`. In front of a number, a dash or a plus is the number's own.
fn sign(text: &str) -> Option<(Mark, &str)> {
    let text = text.trim_start_matches(is_gap);
    let first = text.chars().next()?;
    if is_icon(first) && !SIGNS.contains(first) {
        let behind = text.trim_start_matches(|c| is_icon(c) || is_gap(c));
        let icons = &text[..text.len() - behind.len()];
        // An icon may tell one option from another.
        let mark = Mark { id: None, loose: true };
        return (!icons.contains(denies)).then_some((mark, behind));
    }
    let rest = &text[first.len_utf8()..];
    let spaced = rest.starts_with(char::is_whitespace);
    let rest = rest.trim_start_matches(is_gap);
    let is_sign = if first == '+' || is_dash(first) {
        spaced && !rest.starts_with(is_digit)
    } else if matches!(first, '*' | '·' | '∙' | '→') {
        spaced
    } else if matches!(first, '#' | '>') {
        // `# 2` is a number, and `> 5` a comparison.
        spaced && !rest.starts_with(is_digit)
    } else {
        SIGNS.contains(first)
    };
    is_sign.then_some((Mark { id: None, loose: false }, rest))
}

/// An id, a number or a letter, as in `O2: sell it`, `(2) sell it` and `a) sell it`.
fn label(text: &str) -> Option<(Mark, &str)> {
    let text = text.trim_start_matches(|c| is_gap(c) || is_enclosing(c));
    if let Some(rest) = text.strip_prefix(is_number_in_a_ring) {
        return Some((Mark { id: None, loose: false }, rest.trim_start_matches(is_gap)));
    }
    let word = without_option_word(text).map(|rest| rest.trim_start_matches(is_gap));
    let named = word.unwrap_or(text);
    let named =
        named.strip_prefix(['#', '＃', '№']).map_or(named, |rest| rest.trim_start_matches(is_gap));
    let by_word = named.len() < text.len();
    let behind_o = without_word(named, "o").map(|rest| rest.trim_start_matches(is_invisible));
    let behind_o = behind_o.filter(|rest| rest.trim_start().starts_with(is_digit));
    let has_space = behind_o.is_some_and(|rest| rest.starts_with(char::is_whitespace));
    let numbered = behind_o.map_or(named, str::trim_start);
    let rest = numbered.trim_start_matches(|c| is_digit(c) || is_invisible(c));
    let digits = norm(&numbered[..numbered.len() - rest.len()]);
    let number = digits.parse().ok().filter(|_| digits.len() <= 2);
    let (number, rest) = match number {
        Some(number) => (Some(number), rest),
        None if digits.is_empty() && !by_word => return letter(text),
        None => {
            let (number, rest) = number_in_words(numbered).filter(|_| digits.is_empty())?;
            (Some(number), rest)
        }
    };
    let is_id = by_word || behind_o.is_some();
    let end = Delimiter::before(rest)?;
    let starts_with_number = end.rest.starts_with(is_digit);
    let loose = match end.kind {
        Kind::Bracket => false,
        // `2.5`, `2:1` and `2-3` are numbers.
        Kind::Point | Kind::Other if starts_with_number && !end.spaced => return None,
        Kind::Point if is_id => false,
        Kind::Point if starts_with_number => return None,
        Kind::Point => !end.spaced || end.rest.split_whitespace().nth(1).is_none(),
        Kind::Other if is_id => false,
        Kind::Other if starts_with_number => return None,
        Kind::Other if is_colon(end.first) || is_dash(end.first) => true,
        Kind::Other if matches!(end.first, '、' | '､') => false,
        Kind::Other => return None,
        // `O 2 tank` has no id.
        Kind::Space if is_id && !has_space => true,
        Kind::Space => return None,
    };
    Some((Mark { id: number.filter(|_| is_id), loose }, end.rest))
}

/// A letter or a Roman number with a bracket, as in `a) sell it` and `(ii) sell it`.
fn letter(text: &str) -> Option<(Mark, &str)> {
    let behind = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = text[..text.len() - behind.len()].to_ascii_lowercase();
    let is_roman = letters.len() <= 4 && letters.bytes().all(|b| matches!(b, b'i' | b'v' | b'x'));
    let closed = behind.trim_start_matches(is_invisible).strip_prefix([')', '）', ']']);
    let rest = closed.filter(|_| letters.len() == 1 || is_roman && !letters.is_empty())?;
    Some((Mark { id: None, loose: false }, rest.trim_start_matches(is_gap)))
}

/// What parts a label from the text behind it.
struct Delimiter<'a> {
    kind: Kind,
    /// White space follows.
    spaced: bool,
    /// Its first character, behind brackets and white space.
    first: char,
    rest: &'a str,
}

#[derive(Clone, Copy)]
enum Kind {
    Bracket,
    Point,
    Other,
    Space,
}

impl<'a> Delimiter<'a> {
    fn before(text: &'a str) -> Option<Self> {
        let keycap = text.trim_start_matches(is_invisible).strip_prefix('\u{20e3}');
        let closed = keycap.unwrap_or(text).trim_start_matches(is_enclosing);
        let bracket = closed.len() < text.len();
        let spaced = closed.starts_with(char::is_whitespace);
        let rest = closed.trim_start_matches(is_gap);
        let first = rest.chars().next()?;
        let behind = &rest[first.len_utf8()..];
        let kind = match first {
            '.' | '．' | '。' | '｡' => Kind::Point,
            ',' | '、' | '，' | '､' | '=' | '|' | '/' | '→' => Kind::Other,
            c if is_colon(c) => Kind::Other,
            // In front of a digit it is the number's own.
            c if is_dash(c) && !behind.starts_with(is_digit) => Kind::Other,
            _ if bracket => Kind::Bracket,
            _ if spaced => Kind::Space,
            _ => return None,
        };
        let rest = match kind {
            Kind::Bracket | Kind::Space => rest,
            Kind::Point | Kind::Other => behind,
        };
        let kind = if bracket { Kind::Bracket } else { kind };
        let spaced = rest.starts_with(char::is_whitespace);
        let rest = rest.trim_start_matches(|c| is_gap(c) || matches!(c, '*' | '_' | '`'));
        Some(Self { kind, spaced, first, rest })
    }
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// A pictogram or an arrow, as models put in front of the items of lists.
const fn is_icon(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
        && !is_number_in_a_ring(c)
}

fn denies(c: char) -> bool {
    DENYING_SIGNS.contains(c)
}

/// A decimal digit, in any width.
const fn is_digit(c: char) -> bool {
    matches!(c, '0'..='9' | '０'..='９')
}

const fn is_number_in_a_ring(c: char) -> bool {
    matches!(c, '①'..='⒛' | '⓪'..='⓿' | '❶'..='➓')
}

/// A text without spaces and the marks that part a label from it.
fn run_together(text: &str) -> String {
    let parts =
        |c: &char| !(is_gap(*c) || is_dash(*c) || is_sentence_punctuation(*c) || is_enclosing(*c));
    norm(text).chars().filter(parts).collect()
}

#[cfg(test)]
mod tests;
