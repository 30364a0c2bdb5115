use std::io;

use super::{draft::Draft, keyboard::Keyboard, wish::Wish};
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
    Choice,
    /// The debate is paused for this reason.
    Paused(String),
    /// The message to send.
    Line(Draft),
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
        self.ask(Page::Choice, output)
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
        self.ask(Page::Paused(why.to_owned()), output)
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
        output.ask(None)
    }

    /// Drops the line that is being written, and asks again what to do; false if none is.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn cancel_line(&mut self, output: &mut dyn Output) -> io::Result<bool> {
        if !matches!(self.page, Some(Page::Line(_))) {
            return Ok(false);
        }
        self.ask(Page::Choice, output)
    }

    /// Takes a key; what it asks for, if that is complete.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn press(&mut self, key: Key, output: &mut dyn Output) -> io::Result<Option<Wish>> {
        let Some(page) = &mut self.page else { return Ok(None) };
        let wish = page.press(key);
        output.ask(Some(page.in_words()))?;
        Ok(wish)
    }

    /// Asks this; false if the output cannot show a question.
    fn ask(&mut self, page: Page, output: &mut dyn Output) -> io::Result<bool> {
        if !output.can_ask() {
            return Ok(false);
        }
        output.ask(Some(page.in_words()))?;
        self.page = Some(page);
        Ok(true)
    }
}

impl Page {
    fn press(&mut self, key: Key) -> Option<Wish> {
        match self {
            Self::Paused(why) => match key {
                Key::Char('r' | 'R') | Key::Enter => Some(Wish::Resume),
                Key::Char('s' | 'S') => Some(Wish::GiveUp(why.clone())),
                Key::Char(_)
                | Key::Escape
                | Key::Erase
                | Key::EraseWord
                | Key::EraseLine
                | Key::Interrupt => None,
            },
            Self::Choice => match key {
                Key::Char('g' | 'G') | Key::Enter | Key::Escape => Some(Wish::GoOn),
                Key::Char('v' | 'V') => Some(Wish::Vote),
                Key::Char('s' | 'S') => Some(Wish::Stop),
                // `i`, from `interject`, is what the menu showed before.
                Key::Char('a' | 'A' | 'i' | 'I') => {
                    *self = Self::Line(Draft::default());
                    None
                }
                Key::Char(_) | Key::Erase | Key::EraseWord | Key::EraseLine | Key::Interrupt => {
                    None
                }
            },
            Self::Line(draft) => match key {
                Key::Enter => match draft.text() {
                    "" => {
                        *self = Self::Choice;
                        None
                    }
                    text => Some(Wish::Interject(text.to_owned())),
                },
                Key::Escape => {
                    *self = Self::Choice;
                    None
                }
                Key::Char(_) | Key::Erase | Key::EraseWord | Key::EraseLine | Key::Interrupt => {
                    draft.press(key);
                    None
                }
            },
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::Choice => CHOICES.to_owned(),
            Self::Paused(why) => format!("Paused: {why}.  {CHOICES_OF_PAUSE}"),
            Self::Line(draft) => {
                format!("To all: {}▏ Enter sends it, ^C or Esc does not", draft.shown())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> (Page, Option<Wish>) {
        let mut page = Page::default();
        let mut wish = None;
        for c in text.chars() {
            assert_eq!(wish, None, "asked before all was typed");
            wish = page.press(match c {
                '\n' => Key::Enter,
                '\u{1b}' => Key::Escape,
                '\u{8}' => Key::Erase,
                c => Key::Char(c),
            });
        }
        (page, wish)
    }

    #[test]
    fn each_choice_is_one_key() {
        for (key, wish) in [("g", Wish::GoOn), ("v", Wish::Vote), ("s", Wish::Stop)] {
            assert_eq!(typed(key).1, Some(wish.clone()));
            assert_eq!(typed(&key.to_uppercase()).1, Some(wish));
        }
        assert_eq!(typed("xyz \u{8}").1, None, "other keys ask for nothing");
        assert_eq!(typed("\n").1, Some(Wish::GoOn));
    }

    #[test]
    fn who_stops_a_paused_debate_is_given_the_reason_of_the_pause() {
        let mut page = Page::Paused("gpu refuses chats".to_owned());
        let wish = page.press(Key::Char('s'));
        assert_eq!(wish, Some(Wish::GiveUp("gpu refuses chats".to_owned())));
    }

    #[test]
    fn a_line_is_said_as_it_was_written() {
        let said = |text: &str| Some(Wish::Interject(text.to_owned()));
        assert_eq!(typed("aThink of the winter.\n").1, said("Think of the winter."));
        assert_eq!(typed("a  gvst\u{8} \n").1, said("gvs"), "letters of the menu are letters");
    }

    #[test]
    fn who_writes_nothing_is_asked_again() {
        for text in ["a\n", "a  \n", "iNo\u{1b}"] {
            let (page, wish) = typed(text);
            assert_eq!((page.in_words().as_str(), wish), (CHOICES, None));
        }
    }
}
