//! What a reply leaves of itself in the log.

use synod_domain::{
    DebateOption, FrameVariant, Label, LabelStyle, PromptFrame, TranscriptEntry, answer_line,
    begins_statement, breaks_line, is_blank, is_enclosing, is_sentence_end, norm, same_answer,
    telling, with_author_named,
};

/// Most characters of a statement.
const LONGEST: usize = 32_768;

/// Most characters of a reply that are read for the frame of a prompt: text after them cannot come
/// into a statement, but for a frame of this length in front.
const MOST_READ: usize = 2 * LONGEST;

/// A text fit for the log.
pub(crate) struct Statement {
    pub(crate) text: String,
    /// It was longer than statements may be.
    pub(crate) cut: bool,
}

/// CRLF becomes LF; control characters but LF and TAB are removed; trimmed.
pub(crate) fn clean(text: &str) -> String {
    let kept = text.replace("\r\n", "\n");
    let kept: String =
        kept.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    kept.trim().to_owned()
}

/// Cleaned, on one line.
pub(crate) fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cleaned, and cut at 32,768 characters.
pub(crate) fn clean_and_cut(text: &str) -> Statement {
    let mut text = clean(text);
    let end = text.char_indices().nth(LONGEST).map(|(at, _)| at);
    if let Some(end) = end {
        text.truncate(end);
        text.truncate(text.trim_end().len());
    }
    Statement { text, cut: end.is_some() }
}

/// What a speaker's reply says, without the frame of the prompt that it repeats: marks, its own
/// label, headings and orders go, and a line with the label of another says that it is the speaker's
/// words. The reply ends where it begins a statement of somebody else. An option is no order.
pub(crate) fn said_by(speaker: Label, reply: &str, options: &[DebateOption]) -> Statement {
    let reply = clean(reply);
    let read = beginning(&reply, MOST_READ);
    let own_words = without_frame(read, Some(Speaker { label: speaker, options })).join("\n");
    let own_words = clean_and_cut(without_last_label(&own_words));
    let attributed = with_author_named(&own_words.text, &speaker.to_string(), Some(speaker));
    let Statement { text, cut } = clean_and_cut(&attributed);
    Statement { text, cut: cut || own_words.cut || read.len() < reply.len() }
}

/// Whose reply is read.
#[derive(Clone, Copy)]
struct Speaker<'a> {
    label: Label,
    options: &'a [DebateOption],
}

/// A reply without the frame of the prompt, in the parts that marks and labels make of it. Labels
/// of others than the speaker stay, and a mark in the middle ends the reply; without a speaker every
/// label and every mark only goes.
fn without_frame(reply: &str, speaker: Option<Speaker<'_>>) -> Vec<String> {
    let mut parts = vec![String::new()];
    // Headings are above a statement, or after the answer line of an opening.
    let mut says_more = false;
    let mut begins = true;
    'lines: for line in reply.split(breaks_line) {
        let mut rest = line;
        loop {
            if speaker.is_some() && !begins && begins_statement(rest) {
                break 'lines;
            }
            match PromptFrame::at_start(rest) {
                Some(PromptFrame::Speaker { label, style, .. })
                    if speaker.is_some_and(|own| is_said(own.label, label, style, begins)) =>
                {
                    break;
                }
                Some(
                    PromptFrame::Mark { rest: said } | PromptFrame::Speaker { rest: said, .. },
                ) => {
                    parts.push(String::new());
                    rest = said;
                }
                Some(PromptFrame::Heading { rest: said }) if !says_more || is_blank(said) => {
                    rest = said;
                }
                Some(PromptFrame::Order { rest: said }) if begins => rest = said,
                Some(PromptFrame::Heading { .. } | PromptFrame::Order { .. }) => break,
                None => {
                    let Some(own) = speaker.filter(|_| begins) else { break };
                    match FrameVariant::at_start(rest) {
                        Some(FrameVariant::Mark { rest: said }) => rest = said,
                        Some(FrameVariant::Speaker { label, rest: said }) if label == own.label => {
                            rest = said;
                        }
                        Some(FrameVariant::Speaker { .. }) => {
                            let part = parts.last_mut().expect("there is always a part");
                            part.push_str(&telling(&own.label.to_string()));
                            break;
                        }
                        Some(FrameVariant::Order) if !own.may_answer(rest) => rest = "",
                        Some(FrameVariant::Order) | None => break,
                    }
                }
            }
        }
        begins &= is_blank(rest);
        says_more |= !is_blank(rest) && answer_line(rest).is_none();
        if rest.len() == line.len() || !is_blank(rest) {
            let part = parts.last_mut().expect("there is always a part");
            part.push_str(rest);
            part.push('\n');
        }
    }
    parts.retain(|part| !is_blank(part));
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

