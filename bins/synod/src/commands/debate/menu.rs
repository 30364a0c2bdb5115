use std::io;

use super::{
    keyboard::Keyboard, line_editor::LineEditor, menu_choice::MenuChoice, stuck_pause::StuckPause,
};
use crate::{keys::Key, output::Output};

/// The menu that the first Ctrl-C opens while the debate continues.
#[derive(Default)]
pub(super) struct Menu {
    /// The current page; `None` if the menu is closed.
    page: Option<Page>,
    /// Whether the debate can be left and resumed later.
    can_leave: bool,
}

/// A page of the menu.
#[derive(Debug, Default)]
enum Page {
    #[default]
    Choices,
    /// The debate is paused for this reason.
    Paused(StuckPause),
    /// A message is being written.
    Message(LineEditor),
}

const CHOICES_OF_PAUSE: &str = "[r]esume  [s]top  ^C stops at once";

const CHOICES: &str = "[g]o on  [a]dd a message  [v]ote now  [s]top  ^C stops at once";

/// The choice of debates that are kept.
const LEAVE: &str = "[l]eave, to resume later";

impl Menu {
    /// The closed menu of a debate, which `can_leave` be left and resumed later.
    pub(super) fn of(can_leave: bool) -> Self {
        Self { can_leave, ..Self::default() }
    }

    /// Opens the menu. Returns false if the user cannot be asked, or if the menu is open already.
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

    /// Shows the page of a debate that is paused for this reason. Returns false if the user cannot be
    /// asked.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn open_paused(
        &mut self,
        pause: &StuckPause,
        keyboard: &mut Keyboard,
        output: &mut dyn Output,
    ) -> io::Result<bool> {
        if !self.is_open() && !keyboard.can_answer() {
            return Ok(false);
        }
        self.show(Page::Paused(pause.clone()), output)
    }

    pub(super) const fn is_open(&self) -> bool {
        self.page.is_some()
    }

    /// Whether a message is being written.
    pub(super) const fn is_writing(&self) -> bool {
        matches!(self.page, Some(Page::Message(_)))
    }

    /// Closes the menu.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn close(&mut self, output: &mut dyn Output) -> io::Result<()> {
        self.page = None;
        output.set_menu(None)
    }

    /// Discards the message and shows the choices again. Returns false if no message is being written.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn cancel_message(&mut self, output: &mut dyn Output) -> io::Result<bool> {
        if !self.is_writing() {
            return Ok(false);
        }
        self.show(Page::Choices, output)
    }

    /// Handles a key. Returns the choice once it is complete.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(super) fn press(
        &mut self,
        key: Key,
        output: &mut dyn Output,
    ) -> io::Result<Option<MenuChoice>> {
        let Some(page) = &mut self.page else { return Ok(None) };
        let leaves = self.can_leave && page.offers_choices() && matches!(key, Key::Char('l' | 'L'));
        let choice = if leaves { Some(MenuChoice::Leave) } else { page.press(key) };
        output.set_menu(Some(page.text(self.can_leave)))?;
        Ok(choice)
    }

    /// Shows a page. Returns false if the output cannot show a menu.
    fn show(&mut self, page: Page, output: &mut dyn Output) -> io::Result<bool> {
        if !output.can_show_menu() {
            return Ok(false);
        }
        output.set_menu(Some(page.text(self.can_leave)))?;
        self.page = Some(page);
        Ok(true)
    }
}

impl Page {
    fn press(&mut self, key: Key) -> Option<MenuChoice> {
        match self {
            Self::Paused(pause) => match key {
                Key::Char('r' | 'R') | Key::Enter | Key::LineBreak => {
                    let accepts_models = pause.is_for_models();
                    Some(MenuChoice::Resume { accepts_models })
                }
                Key::Char('s' | 'S') => Some(MenuChoice::StopPaused(pause.clone())),
                Key::Char(_)
                | Key::Escape
                | Key::Erase
                | Key::EraseWord
                | Key::EraseLine
                | Key::Interrupt => None,
            },
            Self::Choices => match key {
                Key::Char('g' | 'G') | Key::Enter | Key::LineBreak | Key::Escape => {
                    Some(MenuChoice::Continue)
                }
                Key::Char('v' | 'V') => Some(MenuChoice::CallVote),
                Key::Char('s' | 'S') => Some(MenuChoice::Stop),
                // `i` for `interject` is the key of earlier versions.
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
                Key::Char(_)
                | Key::LineBreak
                | Key::Erase
                | Key::EraseWord
                | Key::EraseLine
                | Key::Interrupt => {
                    editor.press(key);
                    None
                }
            },
        }
    }

