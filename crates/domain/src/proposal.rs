//! What a ballot offers as a new option.

mod lead;
mod nothing;
mod trailing_id;

use self::{lead::Lead, nothing::is_nothing, trailing_id::TrailingId};
use crate::{
    Contradiction, DebateOption, OptionId, is_invisible, mark::number_of_option, named_option,
    norm, unmarked,
};

/// Frames that are removed one after the other, as in `Proposal: O2: <Sell it>`.
const MOST_FRAMES: usize = 4;

/// Longer texts than this, in bytes, are no option however they are framed.
const LONGEST: usize = 4 * DebateOption::LONGEST + 64;

/// What a text in the place of a new option means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposal<'a> {
    /// An option that there is.
    Existing(OptionId),
    /// A new one, as it is stored: without what is surely no part of it.
    New(&'a str),
    /// That there is nothing to propose, as `none` and `N/A`.
    Nothing,
}

impl<'a> Proposal<'a> {
    /// What this text means beside these options. Words that announce an answer (`Vote:`), the speaker
    /// or the statement it is from (`Speaker B:`, `S2:`), ids and numbers on either side and angle
    /// brackets are removed to compare it. A bare number of at most two digits is that of an option,
    /// unless options hold numbers themselves.
    ///
    /// # Errors
    /// [`Contradiction`], if an id beside the text is that of another option.
    pub fn read(text: &'a str, options: &[DebateOption]) -> Result<Self, Contradiction> {
        if text.len() > LONGEST {
            return Ok(Self::New(text));
        }
        if let Some(option) = existing(text, options, MOST_FRAMES, Lead::of)? {
            return Ok(Self::Existing(option));
        }
        let stored = stored(text);
        if is_nothing(text) || is_nothing(stored) {
            return Ok(Self::Nothing);
        }
        Ok(match number_alone(text) {
            Some(number) => numbered(number, options).unwrap_or(Self::New(stored)),
            None => Self::New(stored),
        })
    }
}

/// The option that a text in the place of a choice names: also within angle brackets, behind `Vote:`
/// and the like, and with its own id behind it.
///
/// # Errors
/// [`Contradiction`], if an id beside the text is that of another option.
pub fn chosen_option(
    text: &str,
    options: &[DebateOption],
) -> Result<Option<OptionId>, Contradiction> {
    // Longer texts are not compared: most of them are hostile.
    if text.len() > LONGEST {
        return named_option(text, options);
    }
    existing(text, options, MOST_FRAMES, Lead::of_choice)
}

/// Whether a text in the place of an answer proposes nothing, such as `none` or `N/A`.
#[must_use]
pub fn says_nothing(text: &str) -> bool {
    text.len() <= LONGEST && is_nothing(text)
}

/// How the announcement of a text is read.
type ReadLead = fn(&str) -> Option<Lead<'_>>;

/// The option that a text names, if it names one for certain.
fn existing(
    text: &str,
    options: &[DebateOption],
    frames: usize,
    lead: ReadLead,
) -> Result<Option<OptionId>, Contradiction> {
    if let Some(option) = named_option(text, options)? {
        return Ok(Some(option));
    }
    let Some(frames) = frames.checked_sub(1) else { return Ok(None) };
    if let Some(TrailingId { text: rest, number, is_id, .. }) = TrailingId::of(text)
        && let Some(option) = existing(rest, options, frames, lead)?
    {
        let is_its_own = u32::try_from(option.place() + 1).is_ok_and(|own| own == number);
        return match (is_its_own, is_id) {
            (true, _) => Ok(Some(option).filter(|option| is_only(*option, options))),
            (false, true) => Err(Contradiction),
            (false, false) => Ok(None),
        };
    }
    if let Some(rest) = without_setting(text) {
        return existing(rest, options, frames, lead);
    }
    // Also behind an id, as in `O2: <Sell it>`.
    if let Some(plain) = with_angles_removed(text).or_else(|| with_braces_removed(text)) {
        let option = existing(&plain, options, frames, lead)?;
        return Ok(option.filter(|option| is_only(*option, options)));
    }
    let Some(Lead { rest, .. }) = lead(text) else { return Ok(None) };
    Ok(existing(rest, options, frames, lead)?.filter(|option| is_only(*option, options)))
}