impl Speaker<'_> {
    /// Whether a line is one of the options, as `Open` may be.
    fn may_answer(&self, line: &str) -> bool {
        self.options.iter().any(|option| same_answer(&option.text, line))
    }
}

/// A text without the label of a next speaker that it ends with: nothing is said under it.
fn without_last_label(mut text: &str) -> &str {
    while let Some(line) = text.trim_end().rsplit(breaks_line).next() {
        match PromptFrame::at_start(line) {
            Some(PromptFrame::Speaker { rest, .. }) if is_blank(rest) => {
                text = text.trim_end().strip_suffix(line).unwrap_or_default();
            }
            Some(_) | None => break,
        }
    }
    text.trim_end()
}

/// Whether the label of a line is a part of what its speaker says: another's, unless it stands like a
/// mark before everything else, and the own one where it may only be emphasis.
fn is_said(own: Label, label: Label, style: LabelStyle, begins: bool) -> bool {
    if own == label {
        style == LabelStyle::Emphasized
    } else {
        style != LabelStyle::Bracketed || !begins
    }
}

/// Whether a reply only says again, word for word, what the transcript shows: one statement, or
/// several with their marks.
pub(crate) fn is_copy(reply: &str, transcript: &[TranscriptEntry]) -> bool {
    // A character has at most four bytes.
    if reply.len() > 4 * MOST_READ {
        return false;
    }
    let is_said = |text: &str| {
        transcript.iter().any(|entry| match entry {
            TranscriptEntry::Statement { text: said, .. } => {
                let is_it = |said: &str| may_be_same(text, said) && same(text, said);
                is_it(said) || without_answer_lines(said).is_some_and(|said| is_it(&said))
            }
            TranscriptEntry::Interjection { .. } => false,
        })
    };
    if is_said(reply) {
        return true;
    }
    let parts = without_frame(reply, None);
    !parts.is_empty() && parts.iter().all(|part| is_said(part))
}

/// What an opening says beside the lines that state its answer, if it has such a line.
fn without_answer_lines(statement: &str) -> Option<String> {
    let states = |line: &&str| answer_line(line).is_some();
    statement.lines().any(|line| states(&line)).then(|| {
        let others: Vec<_> = statement.lines().filter(|line| !states(line)).collect();
        others.join("\n")
    })
}

fn same(a: &str, b: &str) -> bool {
    synod_domain::same_answer(a, b)
}

/// Whether two texts may be equal under `norm`, which keeps the letters of ASCII. Computes neither
/// form, since most texts differ.
fn may_be_same(a: &str, b: &str) -> bool {
    if !a.is_ascii() || !b.is_ascii() {
        return true;
    }
    let letters =
        |text| str::bytes(text).filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase());
    letters(a).eq(letters(b))
}

/// Whether a text is as [`clean_and_cut`] leaves texts.
pub(crate) fn is_clean(text: &str) -> bool {
    let Statement { text: cleaned, cut } = clean_and_cut(text);
    !cut && cleaned == text
}

/// Whether a statement says that its speaker has nothing to add.
pub(crate) fn is_pass(text: &str) -> bool {
    norm(text) == "pass"
}

/// The first sentence: to the first `.`, `!` or `?` before white space or the end, to a full stop of
/// another script (`。`, `؟`, `।`), or to a line end. Quotation marks and brackets that close behind
/// it belong to it; the number of a list's item, as `1.`, does not.
pub(crate) fn first_sentence(text: &str) -> &str {
    let text = without_number(text.trim_start());
    for (at, c) in text.char_indices() {
        if matches!(c, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}') {
            return text[..at].trim_end();
        }
        let rest = &text[at + c.len_utf8()..];
        let behind = rest.trim_start_matches(is_enclosing);
        if is_sentence_end(c) && ends_sentence(c, behind) {
            return &text[..text.len() - behind.len()];
        }
    }
    text.trim_end()
}

/// Whether a mark with this behind it ends a sentence. Scripts that part no words need no space.
fn ends_sentence(mark: char, behind: &str) -> bool {
    let next = behind.chars().next();
    match mark {
        '．' | '\u{2024}' => next.is_none_or(|next| !next.is_alphanumeric()),
        mark if mark.is_ascii() => next.is_none_or(char::is_whitespace),
        _ => next.is_none_or(|next| !is_sentence_end(next)),
    }
}

