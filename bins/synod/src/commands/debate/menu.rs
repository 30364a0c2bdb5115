use std::io;

use super::{keyboard::Keyboard, line_editor::LineEditor, menu_choice::MenuChoice};
use crate::{keys::Key, output::Output};

/// The menu that the first Ctrl-C opens. The debate continues meanwhile.
#[derive(Default)]
pub(super) struct Menu {
    /// The open question; `None` while it is closed.
    page: Option<Page>,
}

/// The question of the menu.
#[derive(Debug, Default)]
enum Page {
    #[default]
    Choices,
    /// The debate is paused for this reason.
    Paused(String),
    /// The message to send.
    Message(LineEditor),
}

const CHOICES_OF_PAUSE: &str = "[r]esume  [s]top  ^C ends it at once";

const CHOICES: &str = "[g]o on  [a]dd a message  [v]ote now  [s]top  ^C ends it at once";

impl Menu {
    /// Opens it, if the user can be asked; false if not, or if it is open already.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn open(
        &mut self,
        keyboard: &mut Keyboard,
        output: &mut dyn Output,
    ) -> io::Result<bool> {
        if self.is_open() || !keyboard.can_answer() {
            return Ok(false);
        }
        self.show(Page::Choices, output)
    }

    /// Opens it, or changes what is asked: the debate is paused for this reason. False if the user
    /// cannot be asked.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn open_paused(
        &mut self,
        why: &str,
        keyboard: &mut Keyboard,
        output: &mut dyn Output,
    ) -> io::Result<bool> {
        if !self.is_open() && !keyboard.can_answer() {
            return Ok(false);
        }
        self.show(Page::Paused(why.to_owned()), output)
    }

    pub(super) const fn is_open(&self) -> bool {
        self.page.is_some()
    }

    /// Closes it.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn close(&mut self, output: &mut dyn Output) -> io::Result<()> {
        self.page = None;
        output.set_menu(None)
    }

    /// Drops the line that is being written, and asks again what to do; false if none is.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn cancel_message(&mut self, output: &mut dyn Output) -> io::Result<bool> {
        if !matches!(self.page, Some(Page::Message(_))) {
            return Ok(false);
        }
        self.show(Page::Choices, output)
    }

    /// Takes a key; what it asks for, if that is complete.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn press(
        &mut self,
        key: Key,
        output: &mut dyn Output,
    ) -> io::Result<Option<MenuChoice>> {
        let Some(page) = &mut self.page else { return Ok(None) };
        let choice = page.press(key);
        output.set_menu(Some(page.text()))?;
        Ok(choice)
    }

    /// Asks this; false if the output cannot show a question.
    fn show(&mut self, page: Page, output: &mut dyn Output) -> io::Result<bool> {
        if !output.can_show_menu() {
            return Ok(false);
        }
        output.set_menu(Some(page.text()))?;
        self.page = Some(page);
        Ok(true)
    }
}

impl Page {
    fn press(&mut self, key: Key) -> Option<MenuChoice> {
        match self {
            Self::Paused(why) => match key {
                Key::Char('r' | 'R') | Key::Enter => Some(MenuChoice::Resume),
                Key::Char('s' | 'S') => Some(MenuChoice::StopPaused(why.clone())),
                Key::Char(_)
                | Key::Escape
                | Key::Erase
                | Key::EraseWord
                | Key::EraseLine
                | Key::Interrupt => None,
            },
            Self::Choices => match key {
                Key::Char('g' | 'G') | Key::Enter | Key::Escape => Some(MenuChoice::Continue),
                Key::Char('v' | 'V') => Some(MenuChoice::CallVote),
                Key::Char('s' | 'S') => Some(MenuChoice::Stop),
                // `i`, from `interject`, is what the menu showed before.
                Key::Char('a' | 'A' | 'i' | 'I') => {
                    *self = Self::Message(LineEditor::default());
                    None
                }
                Key::Char(_) | Key::Erase | Key::EraseWord | Key::EraseLine | Key::Interrupt => {
                    None
                }
            },
            Self::Message(editor) => match key {
                Key::Enter => match editor.text() {
                    "" => {
                        *self = Self::Choices;
                        None
                    }
                    text => Some(MenuChoice::Interject(text.to_owned())),
                },
                Key::Escape => {
                    *self = Self::Choices;
                    None
                }
                Key::Char(_) | Key::Erase | Key::EraseWord | Key::EraseLine | Key::Interrupt => {
                    editor.press(key);
                    None
                }
            },
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Choices => CHOICES.to_owned(),
            Self::Paused(why) => format!("Paused: {why}.  {CHOICES_OF_PAUSE}"),
            Self::Message(editor) => {
                format!("To all: {}▏ Enter sends it, ^C or Esc does not", editor.shown())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> (Page, Option<MenuChoice>) {
        let mut page = Page::default();
        let mut choice = None;
        for c in text.chars() {
            assert_eq!(choice, None, "asked before all was typed");
            choice = page.press(match c {
                '\n' => Key::Enter,
                '\u{1b}' => Key::Escape,
                '\u{8}' => Key::Erase,
                c => Key::Char(c),
            });
        }
        (page, choice)
    }

    #[test]
    fn each_choice_is_one_key() {
        for (key, choice) in
            [("g", MenuChoice::Continue), ("v", MenuChoice::CallVote), ("s", MenuChoice::Stop)]
        {
            assert_eq!(typed(key).1, Some(choice.clone()));
            assert_eq!(typed(&key.to_uppercase()).1, Some(choice));
        }
        assert_eq!(typed("xyz \u{8}").1, None, "other keys ask for nothing");
        assert_eq!(typed("\n").1, Some(MenuChoice::Continue));
    }

    #[test]
    fn who_stops_a_paused_debate_is_given_the_reason_of_the_pause() {
        let mut page = Page::Paused("gpu refuses chats".to_owned());
        let choice = page.press(Key::Char('s'));
        assert_eq!(choice, Some(MenuChoice::StopPaused("gpu refuses chats".to_owned())));
    }

    #[test]
    fn a_line_is_said_as_it_was_written() {
        let said = |text: &str| Some(MenuChoice::Interject(text.to_owned()));
        assert_eq!(typed("aThink of the winter.\n").1, said("Think of the winter."));
        assert_eq!(typed("a  gvst\u{8} \n").1, said("gvs"), "letters of the menu are letters");
    }

    #[test]
    fn who_writes_nothing_is_asked_again() {
        for text in ["a\n", "a  \n", "iNo\u{1b}"] {
            let (page, choice) = typed(text);
            assert_eq!((page.text().as_str(), choice), (CHOICES, None));
        }
    }
}
