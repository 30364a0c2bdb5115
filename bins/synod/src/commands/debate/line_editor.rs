use textwrap::core::display_width;

use crate::keys::Key;

/// Most characters of an interjection.
const LONGEST: usize = 4_000;
/// Columns of it that are shown while it is written.
const SHOWN: usize = 40;

/// A line while it is written.
#[derive(Debug, Default)]
pub(super) struct LineEditor(String);

impl LineEditor {
    pub(super) fn press(&mut self, key: Key) {
        match key {
            Key::Char(c) if self.0.chars().count() < LONGEST => self.0.push(c),
            Key::Erase => drop(self.0.pop()),
            Key::EraseWord => {
                let kept = self.0.trim_end();
                let kept = kept.trim_end_matches(|c: char| !c.is_whitespace()).len();
                self.0.truncate(kept);
            }
            Key::EraseLine => self.0.clear(),
            Key::Char(_) | Key::Enter | Key::Escape | Key::Interrupt => {}
        }
    }

    /// What was written, without the space around it.
    pub(super) fn text(&self) -> &str {
        self.0.trim()
    }

    /// Its end, where text is inserted.
    pub(super) fn shown(&self) -> String {
        let mut from = self.0.len();
        for (at, _) in self.0.char_indices().rev() {
            if display_width(&self.0[at..]) > SHOWN {
                return format!("…{}", &self.0[from..]);
            }
            from = at;
        }
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_long_line_shows_and_nothing_is_lost() {
        let mut editor = LineEditor::default();
        let text = "雪".repeat(100) + "the end";
        text.chars().for_each(|c| editor.press(Key::Char(c)));
        assert_eq!(editor.text(), text);
        assert!(editor.shown().ends_with("the end") && editor.shown().starts_with('…'));
        assert!(display_width(&editor.shown()) <= SHOWN + 1);
    }

    #[test]
    fn the_last_word_is_erased_with_the_space_behind_it() {
        let mut editor = LineEditor::default();
        "Think of the  wintér \u{3000}".chars().for_each(|c| editor.press(Key::Char(c)));
        for left in ["Think of the  ", "Think of ", "Think ", "", ""] {
            editor.press(Key::EraseWord);
            assert_eq!(editor.shown(), left);
        }
    }

    #[test]
    fn a_line_grows_no_longer_than_can_be_said() {
        let mut editor = LineEditor::default();
        (0..LONGEST + 10).for_each(|_| editor.press(Key::Char('x')));
        assert_eq!(editor.text().len(), LONGEST);
        editor.press(Key::EraseLine);
        assert_eq!(editor.text(), "");
    }
}