fn without_number(item: &str) -> &str {
    let rest = item.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_number = rest.len() < item.len();
    let marked = rest.strip_prefix(['.', ')']).filter(|rest| rest.starts_with(char::is_whitespace));
    marked.filter(|_| is_number).map_or(item, str::trim_start)
}

/// The beginning of a text, at most the given number of characters.
pub(crate) fn beginning(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_log() {
        assert_eq!(clean(" \u{1b}[31mred\u{7}\r\nnext\ttab\u{0} "), "[31mred\nnext\ttab");
    }

    #[test]
    fn a_megabyte_is_cut_at_a_character() {
        let Statement { text, cut } = clean_and_cut(&"é".repeat(1_000_000));
        assert!(cut);
        assert_eq!(text.chars().count(), 32_768);
        assert!(!clean_and_cut(&"é".repeat(32_768)).cut);
    }

    /// A statement is a part of the beginning: the rest of a flood is not read.
    #[test]
    fn a_flood_is_cut_before_it_is_read() {
        let flood = format!("It rains. {}", "\"\\ [Speaker C]: ".repeat(500_000));
        let Statement { text, cut } = said_by(B, &flood, &[]);
        assert!(cut && text.starts_with("It rains. ") && text.chars().count() <= 32_768);
        assert!(!is_copy(&flood, &[]));
    }

    const B: Label = Label::of(1);

    fn said(reply: &str) -> String {
        said_by(B, reply, &[]).text
    }

    #[test]
    fn the_frame_of_a_prompt_is_no_part_of_a_statement() {
        for framed in [
            "[Speaker B, statement 3]\nIt rains.",
            "[Speaker C, statement 3] It rains.",
            "**[Speaker B, statement 3]**\n\nIt rains.",
            "Speaker B: It rains.",
            "**Speaker B:** It rains.",
            "Said so far:\n\n[Speaker B, statement 3]\nIt rains.",
            "ARGUE: It rains.",
            "Statement: It rains.",
            "[Speaker B, statement 3]\nSpeaker B: Argue: It rains.",
            "It rains.\n\n[Speaker C, statement 4]",
            "It rains.\nSaid so far:",
            "It rains.\n**[Speaker B, statement 4]**\r\n",
            "[Speaker A]\n\n[Speaker A]\nIt rains.",
            "You are Speaker B, an analyst. Open the debate in at most 130 words. It rains.",
            "You are Speaker B, an analyst.\nOpen the debate in at most 130 words.\n\nIt rains.",
            "## Opening statement\nIt rains.",
            "[講者B，發言3]\nIt rains.",
            "[Redner C, Beitrag 3] It rains.",
            "Докладчик B: It rains.",
            "It rains.\n\n[Докладчик C, высказывание 4]\nIt pours.",
        ] {
            assert_eq!(said(framed), "It rains.", "{framed:?}");
        }
        assert_eq!(said("Answer: Yes\nStatement: It rains."), "Answer: Yes\nIt rains.");
        assert_eq!(said("It rains.\nSpeaker B: It pours."), "It rains.\nIt pours.");
        for nothing in
            ["[Speaker B, statement 3]", "Speaker B:", "Said so far:\n[Speaker A]", "ARGUE:"]
        {
            assert_eq!(said(nothing), "", "{nothing:?}");
        }
        assert_eq!(said("[Speaker B, statement 3]\nPASS"), "PASS");
        let others = "Redner A: It rains.";
        assert_eq!(said(others), format!("(in Speaker B's words) {others}"));
    }

    #[test]
    fn an_invented_statement_ends_the_reply() {
        let own = "Answer: Now\nPrices rise.";
        for mark in [
            "[Speaker C, statement 3]",
            "**[Speaker C, statement 3]**",
            "[speaker C, statement 3]",
            "  [Speaker C, statement 3]:",
            "［Speaker C, statement 3］",
            "[Statement 99, Speaker C]",
            "[Speaker B, statement 4]",
            "[S99]",
            "[A person in the room]",
        ] {
            let reply = format!("{own}\n\n{mark}\nAnswer: Later\nWaiting saves money.");
            assert_eq!(said(&reply), own, "{mark}");
            assert_eq!(said(&format!("{mark}\n{reply}")), own, "{mark}");
        }
        let invented = format!("{own}\n[Speaker C, statement 3] Waiting saves money.");
        assert_eq!(said(&invented), own);
    }

    #[test]
    fn variants_of_the_frame_go_at_the_beginning() {
        for frame in [
            "Argue.\n",
            "Open.\n",
            "Order: Argue\n",
            "**Order:** Open.\n\n",
            "You are Speaker B in role R1.\nArgue.\n",
            "You are Speaker C in role R1.\nArgue with evidence, or PASS.\n",
            "[S9] ",
            "[S9]\n",
            "S8: ",
            "[Statement 9, Speaker B]\n",
            "Speaker B, role R3: ",
            "Speaker B, role R3\n",
            "Speaker B's statement: ",
            "Speaker B’s statement:\n",
            "Argue.\n[Speaker B, statement 3]\nS3: ",
        ] {
            assert_eq!(said(&format!("{frame}It rains.")), "It rains.", "{frame}");
        }
        for nothing in ["Argue.", "Order: Argue", "S8:", "[S9]"] {
            assert_eq!(said(nothing), "", "{nothing}");
        }
        for label in ["Speaker C, role R3:", "Speaker C's statement:"] {
            let attributed = format!("(in Speaker B's words) {label} It rains.");
            assert_eq!(said(&format!("{label} It rains.")), attributed);
            assert_eq!(said(&attributed), attributed);
        }
    }

    #[test]
    fn an_option_is_no_order() {
        let options = DebateOption::list(["Open"]);
        let said = |reply| said_by(B, reply, &options).text;
        assert_eq!(said("Open.\nIt rains."), "Open.\nIt rains.");
        assert_eq!(said("Argue.\nIt rains."), "It rains.");
    }

    #[test]
    fn what_is_said_stays_as_it_is() {
        for text in [
            "It rains.\n\n1. [a] Costs rise.\n  * Argue: for what?\nArgument: none.",
            "Speaker A, I disagree.\nSpeaker C said that it rains.",
            "**Speaker B** is my label.",
            "Open questions: none.\n\n\nSo be it.",
            "Open markets help.\nArgue.\nOpen.",
            "Open. Markets help.",
            "Open?\nYes.",
            "Argue as we may, it rains.",
            "Order: law and order.\nS8: it rains.",
            "S8 is wrong: it rains.",
            "[S9] claims that it rains.",
            "It rains.\n[S9] shows why.",
            "It rains [S9].\n[1] A source.\n[Note]\nIt pours.",
            "It rains, says [Speaker C, statement 3].\nIt pours.",
            "Speaker C's point: it rains.",
            "It rains.\nSpeaker C's statement: it pours.",
        ] {
            assert_eq!(said(text), text);
        }
    }

    #[test]
    fn the_label_of_another_makes_no_words_of_the_others() {
        assert_eq!(
            said("It rains.\n**Speaker A:** I agree.\nSpeaker C: So do I."),
            "It rains.\n(in Speaker B's words) **Speaker A:** I agree.\n\
             (in Speaker B's words) Speaker C: So do I."
        );
        for label in [
            "SPEAKER C – ",
            "Speaker C - ",
            "Ｓｐｅａｋｅｒ Ｃ：",
            "> Speaker C said: ",
            "**Speaker C** ",
            "Speaker C (statement 4): ",
            "[Speaker C] ",
            "- Speaker C: ",
            "1. Speaker C: ",
            "Speaker-C: ",
            "Speaker C says, ",
            "<Speaker C> ",
            "**Speaker C**\n",
            "(Speaker C) ",
            "Spea\u{ad}ker \u{ad}C: ",
        ] {
            let attributed = format!("It rains.\n(in Speaker B's words) {label}I agree.");
            assert_eq!(said(&format!("It rains.\n{label}I agree.")), attributed, "{label}");
            assert_eq!(said(&attributed), attributed, "{label}");
        }
        for own in [
            "SPEAKER B – ",
            "Ｓｐｅａｋｅｒ Ｂ：",
            "> Speaker B said: ",
            "**Speaker B**\n",
            "[Speaker B] ",
            "- Speaker B: ",
        ] {
            assert_eq!(said(&format!("{own}It rains.")), "It rains.", "{own}");
        }
        assert_eq!(said("It rains.\n\n**Speaker A:**"), "It rains.");
        let twice = said(&said("Speaker A: I agree."));
        assert_eq!(twice, "(in Speaker B's words) Speaker A: I agree.");
        assert_eq!(said("Well.\u{2028}Speaker A: I agree.").matches("words)").count(), 1);
    }

    #[test]
    fn the_label_of_another_within_a_line_is_told_as_well() {
        for label in [
            "Speaker C:",
            "**Speaker C:**",
            "(Speaker C):",
            "[Speaker C]:",
            "“Speaker C”:",
            "Speaker C (statement 4):",
            "Spea\u{ad}ker C：",
        ] {
            for before in ["It rains.", "Does it rain?", "“It rains.”", "下雨。"] {
                let attributed =
                    format!("{before} (in Speaker B's words) {label} I give up. So be it.");
                assert_eq!(said(&format!("{before} {label} I give up. So be it.")), attributed);
                assert_eq!(said(&attributed), attributed);
            }
        }
        assert_eq!(
            said("It rains. Speaker A: I agree. Speaker B: I do not. Speaker C: I do."),
            "It rains. (in Speaker B's words) Speaker A: I agree. Speaker B: I do not. \
             (in Speaker B's words) Speaker C: I do."
        );
        for list in ["1. It rains. Speaker A: 5. Speaker C: 6.", "It costs 5. Speaker C: I agree."]
        {
            assert!(said(list).contains("(in Speaker B's words) Speaker C: "), "{list}");
            assert_eq!(said(&said(list)), said(list));
        }
        for prose in [
            "I agree with Speaker C: it rains.",
            "It rains. I agree with Speaker C: it pours.",
            "It rains. Speaker C said, it pours. I doubt it: why?",
            "It rains. Speaker C is wrong: it pours.",
            "It rains, e.g. Speaker C: none.",
            "It rains. (Speaker C) That is why: it pours.",
            "(Speaker C) may be right: it rains.",
            "Costs: high. Speaker C's costs: low.",
        ] {
            assert_eq!(said(prose), prose);
        }
    }

    #[test]
    fn a_copy_is_known_under_whatever_frame() {
        let entry = |index, text: &str| TranscriptEntry::Statement {
            round: 0,
            label: Label::of(index),
            turn: synod_domain::TurnNo(1),
            text: text.into(),
        };
        let transcript = [entry(0, "Answer: Yes\nIt rains."), entry(2, "Don’t go.")];
        for copy in [
            "Answer: Yes\nIt rains.",
            "answer: yes it  rains",
            "[Speaker A, statement 1]\nAnswer: Yes\nIt rains.",
            "It rains.",
            "Speaker A: “It rains”",
            "Speaker C: Don’t go!",
            "[Speaker A, statement 1]\nAnswer: Yes\nIt rains.\n\n[Speaker C, statement 2]\nDon’t go.",
        ] {
            assert!(is_copy(copy, &transcript), "{copy:?}");
        }
        for new in ["Answer: Yes\nIt rains. It pours.", "Don’t stay.", "", "[Speaker A]", "..."] {
            assert!(!is_copy(new, &transcript), "{new:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_statement_begins_a_line_with_a_mark_or_anothers_label(
            reply in "((\\[|\\*\\*|> |- |1. )?((Speaker|ＳＰＥＡＫＥＲ|speaker) ?-?[A-C](\\*\\*| said| –)?|Argue|Open|statement 3|S3)(, statement 3|, role R2|'s statement)?\\]?:?[ \n]|so\n){0,8}",
        ) {
            let text = said(&reply);
            for line in text.split(breaks_line) {
                proptest::prop_assert!(
                    !matches!(
                        PromptFrame::at_start(line),
                        Some(PromptFrame::Mark { .. } | PromptFrame::Speaker { style: LabelStyle::Separate | LabelStyle::Bracketed, .. })
                    ),
                    "{text:?}"
                );
            }
            proptest::prop_assert_eq!(said(&text), text);
        }
    }

    #[test]
    fn a_sentence_ends_where_a_reader_says_so() {
        assert_eq!(first_sentence("It costs 3.5 million. Too much."), "It costs 3.5 million.");
        assert_eq!(first_sentence("One line\nand another."), "One line");
        assert_eq!(first_sentence("What? No!"), "What?");
        assert_eq!(first_sentence("1. Ban cars. Now."), "Ban cars.");
        assert_eq!(first_sentence("12) Ban cars"), "Ban cars");
        for whole in ["1.5 million", "2030", ". Yes", "1."] {
            assert_eq!(first_sentence(whole), whole.trim_end_matches(" Yes"));
        }
        assert_eq!(first_sentence("no end"), "no end");
        assert_eq!(first_sentence("He says “Sell it.” Now."), "He says “Sell it.”");
        for (text, sentence) in [
            ("卖掉它。太贵了。", "卖掉它。"),
            ("「売る。」と言う。", "「売る。」"),
            ("本当？！はい。", "本当？！"),
            ("هل نبيع؟ نعم.", "هل نبيع؟"),
            ("इसे बेचो। अभी।", "इसे बेचो।"),
            ("３．５万円だ．高い．", "３．５万円だ．高い．"),
            ("One\u{2028}two", "One"),
        ] {
            assert_eq!(first_sentence(text), sentence);
        }
        assert_eq!(first_sentence(""), "");
    }
}