    /// Whether keys are choices, and not letters of a message.
    const fn offers_choices(&self) -> bool {
        match self {
            Self::Choices | Self::Paused(_) => true,
            Self::Message(_) => false,
        }
    }

    fn text(&self, can_leave: bool) -> String {
        let choices = |choices: &str| {
            let leave = if can_leave { format!("{LEAVE}  [s]top") } else { "[s]top".to_owned() };
            choices.replace("[s]top", &leave)
        };
        match self {
            Self::Choices => choices(CHOICES),
            Self::Paused(pause) => format!("Paused: {}.  {}", pause.why, choices(CHOICES_OF_PAUSE)),
            Self::Message(editor) => {
                let left_out = match editor.left_out() {
                    0 => String::new(),
                    count => format!(" {count} characters do not fit and are left out."),
                };
                let end = editor.visible_end();
                format!("To all: {end}▏{left_out} Enter sends, ^C or Esc cancels")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use synod_domain::PauseReason;

    use super::*;

    fn typed(text: &str) -> (Page, Option<MenuChoice>) {
        let mut page = Page::default();
        let mut choice = None;
        for c in text.chars() {
            assert_eq!(choice, None, "complete before all keys were pressed");
            choice = page.press(match c {
                '\n' => Key::Enter,
                '\r' => Key::LineBreak,
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
        assert_eq!(typed("xyz \u{8}").1, None, "other keys do nothing");
        assert_eq!(typed("\n").1, Some(MenuChoice::Continue));
    }

    fn away(why: &str) -> StuckPause {
        StuckPause::for_hosts(PauseReason::HostsAway, why.to_owned())
    }

    #[test]
    fn only_a_kept_debate_can_be_left() {
        let paused = Page::Paused(away("gpu is away"));
        for page in [&Page::Choices, &paused] {
            assert!(page.text(true).contains("[l]eave, to resume later  [s]top"), "{page:?}");
            assert!(!page.text(false).contains("[l]eave"), "{page:?}");
            assert!(page.offers_choices());
        }
        assert!(!Page::Message(LineEditor::default()).offers_choices(), "an l is a letter there");
    }

    #[test]
    fn stopping_a_paused_debate_gives_the_reason_of_the_pause() {
        let mut page = Page::Paused(away("gpu refuses chats"));
        let choice = page.press(Key::Char('s'));
        assert_eq!(choice, Some(MenuChoice::StopPaused(away("gpu refuses chats"))));
    }

    #[test]
    fn resuming_after_a_change_of_models_accepts_it() {
        let paused =
            synod_domain::Paused::of(synod_domain::PausePolicy::Drain, PauseReason::ModelChanged);
        let mut page = Page::Paused(StuckPause::of(&paused).unwrap());
        let choice = page.press(Key::Char('r'));
        assert_eq!(choice, Some(MenuChoice::Resume { accepts_models: true }));
        let choice = Page::Paused(away("gpu is away")).press(Key::Char('r'));
        assert_eq!(choice, Some(MenuChoice::Resume { accepts_models: false }));
    }

    #[test]
    fn message_is_sent_as_written() {
        let message = |text: &str| Some(MenuChoice::Interject(text.to_owned()));
        assert_eq!(typed("aThink of the winter.\n").1, message("Think of the winter."));
        assert_eq!(
            typed("a  gvst\u{8} \n").1,
            message("gvs"),
            "the keys of the menu are letters here"
        );
    }

    #[test]
    fn pasted_lines_are_one_message() {
        let (_, choice) = typed("aFirst line\r\rsecond,\rthird\r\n");
        let message = "First line second, third".to_owned();
        assert_eq!(choice, Some(MenuChoice::Interject(message)));
    }

    #[test]
    fn text_that_does_not_fit_is_reported() {
        let (mut page, _) = typed(&format!("a{}", "x".repeat(4_010)));
        assert!(page.text(false).contains("10 characters do not fit"), "{}", page.text(false));
        page.press(Key::EraseWord);
        assert!(!page.text(false).contains("fit"), "{}", page.text(false));
    }

    #[test]
    fn empty_message_shows_the_choices_again() {
        for text in ["a\n", "a  \n", "iNo\u{1b}"] {
            let (page, choice) = typed(text);
            assert_eq!((page.text(false).as_str(), choice), (CHOICES, None));
        }
    }
}
