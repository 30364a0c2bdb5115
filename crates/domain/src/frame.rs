//! What a prompt puts around the texts of others, where a model repeats it in its own.

use crate::{Label, is_invisible};

/// What stands at the beginning of a line and is no part of what is said there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// The mark of a statement or of an interjection, as `[Speaker B, statement 7]`.
    Mark {
        /// The rest of the line.
        rest: &'a str,
    },
    /// A speaker's label with a colon, or alone on its line: `Speaker B: …`.
    Speaker {
        /// The speaker.
        label: Label,
        /// The rest of the line.
        rest: &'a str,
    },
    /// A word that only says what the text below it is, as `Said so far:`.
    Heading {
        /// The rest of the line.
        rest: &'a str,
    },
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

impl<'a> Frame<'a> {
    /// The frame at the beginning of a line, whatever decorates it.
    #[must_use]
    pub fn at_start(line: &'a str) -> Option<Self> {
        let plain = undecorated(line);
        bracketed(plain).or_else(|| bare(plain))
    }
}

/// A text in which each line that begins with the label of another than its author says whose words
/// it is: `(in Speaker A's words) Speaker B: …`. `author` is how the text's author is called.
#[must_use]
pub fn with_author_told(text: &str, author: &str, own: Option<Label>) -> String {
    let told = |line: &str| match Frame::at_start(line) {
        Some(Frame::Speaker { label, .. }) if Some(label) != own => {
            format!("(in {author}'s words) {line}")
        }
        Some(Frame::Speaker { .. } | Frame::Mark { .. } | Frame::Heading { .. }) | None => {
            line.to_owned()
        }
    };
    text.split_inclusive(breaks_line).map(told).collect()
}

/// Whether a character ends a line.
pub const fn breaks_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Reads words off the beginning of a text, blind to case.
struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    fn skip_space(&mut self) {
        self.0 = undecorated(self.0);
    }

    fn take(&mut self, word: &str) -> bool {
        let Some(head) = self.0.get(..word.len()) else { return false };
        let rest = &self.0[word.len()..];
        let ends =
            !word.ends_with(char::is_alphanumeric) || !rest.starts_with(char::is_alphanumeric);
        let taken = ends && head.eq_ignore_ascii_case(word);
        if taken {
            self.0 = rest;
            self.skip_space();
        }
        taken
    }

    fn take_mark(&mut self, marks: &[char]) -> bool {
        let rest = self.0.strip_prefix(marks);
        self.0 = rest.unwrap_or(self.0);
        self.skip_space();
        rest.is_some()
    }

    fn label(&mut self) -> Option<Label> {
        let mut words = Words(self.0);
        if !words.take("speaker") {
            return None;
        }
        let letter = words.0.chars().next()?.to_ascii_uppercase();
        let index = (0..16).find(|index| Label::of(*index).letter() == letter)?;
        let rest = &words.0[1..];
        if rest.starts_with(char::is_alphanumeric) {
            return None;
        }
        self.0 = undecorated(rest);
        Some(Label::of(index))
    }

    /// `statement 7` or `round 2`.
    fn number_of(&mut self, what: &str) -> bool {
        let mut words = Words(self.0);
        if !words.take(what) {
            return false;
        }
        let rest = words.0.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == words.0.len() || rest.starts_with(char::is_alphanumeric) {
            return false;
        }
        self.0 = undecorated(rest);
        true
    }

    fn numbers(&mut self) -> bool {
        let mut any = false;
        loop {
            let before = self.0;
            self.take_mark(&COMMAS);
            if !self.number_of("statement") && !self.number_of("round") {
                self.0 = before;
                return any;
            }
            any = true;
        }
    }
}

const COLONS: [char; 2] = [':', '：'];
const COMMAS: [char; 4] = [',', '，', '-', '–'];

/// A mark in brackets. A prompt shows `(` for a `[` that begins a line, and models repeat that too.
fn bracketed(line: &str) -> Option<Frame<'_>> {
    let mut words = Words(line);
    let round = words.0.starts_with(['(', '（']);
    if !words.take_mark(&['[', '［', '【', '(', '（']) {
        return None;
    }
    let speaker = words.label().is_some();
    let numbered = words.numbers();
    let person = !speaker && !numbered && words.take(PERSON);
    let closed = words.take_mark(&[']', '］', '】', ')', '）']);
    let colon = words.take_mark(&COLONS);
    let alone = words.0.is_empty();
    let is_mark =
        closed && (speaker || numbered || person) && (!round || numbered || colon || alone);
    is_mark.then_some(Frame::Mark { rest: words.0 })
}

