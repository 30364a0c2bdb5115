use super::{translated::VERBS, words::Words};
use crate::{Label, is_invisible};

/// What models write instead of a [`PromptFrame`](super::PromptFrame). Apart from it, because logs are
/// checked, and prompts rendered, by the frames that `PromptFrame` knows. Only for the beginning of a
/// reply: further below, these may be citations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameVariant<'a> {
    /// A mark in other words: `[Statement 7, Speaker B]`, `[S7]`, `S7:`.
    Mark {
        /// The rest of the line.
        rest: &'a str,
    },
    /// A label with a role or a statement: `Speaker B, role R3: …`, `Speaker B's statement: …`.
    Speaker {
        /// The speaker.
        label: Label,
        /// The rest of the line.
        rest: &'a str,
    },
    /// A line that is a whole instruction to speak: `Open.`, `Order: Argue with evidence, or PASS.`
    Order,
}

impl<'a> FrameVariant<'a> {
    /// The variant at the beginning of a line, whatever decorates it.
    #[must_use]
    pub fn at_start(line: &'a str) -> Option<Self> {
        let mark = Bracketed::read(line).and_then(Bracketed::leading).or_else(|| short_mark(line));
        let mark = mark.map(|rest| Self::Mark { rest });
        mark.or_else(|| speaker(line))
            .or_else(|| translated_speaker(line))
            .or_else(|| is_whole_order(line).then_some(Self::Order))
    }
}

/// Whether a line begins a statement as transcripts in prompts do: with a mark in square brackets that
/// names a speaker and a statement, or that has the line to itself. A mark behind the sign of a list is a
/// citation.
#[must_use]
pub fn begins_statement(line: &str) -> bool {
    Bracketed::read(line).is_some_and(|mark| {
        mark.is_plain && (mark.is_alone || mark.names_speaker && mark.names_statement)
    })
}

/// A mark in brackets that names a speaker, a statement, or both in either order; or a person.
struct Bracketed<'a> {
    names_speaker: bool,
    names_statement: bool,
    /// The brackets are square, and only emphasis and quotation come before them.
    is_plain: bool,
    is_round: bool,
    is_alone: bool,
    has_separator: bool,
    rest: &'a str,
}

impl<'a> Bracketed<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let mut words = Words::before_bracket(line);
        let begun = words.rest();
        let before = line[..line.len() - begun.len()].trim_start();
        let is_sign = |c: char| {
            c.is_whitespace() || is_invisible(c) || matches!(c, '*' | '_' | '#' | '>' | '`')
        };
        let is_listed = before.contains("* ");
        if !words.take_opening() {
            return None;
        }
        let (mut names_speaker, mut names_statement) = (false, false);
        loop {
            words.skip_commas();
            if !names_statement
                && (words.numbers() || words.numbered("s") || words.translated_number())
            {
                names_statement = true;
            } else if !names_speaker && words.label().or_else(|| words.translated_label()).is_some()
            {
                names_speaker = true;
            } else {
                break;
            }
        }
        let is_named = names_statement || !names_speaker && words.take(super::PERSON);
        if !is_named || !words.take_closing() {
            return None;
        }
        let has_separator = words.take_separator();
        Some(Self {
            names_speaker,
            names_statement,
            is_plain: begun.starts_with(['[', '［', '【'])
                && before.chars().all(is_sign)
                && !is_listed,
            is_round: begun.starts_with(['(', '（']),
            is_alone: words.is_over(),
            has_separator,
            rest: words.rest(),
        })
    }

    /// The text behind a mark that is no part of a sentence: `[S7] claims that …` is one.
    fn leading(self) -> Option<&'a str> {
        let first = self.rest.chars().find(|c| c.is_alphanumeric());
        let continues = first.is_some_and(char::is_lowercase);
        let names_both = self.names_speaker && self.names_statement && !self.is_round;
        (names_both || self.has_separator || self.is_alone || !continues).then_some(self.rest)
    }
}

fn short_mark(line: &str) -> Option<&str> {
    let mut words = Words::of(line);
    let is_mark = (words.numbered("s") || words.translated_number()) && words.take_colon();
    is_mark.then(|| words.rest())
}

/// A label in another language, set off as English ones are: `Докладчик B: …`, `[講者B] …`.
fn translated_speaker(line: &str) -> Option<FrameVariant<'_>> {
    let mut words = Words::of(line);
    let label = words.translated_label()?;
    let in_brackets = line.trim_start().starts_with(['[', '［', '【']) && words.take_closing();
    words.skip_brackets();
    let mut numbered = words;
    numbered.skip_commas();
    if numbered.translated_number() || VERBS.iter().any(|verb| numbered.take_after_gap(verb)) {
        words = numbered;
    }
    let is_set_off = words.take_separator() || words.is_over() || in_brackets;
    is_set_off.then(|| FrameVariant::Speaker { label, rest: words.rest() })
}

