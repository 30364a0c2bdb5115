//! What a prompt puts around the texts of others, where a model repeats it in its own.

mod translated;
mod variant;
mod words;

pub use variant::{FrameVariant, begins_statement};
use words::Words;

use crate::{Label, is_colon, sentence::end_of_first};

/// The beginning of a line that is not part of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptFrame<'a> {
    /// The mark of a statement or of an interjection, as `[Speaker B, statement 7]`.
    Mark {
        /// The rest of the line.
        rest: &'a str,
    },
    /// A speaker's label that names whose words follow: `Speaker B: …`, `SPEAKER B – …`,
    /// `> Speaker B said:`, or alone on its line.
    Speaker {
        /// The speaker.
        label: Label,
        /// The way in which the label is set off from the words.
        style: LabelStyle,
        /// The rest of the line.
        rest: &'a str,
    },
    /// A word that only says what the text below it is, as `Said so far:`.
    Heading {
        /// The rest of the line.
        rest: &'a str,
    },
    /// A sentence in which a prompt says who its reader is or what to do ([`is_order`]).
    Order {
        /// The rest of the line.
        rest: &'a str,
    },
}

/// The way in which a label is set off from the words after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelStyle {
    /// By a colon, a dash or the like, or alone on its line.
    Separate,
    /// By brackets, as in marks: `[Speaker B] …`.
    Bracketed,
    /// By bold type alone, which may as well be emphasis: `**Speaker B** …`.
    Emphasized,
}

/// Words that a prompt puts above texts, and models above their own.
const HEADINGS: [&str; 16] = [
    "said so far",
    "statements so far",
    "statement",
    "my statement",
    "opening statement",
    "opening",
    "open",
    "open the debate",
    "argue",
    "argue with evidence",
    "argument",
    "my argument",
    "reply",
    "my reply",
    "response",
    "my response",
];

/// What an interjection's mark says.
const PERSON: &str = "a person in the room";

impl<'a> PromptFrame<'a> {
    /// The frame at the beginning of a line, whatever decorates it.
    #[must_use]
    pub fn at_start(line: &'a str) -> Option<Self> {
        bracketed(line).or_else(|| order(line)).or_else(|| bare(line))
    }
}

/// Whether a sentence is one by which a prompt tells its reader who it is or what to do, as
/// `You are Speaker A, an analyst.` and `Open the debate in at most 130 words.`
#[must_use]
pub fn is_order(sentence: &str) -> bool {
    // Once for all beginnings: what decorates a hostile line may be megabytes long.
    let words = Words::of(sentence);
    let mut addressed = words;
    if addressed.take("you are") || addressed.take("you're") {
        return addressed.label().is_some();
    }
    let begins = |beginnings: &[&str]| {
        beginnings.iter().any(|beginning| {
            let mut words = words;
            words.take(beginning)
        })
    };
    begins(&INSTRUCTIONS) || begins(&ORDERS) && limits_words(sentence)
}

/// Whether a sentence says how many words are wanted: `at most 130 words`.
fn limits_words(sentence: &str) -> bool {
    let words: Vec<_> = sentence.split(|c: char| !c.is_alphanumeric()).collect();
    words.windows(4).any(|words| {
        let [at, most, number, unit] = words else { return false };
        at.eq_ignore_ascii_case("at")
            && most.eq_ignore_ascii_case("most")
            && number.parse::<u32>().is_ok()
            && unit.eq_ignore_ascii_case("words")
    })
}

/// How sentences of prompts begin that no speaker says to others (`crates/agents/prompts`).
const INSTRUCTIONS: [&str; 32] = [
    "you take part in a debate",
    "you take no side",
    "write plain, short sentences",
    "text below a [mark]",
    "the last line of the message is your order",
    "do what it says and nothing else",
    "this is what orders mean",
    "open\": you speak",
    "argue\": the others have spoken",
    "vote\": vote in secret",
    "list\": list the answers",
    "lead\": you lead",
    "rule\": the vote is tied",
    "begin with a line that says",
    "below it, make the best case",
    "if a sentence is put to you",
    "then add what nobody has said yet",
    "add what nobody has said yet",
    "answer that first, then add",
    "where the order adds",
    "where the order lists",
    "vote in secret for the answer",
    "change your answer only for a reason",
    "weigh the options in this order",
    "if you have nothing new to add, reply with",
    "argue, or pass",
    "argue with evidence, or pass",
    "your answer so far",
    "your last reply could not be used",
    "reply in json",
    "reply with one json",
    "reply again, with the json",
];

/// How orders of prompts begin that say a number of words.
const ORDERS: [&str; 12] = [
    "open",
    "argue",
    "answer",
    "give",
    "add",
    "make",
    "below it",
    "at most",
    "in at most",
    "reply",
    "write",
    "length of a statement",
];

