//! The marks that models put around what they think, and how they are found.

/// The marks before and after a thought; letters count in either case.
pub(super) const PAIRS: [(&str, &str); 17] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<thoughts>", "</thoughts>"),
    ("<reason>", "</reason>"),
    ("<reasoning>", "</reasoning>"),
    // LongCat and MiniMax; their templates may open the thought.
    ("<longcat_think>", "</longcat_think>"),
    ("<mm:think>", "</mm:think>"),
    // Seed-OSS.
    ("<seed:think>", "</seed:think>"),
    // Magistral.
    ("[THINK]", "[/THINK]"),
    // Kimi-VL.
    ("◁think▷", "◁/think▷"),
    // OpenThinker, Sky-T1.
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    // Command A Reasoning.
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    // Apertus.
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    // nanochat and its descendants.
    ("<|assistant_think|>", "<|assistant_answer|>"),
    // Gemma 4.
    ("<|channel>thought", "<channel|>"),
    // MedGemma.
    ("<unused94>thought", "<unused95>"),
];

/// The marks of a reply behind a thought that nothing else closes, with how such a thought begins.
pub(super) const REPLIES: [(&str, &str); 3] = [
    // Apriel, whose template has written the heading.
    ("Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]"),
    ("<|begin_of_thought|>", "<|begin_of_solution|>"),
    ("<|START_THINKING|>", "<|START_RESPONSE|>"),
];

/// How a text begins, compared with a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// With the whole mark.
    Whole,
    /// The text is shorter than the mark, and all of it is the mark's beginning.
    Part,
    No,
}

pub(super) fn start(text: &str, mark: &str) -> Start {
    let shared = text.len().min(mark.len());
    if !text.as_bytes()[..shared].eq_ignore_ascii_case(&mark.as_bytes()[..shared]) {
        Start::No
    } else if shared == mark.len() {
        Start::Whole
    } else {
        Start::Part
    }
}

/// The first mark in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// From this byte on, with its number.
    Mark {
        at: usize,
        mark: usize,
    },
    /// The text ends, from this byte on, with the beginning of a mark.
    Part {
        at: usize,
    },
    Nothing,
}

pub(super) fn find<'a>(text: &str, marks: &(impl Iterator<Item = &'a str> + Clone)) -> Found {
    for (at, c) in text.char_indices() {
        let mut is_part = false;
        for (number, mark) in marks.clone().enumerate() {
            if !mark.starts_with(c) {
                continue;
            }
            match start(&text[at..], mark) {
                Start::Whole => return Found::Mark { at, mark: number },
                Start::Part => is_part = true,
                Start::No => {}
            }
        }
        if is_part {
            return Found::Part { at };
        }
    }
    Found::Nothing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_mark_is_found_or_what_may_become_one() {
        let marks = || ["</think>", "[/THINK]", "◁/think▷"].into_iter();
        assert_eq!(find("a </THINK> [/THINK]", &marks()), Found::Mark { at: 2, mark: 0 });
        assert_eq!(find("é◁/think▷", &marks()), Found::Mark { at: 2, mark: 2 });
        assert_eq!(find("a < b </thi", &marks()), Found::Part { at: 6 });
        assert_eq!(find("a < b", &marks()), Found::Nothing);
        assert_eq!(find("", &marks()), Found::Nothing);
    }
}