fn speaker(line: &str) -> Option<FrameVariant<'_>> {
    let mut words = Words::of(line);
    let (label, is_known) = if let Some(label) = words.possessor() {
        (
            label,
            words.take("statement") || words.take("argument") || words.take("opening statement"),
        )
    } else {
        let label = words.label()?;
        words.skip_commas();
        words.take("in");
        words.take("role");
        (label, words.numbered("r"))
    };
    let is_set_off = is_known && (words.take_separator() || words.is_over());
    is_set_off.then(|| FrameVariant::Speaker { label, rest: words.rest() })
}

/// Whether a line is an instruction to speak, whole, as prompts put it (`opening.jinja`,
/// `argument.jinja`).
fn is_whole_order(line: &str) -> bool {
    let mut words = Words::of(line);
    if words.take("order") || words.take("your order") {
        if !words.take_colon() {
            return false;
        }
        words = Words::of(words.rest());
    }
    let argues = words.take("argue");
    if argues {
        words.take("with evidence");
    } else if !words.take("open") {
        return false;
    }
    if words.take("in at most") && !(words.number() && words.take_after_gap("words")) {
        return false;
    }
    if argues {
        let mut passing = words;
        passing.skip_commas();
        if passing.take("or pass") {
            words = passing;
        }
    }
    words.is_ended()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_in_other_words_are_known() {
        for mark in [
            "[Statement 99, Speaker C]",
            "**[statement 99 – speaker c]**",
            "[Speaker C, S99]",
            "[S99, Speaker C]:",
            "[S9]",
            "(S9)",
            "［Ｓ９］",
            "S8:",
            "**S8:**",
            "s8：",
            "[講者B，發言3]",
            "【讲者C，发言12】",
            "[Redner B, Beitrag 3]",
            "**[Rednerin B, Beitrag 3]**",
            "[Beitrag 3, Redner B]",
            "[Orateur B, intervention 3]",
            "[Докладчик B, высказывание 3]",
            "[발언자 B, 발언 3]",
            "[話者B、発言3]",
            "Beitrag 3:",
            "發言3：",
        ] {
            for text in ["", " It rains."] {
                let line = format!("{mark}{text}");
                let mark = FrameVariant::Mark { rest: text.trim_start() };
                assert_eq!(FrameVariant::at_start(&line), Some(mark), "{line}");
            }
        }
        for said in [
            "[S9] claims that it rains.",
            "S8 is wrong.",
            "S8 says: it rains.",
            "S: it rains.",
            "S8a: it rains.",
            "[9] It rains.",
            "[Source 9] It rains.",
            "[Speaker C is wrong, statement 9] It rains.",
            "[Speaker C] It rains.",
            "Statement 9 is wrong.",
            "(S9 is wrong) It rains.",
            "[]",
            "",
        ] {
            assert_eq!(FrameVariant::at_start(said), None, "{said}");
        }
    }

    #[test]
    fn labels_with_a_role_or_a_statement_are_known() {
        let label = Label::of(11);
        for said in [
            "Speaker L, role R3:",
            "Speaker L in role R3:",
            "**Speaker L, R3:**",
            "speaker l – role r3 –",
            "Speaker L's statement:",
            "**Speaker L’s Statement:**",
        ] {
            let line = format!("{said} It rains.");
            let speaker = FrameVariant::Speaker { label, rest: "It rains." };
            assert_eq!(FrameVariant::at_start(&line), Some(speaker), "{line}");
        }
        for said in [
            "Speaker L, a role: it rains.",
            "Speaker L's statement is wrong: it rains.",
            "Speaker L's point: it rains.",
            "Speaker L's statements: it rains.",
            "Speaker L, R3 is wrong: it rains.",
            "Speaker Lee's statement: it rains.",
            "Speaker L, I disagree.",
        ] {
            assert_eq!(FrameVariant::at_start(said), None, "{said}");
        }
    }

    #[test]
    fn labels_in_other_languages_are_known() {
        let label = Label::of(1);
        for said in [
            "Докладчик B:",
            "**Докладчик B:**",
            "Redner B:",
            "Rednerin B –",
            "Redner B (Beitrag 3):",
            "Sprecher B sagt:",
            "Orateur B :",
            "Orador B, intervención 3:",
            "講者B：",
            "讲者 B：",
            "講者B說：",
            "[講者B]",
            "話者Ｂ：",
            "발언자 B:",
            "ผู้พูด B:",
            "المتحدث B:",
        ] {
            let line = format!("{said} It rains.");
            let speaker = FrameVariant::Speaker { label, rest: "It rains." };
            assert_eq!(FrameVariant::at_start(&line), Some(speaker), "{line}");
        }
        for said in [
            "Redner Bauer: it rains.",
            "Redner B hat recht.",
            "Докладчик B прав.",
            "講者B是對的。",
            "Redner: it rains.",
            "Die Redner B und C: it rains.",
            "Beitrag 3 ist falsch.",
            "Beitrag: it rains.",
            "[Redner B hat recht] It rains.",
        ] {
            assert_eq!(FrameVariant::at_start(said), None, "{said}");
        }
    }

    #[test]
    fn an_order_has_its_line_to_itself() {
        for order in [
            "Open.",
            "open",
            "**Open.**",
            "\"Open\"",
            "Open:",
            "Open in at most 90 words.",
            "Argue.",
            "Argue, or PASS.",
            "Argue with evidence, or PASS.",
            "Argue in at most 90 words, or PASS.",
            "Order: Argue",
            "Order: **Argue, or PASS.**",
            "Your order: Open.",
        ] {
            assert_eq!(FrameVariant::at_start(order), Some(FrameVariant::Order), "{order}");
        }
        for said in [
            "Open markets help.",
            "Open. Markets help.",
            "Open?",
            "Open!",
            "Open the street.",
            "Opening.",
            "Argue as we may, it rains.",
            "Argue, or lose.",
            "Argue: it rains.",
            "Argue with evidence that counts.",
            "Open in at most a few words.",
            "Open, or PASS.",
            "Order: law and order.",
            "Order.",
            "PASS",
            "We argue.",
        ] {
            assert_eq!(FrameVariant::at_start(said), None, "{said}");
        }
    }

    #[test]
    fn a_statement_begins_at_a_mark_and_not_at_a_citation() {
        for line in [
            "[Speaker C, statement 3]",
            "[speaker C, statement 3] It rains.",
            "  [Speaker C, statement 3]:",
            "**[Speaker C, statement 3]**",
            "> [Speaker C, statement 3]",
            "### [Speaker C, round 2, statement 3]",
            "\u{200b}[Speaker C, statement 3]",
            "［Speaker C, statement 3］",
            "[Statement 99, Speaker C] It rains.",
            "[S99]",
            " **[S99]** ",
            "[Statement 99]:",
            "[A person in the room]",
            "[講者C，發言3]",
            "[Redner C, Beitrag 3] It rains.",
        ] {
            assert!(begins_statement(line), "{line}");
        }
        for line in [
            "[S99] It rains.",
            "[Statement 99] is wrong.",
            "- [Speaker C, statement 3]",
            "* [Speaker C, statement 3] is wrong.",
            "1. [Speaker C, statement 3] is wrong.",
            "(Speaker C, statement 3)",
            "(S99)",
            "As [Speaker C, statement 3] says, it rains.",
            "[A person in the room] asked why.",
            "[Speaker C]",
            "[1]",
            "[x]",
            "[Note]",
            "",
        ] {
            assert!(!begins_statement(line), "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_line_has_its_rest_at_its_end(line in "[\\[(*# ]{0,3}(?i)(speaker [a-c]|statement 3|s3|order|argue|open)?[,:.\\])’ ]{0,3}(?i)(s statement|role r2|s9|open)?.{0,12}") {
            let _ = begins_statement(&line);
            match FrameVariant::at_start(&line) {
                Some(FrameVariant::Mark { rest } | FrameVariant::Speaker { rest, .. }) => {
                    prop_assert!(line.ends_with(rest) && rest.len() < line.len());
                }
                Some(FrameVariant::Order) | None => {}
            }
        }

        /// Words without a speaker, a number behind `S`, or an order alone on its line.
        #[test]
        fn prose_is_no_frame(first in "(Open|Argue|Order|Speaker|Speakers|Statement|[\\[(]note[\\])]|[\\[][0-9]{1,2}[\\]])", rest in "( [a-z]{2,9}){1,8}[.!?]") {
            let line = first + &rest;
            prop_assume!(!["in", "or", "with"].iter().any(|word| rest.trim_start().starts_with(word)));
            prop_assert_eq!(FrameVariant::at_start(&line), None);
            prop_assert!(!begins_statement(&line));
        }
    }
}