fn bare(line: &str) -> Option<Frame<'_>> {
    let mut words = Words(line);
    if let Some(label) = words.label() {
        let in_brackets = words.take_mark(&['(', '（', '[']);
        let numbered = words.numbers();
        if in_brackets && !words.take_mark(&[')', '）', ']']) {
            return None;
        }
        let colon = words.take_mark(&COLONS);
        let fits = colon || (words.0.is_empty() && (numbered || !in_brackets));
        return fits.then_some(Frame::Speaker { label, rest: words.0 });
    }
    if words.numbers() {
        return words.take_mark(&COLONS).then_some(Frame::Mark { rest: words.0 });
    }
    HEADINGS.iter().find_map(|heading| {
        let mut words = Words(line);
        (words.take(heading) && words.take_mark(&COLONS))
            .then_some(Frame::Heading { rest: words.0 })
    })
}

/// A line without what decorates its beginning: white space, what nobody sees, and the marks of
/// bold text, headings and quotations.
fn undecorated(line: &str) -> &str {
    line.trim_start_matches(|c: char| {
        c.is_whitespace() || is_invisible(c) || matches!(c, '*' | '_' | '#' | '>' | '`' | '~')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_are_known_in_every_dress() {
        for mark in [
            "[Speaker B, statement 3]",
            "**[Speaker B, statement 3]**",
            "[speaker b, statement 3]:",
            "(Speaker B, statement 3]",
            "［Speaker B, statement 3］",
            "> ### [Speaker B]",
            "\u{200b} [Speaker B, round 2, statement 3]",
            "[Statement 3]",
            "(Statement 3)",
            "[A person in the room]",
            "Statement 3:",
            "**Statement 3:**",
        ] {
            for text in ["", " It rains."] {
                let line = format!("{mark}{text}");
                let frame = Frame::at_start(&line);
                assert_eq!(frame, Some(Frame::Mark { rest: text.trim_start() }), "{line:?}");
            }
        }
    }

    #[test]
    fn labels_are_known_in_every_dress() {
        let label = Label::of(1);
        for said in [
            "Speaker B:",
            "**Speaker B:**",
            "**Speaker B**:",
            "speaker b：",
            "Speaker B (statement 3):",
            "Speaker B, statement 3:",
            "> Speaker B:",
        ] {
            let line = format!("{said} It rains.");
            let frame = Frame::at_start(&line);
            assert_eq!(frame, Some(Frame::Speaker { label, rest: "It rains." }), "{line:?}");
        }
        for alone in ["### Speaker B", "Speaker B", "Speaker B, statement 3"] {
            assert_eq!(Frame::at_start(alone), Some(Frame::Speaker { label, rest: "" }));
        }
    }

    #[test]
    fn headings_are_known_before_a_colon_only() {
        for heading in ["Said so far:", "ARGUE:", "Statement:", "**Statement:**", "Argue :"] {
            let line = format!("{heading} It rains.");
            let frame = Frame::at_start(&line);
            assert_eq!(frame, Some(Frame::Heading { rest: "It rains." }), "{line:?}");
        }
        assert_eq!(Frame::at_start("Argue for it."), None);
    }

    #[test]
    fn what_is_said_is_no_frame() {
        for said in [
            "Speaker B, I disagree.",
            "Speaker B is wrong: it rains.",
            "Speaker Brown: it rains.",
            "Speaker Z: it rains.",
            "Speaker B said: it rains.",
            "(Speaker B is wrong) It rains.",
            "(Speaker B) may be right.",
            "[1] It rains.",
            "[Speaker B said so] It rains.",
            "Statement 3 is wrong.",
            "Statement three: it rains.",
            "Answer: it rains.",
            "Statements: it rains.",
            "A person in the room: it rains.",
            "",
        ] {
            assert_eq!(Frame::at_start(said), None, "{said:?}");
        }
    }

    proptest! {
        #[test]
        fn any_line_can_be_read(line in "[\\[(*# ]{0,3}(?i)(speaker|statement|argue)? ?[a-zé7]?[,:\\])】]{0,2}.*") {
            let rest = Frame::at_start(&line).map(|frame| match frame {
                Frame::Mark { rest } | Frame::Speaker { rest, .. } | Frame::Heading { rest } => rest,
            });
            prop_assert!(rest.is_none_or(|rest| line.ends_with(rest) && rest.len() < line.len()));
        }
    }
}
