use std::{borrow::Cow, fmt};

use unicode_normalization::UnicodeNormalization;

use crate::is_invisible;

/// The label of a participant in prompts: `Speaker A` to `Speaker P`, by index. Prompts hold no names,
/// agent ids or model names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(u8);

impl Label {
    /// The label of the participant with this index, counted from 0; debates have at most 16.
    #[must_use]
    pub const fn of(index: usize) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "masked to 4 bits")]
        Self((index & 0xF) as u8)
    }

    /// The index of the participant, counted from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The letter alone.
    #[must_use]
    pub const fn letter(self) -> char {
        (b'A' + self.0) as char
    }

    /// Whether a text holds the label as whole words, written as labels are.
    #[must_use]
    pub fn is_named_in(self, text: &str) -> bool {
        let label = self.to_string();
        text.match_indices(&label).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + label.len()..].chars().next();
            ![before, after].into_iter().flatten().any(char::is_alphanumeric)
        })
    }

    /// A text in which labels are looked for: one that is written in full width, with invisible
    /// characters or with a space that does not break is the same label.
    #[must_use]
    pub fn legible(text: &str) -> Cow<'_, str> {
        if text.is_ascii() {
            return Cow::Borrowed(text);
        }
        Cow::Owned(text.chars().filter(|c| !is_invisible(*c)).nfkc().collect())
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Speaker {}", self.letter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_named_in_whole_words() {
        let named = |text| Label::of(1).is_named_in(&Label::legible(text));
        assert!(named("Speaker B is right."));
        assert!(named("As Speaker A and *Speaker B*: no."));
        assert!(named("Speaker Bx, and Speaker B"));
        assert!(
            named("Ｓｐｅａｋｅｒ　Ｂ：no")
                && named("“Speaker\u{a0}B”")
                && named("Speaker\u{200b} B")
        );
        for other in
            ["Speaker Bob", "speaker b", "Loudspeaker B", "MySpeaker B", "Speaker  B", "B", ""]
        {
            assert!(!named(other), "{other}");
        }
    }
}
