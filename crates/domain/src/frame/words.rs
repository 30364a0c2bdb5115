use unicode_normalization::UnicodeNormalization;

use super::translated::{SPEAKERS, STATEMENTS};
use crate::{
    Label, is_colon, is_invisible, is_quotation_mark,
    separator::{behind_separator, is_gap},
    without_word,
};

/// How a line says that what follows is somebody's words.
const VERBS: [&str; 27] = [
    "said",
    "says",
    "replied",
    "replies",
    "wrote",
    "writes",
    "answered",
    "answers",
    "argued",
    "argues",
    "responded",
    "responds",
    "added",
    "adds",
    "asked",
    "asks",
    "stated",
    "states",
    "claimed",
    "claims",
    "concluded",
    "concludes",
    "continued",
    "continues",
    "speaks",
    "speaking",
    "agrees",
];

/// Longest text in brackets behind a label, in bytes.
const LONGEST_IN_BRACKETS: usize = 80;

const OPENING: [char; 13] =
    ['[', '［', '【', '〔', '「', '『', '{', '｛', '<', '〈', '《', '(', '（'];
const CLOSING: [char; 13] =
    [']', '］', '】', '〕', '」', '』', '}', '｝', '>', '〉', '》', ')', '）'];

/// Reads words off the beginning of a line, blind to case, width, and what cannot be seen.
#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    rest: &'a str,
    /// The characters before the rest emphasize it, as `**` does.
    emphasized: bool,
}

impl<'a> Words<'a> {
    /// The words of a line, without what decorates its beginning: marks of bold text, headings,
    /// quotations and lists, and the number of a list's item.
    pub(super) fn of(line: &'a str) -> Self {
        let words = without_tag(line.trim_start_matches(is_sign)).trim_start_matches(is_sign);
        let behind = words.trim_start_matches(char::is_numeric);
        let is_number =
            behind.len() < words.len() && behind.starts_with(['.', ')', '．', '）', '、']);
        let rest = if is_number { behind.trim_start_matches(is_sign) } else { words };
        let before = &line[..line.len() - rest.len()];
        Self { rest, emphasized: before.contains(['*', '_', '#', '`', '<']) }
    }

    /// The same, from the first bracket on.
    pub(super) fn before_bracket(line: &'a str) -> Self {
        let is_sign = |c| is_sign(c) && !OPENING.contains(&c);
        Self { rest: line.trim_start_matches(is_sign), emphasized: false }
    }

