//! What a prompt puts around the texts of others, where a model repeats it in its own.

mod words;

use words::Words;

use crate::{Label, sentence::end_of_first};

/// What stands at the beginning of a line and is no part of what is said there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
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
        /// How the label is told from the words.
        dress: Dress,
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

/// How a label is told from the words behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dress {
    /// By a colon, a dash or the like, or it stands alone.
    Separate,
    /// It stands in brackets, as marks do: `[Speaker B] …`.
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

impl<'a> Frame<'a> {
    /// The frame at the beginning of a line, whatever decorates it.
    #[must_use]
    pub fn at_start(line: &'a str) -> Option<Self> {
        bracketed(line).or_else(|| bare(line)).or_else(|| order(line))
    }
}

/// Whether a sentence is one by which a prompt tells its reader who it is or what to do, as
/// `You are Speaker A, an analyst.` and `Open the debate in at most 130 words.`
#[must_use]
pub fn is_order(sentence: &str) -> bool {
    let mut words = Words::of(sentence);
    if words.take("you are") || words.take("you're") {
        return words.label().is_some();
    }
    let orders = ORDERS.iter().any(|order| Words::of(sentence).take(order));
    orders && limits_words(sentence)
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

/// How orders of prompts begin.
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
/// it is: `(in Speaker A's words) Speaker B: …`. `author` is how the text's author is called.
#[must_use]
pub fn with_author_told(text: &str, author: &str, own: Option<Label>) -> String {
    let told = |line: &str| match Frame::at_start(line) {
        Some(Frame::Speaker { label, .. }) if Some(label) != own => {
            format!("(in {author}'s words) {line}")
        }
        Some(
            Frame::Speaker { .. }
            | Frame::Mark { .. }
            | Frame::Heading { .. }
            | Frame::Order { .. },
        )
        | None => line.to_owned(),
    };
    text.split_inclusive(breaks_line).map(told).collect()
}

/// Whether a character ends a line.
pub const fn breaks_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// A mark in brackets. A prompt shows `(` for a `[` that begins a line, and models repeat that too.
fn bracketed(line: &str) -> Option<Frame<'_>> {
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
    if round && !numbered && !colon && !alone {
        return None;
    }
    let rest = words.rest();
    match speaker {
        Some(label) if !numbered => {
            let dress = if round { Dress::Separate } else { Dress::Bracketed };
            Some(Frame::Speaker { label, dress, rest })
        }
        Some(_) => Some(Frame::Mark { rest }),
        None => (numbered || person).then_some(Frame::Mark { rest }),
    }
}

fn bare(line: &str) -> Option<Frame<'_>> {
    let mut words = Words::of(line);
    if let Some(label) = words.label() {
        let emphasized = words.is_emphasized();
        let numbered = words.numbers();
        if !numbered {
            words.skip_brackets();
        }
        let dress = if words.verb()
            || words.take_separator()
            || words.take_full_stop()
            || words.is_over()
        {
            Dress::Separate
        } else if emphasized {
            Dress::Emphasized
        } else {
            return None;
        };
        return Some(Frame::Speaker { label, dress, rest: words.rest() });
    }
    if words.numbers() {
        return words.take_separator().then_some(Frame::Mark { rest: words.rest() });
    }
    HEADINGS.iter().find_map(|heading| {
        let mut words = Words::of(line);
        let taken =
            words.take(heading) && (words.take_colon() || words.is_emphasized() && words.is_over());
        taken.then_some(Frame::Heading { rest: words.rest() })
    })
}

