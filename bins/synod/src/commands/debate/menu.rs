use std::io;

use super::draft::Draft;
use crate::{
    keys::{Key, Keys},
    output::Output,
};

/// What the user asks for in the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Nothing: let it go on.
    GoOn,
    /// That it runs again after a pause.
    Resume,
    /// To say this to all participants.
    Interject(String),
    /// That this round's discussion ends and its ballots begin.
    Vote,
    /// That it stops once the calls in flight have ended.
    Stop,
}

/// The menu that the first Ctrl-C opens. The debate goes on behind it.
#[derive(Default)]
pub(super) struct Menu {
    keys: Option<Keys>,
    page: Page,
}

/// What is asked.
#[derive(Debug, Default)]
enum Page {
    #[default]
    Choice,
    /// The debate is paused for this reason.
    Paused(String),
    /// As the first, after something that could not be done.
    Refused(String),
    /// What is to be said.
    Line(Draft),
}

const CHOICES_OF_PAUSE: &str = "[r]esume  [s]top  ^C ends it at once";

const CHOICES: &str = "[g]o on  [a]dd a message  [v]ote now  [s]top  ^C ends it at once";

impl Menu {
    /// Opens it, if the user can be asked; false if not.
    ///
    /// # Errors
    /// If nothing can be written, or the terminal refuses.
    pub(super) fn open(&mut self, output: &mut dyn Output) -> io::Result<bool> {
        if self.keys.is_some() || !output.can_ask() {
            return Ok(false);
        }
        self.keys = Keys::take()?;
        self.page = Page::Choice;
        if self.keys.is_some() {
            output.ask(Some(self.page.in_words()))?;
        }
        Ok(self.keys.is_some())
    }

    /// Opens it, or changes what is asked: the debate is paused for this reason. False if the user
    /// cannot be asked.
    ///
    /// # Errors
    /// If nothing can be written, or the terminal refuses.
    pub(super) fn open_paused(&mut self, why: &str, output: &mut dyn Output) -> io::Result<bool> {
        if !output.can_ask() {
            return Ok(false);
        }
        if self.keys.is_none() {
            self.keys = Keys::take()?;
        }
        self.page = Page::Paused(why.to_owned());
        if self.keys.is_some() {
            output.ask(Some(self.page.in_words()))?;
        }
        Ok(self.keys.is_some())
    }

    pub(super) const fn is_open(&self) -> bool {
        self.keys.is_some()
    }

    /// Closes it, and gives the terminal back.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn close(&mut self, output: &mut dyn Output) -> io::Result<()> {
        self.keys = None;
        output.ask(None)
    }

    /// Says why a wish could not be fulfilled, and asks again.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn refuse(&mut self, why: String, output: &mut dyn Output) -> io::Result<()> {
        self.page = Page::Refused(why);
        output.ask(Some(self.page.in_words()))
    }

    /// The next key; never, while it is closed.
    ///
    /// # Errors
    /// If the terminal cannot be read.
    pub(super) async fn key(&mut self) -> io::Result<Key> {
        match &mut self.keys {
            Some(keys) => keys.next().await,
            None => std::future::pending().await,
        }
    }

    /// Takes a key; what it asks for, if that is complete.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn press(&mut self, key: Key, output: &mut dyn Output) -> io::Result<Option<Wish>> {
        let wish = self.page.press(key);
        output.ask(Some(self.page.in_words()))?;
        Ok(wish)
    }
}

impl Page {
    fn press(&mut self, key: Key) -> Option<Wish> {
        match self {
            Self::Paused(_) => match key {
                Key::Char('r' | 'R') | Key::Enter => Some(Wish::Resume),
                Key::Char('s' | 'S') => Some(Wish::Stop),
                Key::Char(_) | Key::Escape | Key::Erase | Key::EraseLine => None,
            },
            Self::Choice | Self::Refused(_) => match key {
                Key::Char('g' | 'G') | Key::Enter | Key::Escape => Some(Wish::GoOn),
                Key::Char('v' | 'V') => Some(Wish::Vote),
                Key::Char('s' | 'S') => Some(Wish::Stop),
                // `i`, from `interject`, is what the menu showed before.
                Key::Char('a' | 'A' | 'i' | 'I') => {
                    *self = Self::Line(Draft::default());
                    None
                }
                Key::Char(_) | Key::Erase | Key::EraseLine => None,
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
                Key::Char(_) | Key::Erase | Key::EraseLine => {
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
            Self::Refused(why) => format!("{why}  {CHOICES}"),
            Self::Line(draft) => format!("To all: {}▏ Enter says it, Esc does not", draft.shown()),
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