    pub(super) fn rest(&self) -> &'a str {
        if self.is_over() { "" } else { self.rest.trim_start_matches(is_gap) }
    }

    pub(super) fn is_over(&self) -> bool {
        let is_closing = |c| CLOSING.contains(&c) || is_quotation_mark(c) || matches!(c, '|' | '#');
        self.rest.chars().all(|c| is_gap(c) || is_closing(c))
    }

    /// Whether emphasis that began before ends here.
    pub(super) fn is_emphasized(&self) -> bool {
        let ends = self.rest.starts_with(['*', '_', '`']) || self.rest.starts_with("</");
        self.emphasized && (ends || self.is_over())
    }

    pub(super) fn take(&mut self, word: &str) -> bool {
        let Some(rest) = without_word(self.rest, word) else { return false };
        let ends = !rest.trim_start_matches(is_invisible).starts_with(char::is_alphanumeric);
        if ends {
            self.rest = rest.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c));
        }
        ends
    }

    pub(super) fn take_after_gap(&mut self, word: &str) -> bool {
        let mut words = Self { rest: self.rest.trim_start_matches(is_gap), ..*self };
        let taken = words.take(word);
        if taken {
            *self = words;
        }
        taken
    }

    pub(super) fn take_opening(&mut self) -> bool {
        self.take_one(&OPENING)
    }

    pub(super) fn take_closing(&mut self) -> bool {
        self.take_one(&CLOSING)
    }

    fn take_one(&mut self, marks: &[char]) -> bool {
        let taken = self.rest.trim_start_matches(is_gap).strip_prefix(marks);
        self.rest = taken.map_or(self.rest, |rest| rest.trim_start_matches(is_gap));
        taken.is_some()
    }

    /// A colon, a dash or the like, behind what closes the label.
    pub(super) fn take_separator(&mut self) -> bool {
        let taken = behind_separator(self.closed());
        self.rest =
            taken.map_or(self.rest, |rest| without_closing(rest.trim_start_matches(is_gap)));
        taken.is_some()
    }

    pub(super) fn take_colon(&mut self) -> bool {
        let taken = self.closed().trim_start_matches(is_gap).strip_prefix(is_colon);
        self.rest =
            taken.map_or(self.rest, |rest| without_closing(rest.trim_start_matches(is_gap)));
        taken.is_some()
    }

    pub(super) fn take_full_stop(&mut self) -> bool {
        let taken = self.closed().strip_prefix(['.', '。', '．']);
        let taken = taken.filter(|rest| rest.starts_with(char::is_whitespace) || rest.is_empty());
        self.rest = taken.unwrap_or(self.rest);
        taken.is_some()
    }

    /// The rest without brackets, quotation marks and tags that close what began before.
    fn closed(&self) -> &'a str {
        without_closing(without_closing(self.rest).trim_start_matches(is_quotation_mark))
    }

    pub(super) fn label(&mut self) -> Option<Label> {
        let (label, behind) = self.letter()?;
        let mut next = behind.chars();
        let is_word = next.next().is_some_and(|c| {
            c.is_alphanumeric()
                || (is_quotation_mark(c) && next.next().is_some_and(char::is_alphanumeric))
        });
        if is_word {
            return None;
        }
        self.rest = behind;
        Some(label)
    }

    /// A label in another language, as `Redner B` and `講者B`.
    pub(super) fn translated_label(&mut self) -> Option<Label> {
        let rest = SPEAKERS.iter().find_map(|word| without_word(self.rest, word))?;
        let (label, behind) = letter_at(rest)?;
        // `Redner Bauer` is a name. Scripts without spaces go on at once.
        let mut next = behind.chars();
        let is_latin = |c: char| c.is_alphanumeric() && c < '\u{2e80}';
        let is_word = next.next().is_some_and(|c| {
            is_latin(c) || is_quotation_mark(c) && next.next().is_some_and(is_latin)
        });
        if is_word {
            return None;
        }
        self.rest = behind;
        Some(label)
    }

    /// A numbered statement in another language, as `Beitrag 3` and `發言3`.
    pub(super) fn translated_number(&mut self) -> bool {
        let behind = STATEMENTS.iter().find_map(|word| without_word(self.rest, word));
        let mut words = *self;
        let taken = behind.is_some_and(|rest| {
            words.rest = rest.trim_start_matches(|c| is_gap(c) || matches!(c, '#' | '№'));
            words.number()
        });
        if taken {
            *self = words;
        }
        taken
    }

    /// The label of a possessor, as in `Speaker B's`.
    pub(super) fn possessor(&mut self) -> Option<Label> {
        let (label, behind) = self.letter()?;
        let mut words = Self { rest: behind.strip_prefix(is_quotation_mark)?, ..*self };
        let taken = words.take("s");
        if taken {
            *self = words;
        }
        taken.then_some(label)
    }

    /// A label, and the text behind its letter.
    fn letter(&self) -> Option<(Label, &'a str)> {
        letter_at(without_word(self.rest, "speaker")?)
    }

    /// `said`, and then a colon, a dash, a comma, a quotation mark or the end.
    pub(super) fn verb(&mut self) -> bool {
        let mut words = Self { rest: self.closed().trim_start_matches(is_gap), ..*self };
        if !VERBS.iter().any(|verb| words.take(verb)) {
            return false;
        }
        let is_quoted = words.rest.starts_with(is_quotation_mark);
        let taken =
            words.take_separator() || words.take_one(&[',', '，']) || is_quoted || words.is_over();
        if taken {
            *self = words;
        }
        taken
    }

    /// A short text in brackets, as in `Speaker B (the critic): …`, if a separator follows.
    pub(super) fn skip_brackets(&mut self) {
        let inside = self.rest.trim_start_matches(is_gap);
        if !inside.starts_with(OPENING) {
            return;
        }
        let Some(end) = inside.find(CLOSING).filter(|end| *end <= LONGEST_IN_BRACKETS) else {
            return;
        };
        let length = inside[end..].chars().next().map_or(0, char::len_utf8);
        let words = Self { rest: &inside[end + length..], ..*self };
        let mut behind = words;
        if behind.take_separator() {
            *self = words;
        }
    }

    /// `statement 7`, `round 2`, or both, with or without brackets.
    pub(super) fn numbers(&mut self) -> bool {
        let begun = self.rest;
        let in_brackets = self.take_one(&OPENING);
        let mut any = false;
        loop {
            let before = self.rest;
            self.rest = self.rest.trim_start_matches(|c| {
                is_gap(c)
                    || crate::is_dash(c)
                    || is_colon(c)
                    || matches!(c, ',' | '，' | '、' | '#')
            });
            if !self.number_of("statement") && !self.number_of("round") {
                self.rest = before;
                break;
            }
            any = true;
        }
        if !any || (in_brackets && !self.take_closing()) {
            self.rest = begun;
            return false;
        }
        true
    }

    pub(super) fn skip_commas(&mut self) {
        let is_comma = |c| is_gap(c) || crate::is_dash(c) || matches!(c, ',' | '，' | '、');
        self.rest = self.rest.trim_start_matches(is_comma);
    }

    /// A letter and a number, as `S7` and `R2`.
    pub(super) fn numbered(&mut self, letter: &str) -> bool {
        let mut words = *self;
        let taken = without_word(words.rest, letter).is_some_and(|rest| {
            words.rest = rest;
            rest.starts_with(char::is_numeric) && words.number()
        });
        if taken {
            *self = words;
        }
        taken
    }

    pub(super) fn number(&mut self) -> bool {
        let rest = self.rest.trim_start_matches(|c: char| c.is_numeric() || is_invisible(c));
        if rest.len() == self.rest.len() || rest.starts_with(char::is_alphanumeric) {
            return false;
        }
        self.rest = rest;
        true
    }

    /// Whether the line says no more than a mark that ends a sentence or an instruction.
    pub(super) fn is_ended(&self) -> bool {
        let rest = self.closed().trim_start_matches(is_gap);
        let behind = rest.strip_prefix(|c| is_colon(c) || matches!(c, '.' | '。' | '．'));
        Self { rest: behind.unwrap_or(rest), ..*self }.is_over()
    }

    fn number_of(&mut self, what: &str) -> bool {
        let mut words = *self;
        let taken = words.take(what) && words.number();
        if taken {
            *self = words;
        }
        taken
    }
}