fn order(line: &str) -> Option<Frame<'_>> {
    let (sentence, rest) = line.split_at(end_of_first(line));
    is_order(sentence).then_some(Frame::Order { rest: rest.trim_start() })
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
            "> ### [Speaker B, statement 3]",
            "\u{200b} [Speaker B, round 2, statement 3]",
            "[Ｓｐｅａｋｅｒ Ｂ， ｓｔａｔｅｍｅｎｔ ３]",
            "[SPEAKER B – STATEMENT 3]",
            "[Speaker-B, statement 3]",
            "- [ Speaker B , statement 3 ]",
            "【Speaker B, statement 3】",
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
        let dress = Dress::Separate;
        for said in [
            "SPEAKER B –",
            "Speaker B -",
            "Speaker B—",
            "Speaker B --",
            "Ｓｐｅａｋｅｒ Ｂ：",
            "Ｓｐｅａｋｅｒ　Ｂ∶",
            "𝐒𝐩𝐞𝐚𝐤𝐞𝐫 𝐁:",
            "Spe\u{200b}aker\u{a0}B:",
            "> Speaker B said:",
            "Speaker B says,",
            "Speaker B replied –",
            "Speaker B (statement 4):",
            "Speaker B (the critic):",
            "Speaker B [statement 4] –",
            "- Speaker B:",
            "– Speaker B:",
            "• Speaker B:",
            "1. Speaker B:",
            "2) **Speaker B:**",
            "Speaker-B:",
            "Speaker_B:",
            "SpeakerB:",
            "“Speaker B”:",
            "(Speaker B):",
            "(Speaker B:)",
            "### Speaker B:",
            "| Speaker B |",
            "🗣️ Speaker B:",
            "<b>Speaker B</b>:",
            "<b>Speaker B:</b>",
            "Speaker B →",
            "Speaker B.",
            "Speaker **B**:",
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
            assert_eq!(frame, Some(Frame::Speaker { label, dress, rest: "It rains." }), "{line:?}");
        }
        for alone in [
            "### Speaker B",
            "Speaker B",
            "**Speaker B**",
            "Speaker B, statement 3",
            "Speaker B (statement 3)",
            "Speaker B said",
        ] {
            assert_eq!(
                Frame::at_start(alone),
                Some(Frame::Speaker { label, dress, rest: "" }),
                "{alone}"
            );
        }
        for (line, dress) in [
            ("[Speaker B] It rains.", Dress::Bracketed),
            ("［Speaker Ｂ］： It rains.", Dress::Bracketed),
            ("<Speaker B> It rains.", Dress::Bracketed),
            ("**Speaker B** It rains.", Dress::Emphasized),
            ("__Speaker B__ It rains.", Dress::Emphasized),
        ] {
            assert_eq!(
                Frame::at_start(line),
                Some(Frame::Speaker { label, dress, rest: "It rains." }),
                "{line}"
            );
        }
    }

    #[test]
    fn headings_are_known_before_a_colon_only() {
        for heading in
            ["Said so far:", "ARGUE:", "Statement:", "**Statement:**", "Argue :", "ＡＲＧＵＥ："]
        {
            let line = format!("{heading} It rains.");
            let frame = Frame::at_start(&line);
            assert_eq!(frame, Some(Frame::Heading { rest: "It rains." }), "{line:?}");
        }
        for alone in ["## Opening statement", "**My argument**"] {
            assert_eq!(Frame::at_start(alone), Some(Frame::Heading { rest: "" }), "{alone}");
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
            "Speaker B said that it rains.",
            "Speaker B says it rains.",
            "Speaker B-like claims: none.",
            "Speaker B's point: it rains.",
            "Speaker B’s point: it rains.",
            "Speaker B and Speaker C: you err.",
            "Speaker B?",
            "Speaker B!",
            "(in Speaker A's words) Speaker B: It rains.",
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

    #[test]
    fn orders_of_a_prompt_are_known() {
        for order in [
            "You are Speaker A, an analyst.",
            "you are Speaker A in role R1.",
            "Open the debate in at most 130 words.",
            "Open in at most 130 words.",
            "Argue with evidence in at most 90 words, or PASS.",
            "Below it, make the best case for your answer in at most 130 words.",
            "At most 130 words.",
            "Length of a statement: at most 130 words",
        ] {
            let line = format!("{order} It rains.");
            let rest = if order.ends_with('.') { "It rains." } else { "" };
            assert_eq!(Frame::at_start(&line), Some(Frame::Order { rest }), "{order}");
        }
        for said in [
            "You are right, Speaker A.",
            "Open the street.",
            "Open the street at most 2 hours a day.",
            "Speeches have 130 words.",
            "In at most two words: it rains.",
        ] {
            assert_eq!(Frame::at_start(said), None, "{said}");
        }
    }

    proptest! {
        #[test]
        fn any_line_can_be_read(line in "[\\[(*# ]{0,3}(?i)(speaker|statement|argue)? ?[a-zé7]?[,:\\])】]{0,2}.*") {
            let rest = Frame::at_start(&line).map(|frame| match frame {
                Frame::Mark { rest }
                | Frame::Speaker { rest, .. }
                | Frame::Heading { rest }
                | Frame::Order { rest } => rest,
            });
            prop_assert!(rest.is_none_or(|rest| line.ends_with(rest) && rest.len() < line.len()));
        }
    }
}
