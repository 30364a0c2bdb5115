use std::io::{self, IsTerminal};

use crate::keys::{Key, Keys};

/// The keyboard while a debate is shown, as far as this process has it.
pub(super) struct Keyboard {
    /// `None` without a terminal, and while the process is in the background.
    keys: Option<Keys>,
    /// Where the output goes into a pipe, a pager at its end may read the same terminal.
    is_shared: bool,
}

impl Keyboard {
    pub(super) fn new() -> Self {
        let mut keyboard = Self { keys: None, is_shared: !io::stdout().is_terminal() };
        keyboard.acquire();
        keyboard
    }

    /// Takes the terminal, unless it is taken. A terminal that refuses shows what is typed; that ends
    /// no debate.
    pub(super) fn acquire(&mut self) {
        if self.keys.is_none() {
            self.keys = Keys::acquire(self.is_shared).unwrap_or_default();
        }
    }

    /// Gives the terminal back, as long as this process has no use of it.
    pub(super) fn release(&mut self) {
        self.keys = None;
    }

    /// Whether a user can answer. What was typed into a shared terminal before the question is
    /// forgotten; elsewhere it has been read.
    pub(super) fn can_answer(&mut self) -> bool {
        self.acquire();
        if let Some(keys) = self.keys.as_mut().filter(|keys| keys.is_shared())
            && keys.discard_input().is_err()
        {
            self.keys = None;
        }
        self.keys.is_some()
    }

    /// The next key; never without a terminal, nor on a shared one while none `is_awaited`.
    pub(super) async fn key(&mut self, is_awaited: bool) -> Key {
        loop {
            match &mut self.keys {
                Some(keys) if is_awaited || !keys.is_shared() => match keys.next().await {
                    Ok(key) => return key,
                    Err(_) => self.keys = None,
                },
                Some(_) | None => std::future::pending().await,
            }
        }
    }
}
