use std::io::{self, IsTerminal};

use crate::{
    job_control::{self, JobSignal},
    keys::{Key, Keys},
    output::Output,
};

/// The keyboard while a debate is shown, as long as this process controls it.
pub(in crate::commands) struct Keyboard {
    /// `None` without a terminal and in the background.
    keys: Option<Keys>,
    /// If stdout is a pipe, a pager at its end may read the same terminal.
    is_shared: bool,
}

impl Keyboard {
    pub(in crate::commands) fn new() -> Self {
        let mut keyboard = Self { keys: None, is_shared: !io::stdout().is_terminal() };
        keyboard.acquire();
        keyboard
    }

    /// Starts to read keys, if not done yet. If the terminal refuses, typed characters are echoed, which is
    /// no reason to end a debate.
    pub(in crate::commands) fn acquire(&mut self) {
        if self.keys.is_none() {
            self.keys = Keys::acquire(self.is_shared).unwrap_or_default();
        }
    }

    /// Follows a signal: gives the terminal back and stops, or draws again once the process continues.
    pub(in crate::commands) fn follow(
        &mut self,
        signal: JobSignal,
        output: &mut dyn Output,
    ) -> io::Result<()> {
        let suspends = signal == JobSignal::Suspend;
        if suspends {
            output.suspend()?;
        }
        self.keys = None;
        if suspends {
            job_control::stop()?;
        }
        output.resume()
    }

    /// Whether a user can answer a question. Discards what was typed into a shared terminal before the
    /// question.
    pub(super) fn can_answer(&mut self) -> bool {
        self.acquire();
        if let Some(keys) = self.keys.as_mut().filter(|keys| keys.is_shared())
            && keys.discard_input().is_err()
        {
            self.keys = None;
        }
        self.keys.is_some()
    }

    /// Whether a text is being written, into which a user may paste.
    pub(super) fn expect_text(&mut self, is_expected: bool) {
        if let Some(keys) = &mut self.keys {
            keys.mark_pastes(is_expected);
        }
    }

    /// Waits for the next key. Pending forever without a terminal, and on a shared terminal unless a key
    /// `is_awaited`.
    pub(in crate::commands) async fn key(&mut self, is_awaited: bool) -> Key {
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