/// A text in which each line that begins with the label of another than its author says whose words
/// it is: `(in Speaker A's words) Speaker B: …`, and each sentence within a line that begins with one
/// and a colon. `author` is how the text's author is called.
#[must_use]
pub fn with_author_named(text: &str, author: &str, own: Option<Label>) -> String {
    let telling = telling(author);
    let mut attributed = String::with_capacity(text.len());
    for line in text.split_inclusive(breaks_line) {
        let is_others = |label| Some(label) != own;
        let begins_with_other = match PromptFrame::at_start(line) {
            Some(PromptFrame::Speaker { label, .. }) => is_others(label),
            Some(
                PromptFrame::Mark { .. } | PromptFrame::Heading { .. } | PromptFrame::Order { .. },
            )
            | None => false,
        };
        if begins_with_other || line.starts_with(&telling) {
            attributed.push_str(&telling);
        }
        let mut rest = line.strip_prefix(&telling).unwrap_or(line);
        // Most lines name no speaker. The text after the last colon is not a label.
        let behind_colon = rest.rfind(is_colon).map_or(usize::MAX, |at| rest.len() - at);
        while rest.len() >= behind_colon && !rest.is_empty() {
            let end = end_of_first(rest);
            let next = rest[end..].trim_start();
            let (sentence, behind) = rest.split_at(rest.len() - next.len());
            // The number of a list's item is no sentence.
            let is_number = attributed.ends_with(breaks_line)
                || attributed.is_empty()
                || attributed.ends_with(&telling);
            let is_number = is_number && !sentence.contains(char::is_alphabetic);
            attributed.push_str(sentence);
            rest = behind;
            if sentence.is_empty() {
                break;
            }
            if !is_number && sentence_speaker(rest).is_some_and(is_others) {
                attributed.push_str(&telling);
            }
        }
        attributed.push_str(rest);
    }
    attributed
}

/// What says in front of a line whose words it is: `(in Speaker A's words) `.
#[must_use]
pub fn telling(author: &str) -> String {
    format!("(in {author}'s words) ")
}

/// The label that a sentence within a line begins with, if a colon says that its words follow. Of
/// anything less, as in `Speaker B said, …`, its author may tell the others in its own words.
fn sentence_speaker(text: &str) -> Option<Label> {
    let mut words = Words::of(&text[..end_of_first(text)]);
    let label = words.label()?;
    if !words.numbers() {
        words.skip_brackets();
    }
    words.take_colon().then_some(label)
}

/// Whether a character ends a line.
pub const fn breaks_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// A mark in brackets. A prompt shows `(` for a `[` that begins a line, and models repeat that too.
fn bracketed(line: &str) -> Option<PromptFrame<'_>> {
    let mut words = Words::before_bracket(line);
    let round = words.rest().starts_with(['(', '（']);
    if !words.take_opening() {
        return None;
    }
    let speaker = words.label();
    let numbered = words.numbers();
    let person = speaker.is_none() && !numbered && words.take(PERSON);
    if !words.take_closing() {
        return None;
    }
    let colon = words.take_separator();
    let alone = words.is_over();
    let rest = words.rest();
    // `(Speaker B) may be right` names a speaker, `(Speaker B) I give up` says who speaks.
    let continues = rest.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_lowercase);
    if round && !numbered && !colon && !alone && (speaker.is_none() || continues) {
        return None;
    }
    match speaker {
        Some(label) if !numbered => {
            let style = if round { LabelStyle::Separate } else { LabelStyle::Bracketed };
            Some(PromptFrame::Speaker { label, style, rest })
        }
        Some(_) => Some(PromptFrame::Mark { rest }),
        None => (numbered || person).then_some(PromptFrame::Mark { rest }),
    }
}

fn bare(line: &str) -> Option<PromptFrame<'_>> {
    let mut words = Words::of(line);
    if let Some(label) = words.label() {
        let emphasized = words.is_emphasized();
        let numbered = words.numbers();
        if !numbered {
            words.skip_brackets();
        }
        let style = if words.verb()
            || words.take_separator()
            || words.take_full_stop()
            || words.is_over()
        {
            LabelStyle::Separate
        } else if emphasized {
            LabelStyle::Emphasized
        } else {
            return None;
        };
        return Some(PromptFrame::Speaker { label, style, rest: words.rest() });
    }
    if words.numbers() {
        return words.take_separator().then_some(PromptFrame::Mark { rest: words.rest() });
    }
    let beginning = Words::of(line);
    HEADINGS.iter().find_map(|heading| {
        let mut words = beginning;
        let taken =
            words.take(heading) && (words.take_colon() || words.is_emphasized() && words.is_over());
        taken.then_some(PromptFrame::Heading { rest: words.rest() })
    })
}

fn order(line: &str) -> Option<PromptFrame<'_>> {
    let (sentence, rest) = line.split_at(end_of_first(line));
    is_order(sentence).then_some(PromptFrame::Order { rest: rest.trim_start() })
}

#[cfg(test)]
mod tests;
