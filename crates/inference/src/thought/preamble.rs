//! A short line before a thought, such as “Sure.”: it belongs to the thought.

use super::wrapping::is_nothing_but_wrapping;

/// Longer texts are a part of the reply, in bytes.
pub(super) const LONGEST: usize = 160;

/// Whether a text before the mark of a thought is no part of the reply: one line, or nothing but
/// special tokens. In code, and behind a quotation mark, the mark is text.
pub(super) fn is_one(before: &str, is_object: bool) -> bool {
    let text = before.trim();
    if text.is_empty() || before.len() > LONGEST || is_object && text.starts_with(['{', '[']) {
        return false;
    }
    let ends_a_line = before.trim_end_matches([' ', '\t']).ends_with('\n');
    let is_plain = !text.contains(['\n', '`', '"', '“', '«', '<', '>']);
    ends_a_line && is_plain || is_nothing_but_wrapping(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_or_special_tokens_may_stand_before_a_thought() {
        for before in ["Sure.\n", "Okay, let me see:\n\n", "<|im_start|>assistant\n", "<answer>"] {
            assert!(is_one(before, false), "{before:?}");
        }
        let long = "words ".repeat(40) + "\n";
        for before in ["", "\n", "Yes. ", "One.\nTwo.\n", "The tag `\n", "```\n", &long] {
            assert!(!is_one(before, false), "{before:?}");
        }
        assert!(is_one("Sure.\n", true) && !is_one("{\n", true));
    }
}