/// The label whose letter a text begins with, and the text behind it.
fn letter_at(text: &str) -> Option<(Label, &str)> {
    let is_between = |c| is_gap(c) || crate::is_dash(c);
    let mut chars = text.trim_start_matches(is_between).chars();
    let letter = std::iter::once(chars.next()?).nfkc().next()?.to_ascii_uppercase();
    let index = (0..16).find(|index| Label::of(*index).letter() == letter)?;
    Some((Label::of(index), chars.as_str().trim_start_matches(is_invisible)))
}

/// Whether a character is no part of a word.
fn is_sign(c: char) -> bool {
    is_invisible(c) || !c.is_alphanumeric()
}

/// A text without the closing tag, brackets and marks of bold text that it begins with.
fn without_closing(text: &str) -> &str {
    let is_closing = |c| CLOSING.contains(&c) || matches!(c, '*' | '_' | '`' | '~');
    let text = if text.starts_with("</") { without_tag(text) } else { text };
    text.trim_start_matches(is_closing)
}

/// A text without the tag of HTML that it begins with, as `<b>` or `</strong>`, whose `<` may be gone.
fn without_tag(text: &str) -> &str {
    let name = text.trim_start_matches(['<', '/']);
    let behind = name.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let is_tag = behind.len() < name.len() && name.len() - behind.len() <= 6;
    behind.strip_prefix('>').filter(|_| is_tag).unwrap_or(text)
}
