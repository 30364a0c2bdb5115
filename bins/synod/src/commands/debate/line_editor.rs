use textwrap::core::display_width;

use crate::keys::Key;

/// Maximum characters of a message.
const MAX_CHARS: usize = 4_000;
/// Columns of the text that are shown.
const SHOWN_COLUMNS: usize = 40;

/// Edits a line of text.
#[derive(Debug, Default)]
pub(super) struct LineEditor {
    text: String,
    /// Characters that were inserted at the limit, and are not in the text.
    left_out: usize,
}

impl LineEditor {
    /// Inserts a character or erases text.
    pub(super) fn press(&mut self, key: Key) {
        match key {
            Key::Char(c) => self.insert(c),
            Key::LineBreak => {
                if !self.text.ends_with(char::is_whitespace) {
                    self.insert(' ');
                }
            }
            Key::Erase => self.erase_from(self.text.char_indices().last().map_or(0, |(at, _)| at)),
            Key::EraseWord => {
                let kept = self.text.trim_end();
                self.erase_from(kept.trim_end_matches(|c: char| !c.is_whitespace()).len());
            }
            Key::EraseLine => self.erase_from(0),
            Key::Enter | Key::Escape | Key::Interrupt => {}
        }
    }

    fn insert(&mut self, c: char) {
        if self.text.chars().count() < MAX_CHARS {
            self.text.push(c);
        } else {
            self.left_out += 1;
        }
    }

    fn erase_from(&mut self, start: usize) {
        self.text.truncate(start);
        self.left_out = 0;
    }

    /// The number of characters that did not fit.
    pub(super) const fn left_out(&self) -> usize {
        self.left_out
    }

    /// The text without surrounding white space.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The end of the text, where characters are inserted.
    pub(super) fn visible_end(&self) -> String {
        let mut from = self.text.len();
        for (at, _) in self.text.char_indices().rev() {
            if display_width(&self.text[at..]) > SHOWN_COLUMNS {
                return format!("…{}", &self.text[from..]);
            }
            from = at;
        }
        self.text.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_shows_its_end_and_is_kept() {
        let mut editor = LineEditor::default();
        let text = "雪".repeat(100) + "the end";
        text.chars().for_each(|c| editor.press(Key::Char(c)));
        assert_eq!(editor.text(), text);
        assert!(editor.visible_end().ends_with("the end") && editor.visible_end().starts_with('…'));
        assert!(display_width(&editor.visible_end()) <= SHOWN_COLUMNS + 1);
    }

    #[test]
    fn last_word_is_erased_with_trailing_space() {
        let mut editor = LineEditor::default();
        "Think of the  wintér \u{3000}".chars().for_each(|c| editor.press(Key::Char(c)));
        for left in ["Think of the  ", "Think of ", "Think ", "", ""] {
            editor.press(Key::EraseWord);
            assert_eq!(editor.visible_end(), left);
        }
    }

    #[test]
    fn text_does_not_exceed_the_limit_of_a_message() {
        let mut editor = LineEditor::default();
        (0..MAX_CHARS + 10).for_each(|_| editor.press(Key::Char('x')));
        assert_eq!(editor.text().len(), MAX_CHARS);
        editor.press(Key::EraseLine);
        assert_eq!(editor.text(), "");
    }
}
