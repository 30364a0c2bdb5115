use unicode_normalization::UnicodeNormalization;

use crate::{is_colon, is_dash, is_invisible, is_quotation_mark};

/// What a line gives as the answer, if it begins with `Answer:`, in any case, width and decoration
/// and with a colon of any script. Empty if nothing is behind the colon.
///
/// ```
/// use synod_domain::answer_line;
/// assert_eq!(answer_line("**Answer：** “Sell it”"), Some("Sell it"));
/// assert_eq!(answer_line("The answer: sell it"), None);
/// ```
#[must_use]
pub fn answer_line(line: &str) -> Option<&str> {
    let is_item = |c| is_decoration(c) || is_dash(c) || matches!(c, '#' | '•');
    let rest = without_word(line.trim_start_matches(is_item), "answer")?;
    let rest = rest.trim_start_matches(is_decoration).strip_prefix(is_colon)?;
    Some(rest.trim_matches(is_decoration))
}

/// What is behind a word of lower-case letters that a text begins with, in any case and width.
#[must_use]
pub fn without_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let mut left = word.chars();
    for (at, c) in text.char_indices() {
        if left.as_str().is_empty() {
            return Some(&text[at..]);
        }
        if is_invisible(c) {
            continue;
        }
        for folded in c.nfkc().flat_map(char::to_lowercase) {
            if left.next() != Some(folded) {
                return None;
            }
        }
    }
    left.as_str().is_empty().then_some("")
}

fn is_decoration(c: char) -> bool {
    c.is_whitespace()
        || is_invisible(c)
        || is_quotation_mark(c)
        || matches!(c, '*' | '＊' | '_' | '＿' | '`')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_answer_is_stated_in_many_hands() {
        for line in [
            "Answer: Sell it",
            "answer:Sell it",
            "  ANSWER : Sell it  ",
            "**Answer:** Sell it",
            "**Answer**: Sell it",
            "\"Answer: Sell it\"",
            "“Answer: ‘Sell it’”",
            "「Answer：Sell it」",
            "Answer： Sell it",
            "Answer﹕Sell it",
            "Answer∶ Sell it",
            "Answer꞉ Sell it",
            "Ａｎｓｗｅｒ：　Sell it",
            "### Answer: **Sell it**",
            "- Answer: Sell it",
            "\u{feff}An\u{200b}swer: Sell it",
        ] {
            assert_eq!(answer_line(line), Some("Sell it"), "{line:?}");
        }
        assert_eq!(answer_line("**Answer:**"), Some(""));
        for none in ["", "Answer", "Answers: two", "My answer: no", "Answer (mine): no", "答：卖"]
        {
            assert_eq!(answer_line(none), None, "{none:?}");
        }
    }

    #[test]
    fn signs_of_an_answer_stay() {
        for answer in ["-1", "$5", "<5", "C++", "f(x)", "“A” or B"] {
            let stated = format!("Answer: {answer}");
            assert_eq!(answer_line(&stated), Some(answer.trim_start_matches('“')));
        }
    }

    proptest! {
        #[test]
        fn an_answer_is_a_part_of_its_line(line in "(Answer|ａｎｓｗｅｒ|\\PC{0,9})[*:： ]{0,3}\\PC{0,30}") {
            if let Some(answer) = answer_line(&line) {
                prop_assert!(line.contains(answer));
            }
        }
    }
}