/// Whether no other option is this one within a frame: `S1: small` and `S2: small` are two answers.
fn is_only(option: OptionId, options: &[DebateOption]) -> bool {
    let Some(plain) = options.get(option.place()).map(|option| norm(&option.text)) else {
        return true;
    };
    let is_framed = |text: &str| {
        let rests = [
            TrailingId::of(text).map(|label| label.text),
            Lead::of(text).map(|lead| lead.rest),
            without_angles(text),
        ];
        rests.into_iter().flatten().any(|rest| norm(rest) == plain)
    };
    !options.iter().any(|other| other.id != option && is_framed(&other.text))
}

/// A new option without frames that are surely no part of it.
fn stored(text: &str) -> &str {
    let mut stored = unmarked(text);
    for _ in 0..MOST_FRAMES {
        let inner = without_angles(stored)
            .or_else(|| without_setting(stored))
            .or_else(|| Lead::of(stored).filter(|lead| lead.is_certain).map(|lead| lead.rest))
            .or_else(|| {
                TrailingId::of(stored)
                    .filter(|label| label.is_id && !label.is_loose)
                    .map(|label| label.text)
            });
        match inner.map(unmarked).filter(|inner| !norm(inner).is_empty()) {
            Some(inner) => stored = inner,
            None => break,
        }
    }
    stored
}

/// How TeX and Markdown set a text off. In JSON, the backslash is half of an escape where a model does
/// not double it, and what is left of `\b` and `\t` is no character that is seen.
const SETTINGS: [(&str, &str); 9] = [
    ("\\boxed{", "}"),
    ("boxed{", "}"),
    ("oxed{", "}"),
    ("\\text{", "}"),
    ("ext{", "}"),
    ("\\textbf{", "}"),
    ("\\mathbf{", "}"),
    ("$", "$"),
    ("~", "~"),
];

/// The text within `\boxed{…}`, `$…$` or `~…~`. `~~…~~` strikes it out.
fn without_setting(text: &str) -> Option<&str> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    let text = text.strip_suffix(['.', '。']).unwrap_or(text);
    SETTINGS.iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(open)?.strip_suffix(close)?;
        let is_plain = *open == "$" && !inner.contains('$')
            || *open == "~" && !inner.contains('~')
            || inner.matches('{').count() == inner.matches('}').count() && open.ends_with('{');
        (is_plain && !norm(inner).is_empty()).then_some(inner)
    })
}

/// A text that ends with `\boxed{…}`, without what sets this off.
fn with_braces_removed(text: &str) -> Option<String> {
    let (front, rest) = text.split_once('\\')?;
    let inner = without_setting(&text[text.len() - rest.len() - 1..])?;
    Some(format!("{front}{inner}"))
}

/// The text within `<…>`.
fn without_angles(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix(['<', '＜'])?.strip_suffix(['>', '＞'])?;
    let is_plain = !inner.contains(['<', '＜', '>', '＞']) && !norm(inner).is_empty();
    is_plain.then_some(inner)
}

/// A text that ends with `<…>`, without these two signs.
fn with_angles_removed(text: &str) -> Option<String> {
    let (front, rest) = text.trim_end().split_once(['<', '＜'])?;
    let inner = rest.strip_suffix(['>', '＞'])?;
    let is_plain = !inner.contains(['<', '＜', '>', '＞']) && !norm(inner).is_empty();
    is_plain.then(|| format!("{front}{inner}"))
}

/// The number that a text is and no more, as `2`, `#2` and `option 2`.
fn number_alone(text: &str) -> Option<usize> {
    let normed = norm(text);
    if let Some(number) = number_of_option(&normed) {
        return Some(number);
    }
    let words = ["no ", "nr ", "o ", "#", "no"];
    let digits = words.iter().find_map(|word| normed.strip_prefix(word)).unwrap_or(&normed);
    let is_number = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// What a bare number means; `None`: it is an answer of its own, for options are numbers.
fn numbered<'a>(number: usize, options: &[DebateOption]) -> Option<Proposal<'a>> {
    let texts = || options.iter().map(|option| norm(&option.text));
    if texts().any(|text| text.starts_with(|c: char| c.is_numeric() || c == '-' || c == '+')) {
        return None;
    }
    let may_be_part = texts().any(|text| text.contains(char::is_numeric));
    let place = number.checked_sub(1).filter(|_| !may_be_part);
    let option = place.and_then(|place| options.get(place));
    Some(option.map_or(Proposal::Nothing, |option| Proposal::Existing(option.id)))
}

#[cfg(test)]
mod tests;
