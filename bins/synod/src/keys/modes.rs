use std::io;

use rustix::{
    process::getpgrp,
    termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};

/// Changed modes of the terminal at stdin. Dropping them restores the previous modes.
pub(super) struct TerminalModes {
    before: Termios,
}

impl TerminalModes {
    /// Changes the modes. Returns `None` if stdin is not the controlling terminal, or if the process is in
    /// the background, where a change would stop it.
    ///
    /// # Errors
    /// If the terminal refuses.
    pub(super) fn change(change: impl FnOnce(&mut Termios)) -> io::Result<Option<Self>> {
        if !Self::in_foreground() {
            return Ok(None);
        }
        let before = tcgetattr(io::stdin())?;
        let mut changed = before.clone();
        change(&mut changed);
        let modes = Self { before };
        // Discard what was typed for the previous program.
        tcsetattr(io::stdin(), OptionalActions::Flush, &changed)?;
        Ok(Some(modes))
    }

    /// Whether this process is in the foreground of the terminal at stdin.
    pub(super) fn in_foreground() -> bool {
        tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
    }
}

impl Drop for TerminalModes {
    fn drop(&mut self) {
        // In the background the modes belong to the shell, and a change would stop the process.
        if !Self::in_foreground() {
            return;
        }
        // The rest of a paste must not become a shell command, so input is flushed. If the terminal is
        // gone, there is nothing to restore.
        let restored = tcsetattr(io::stdin(), OptionalActions::Flush, &self.before);
        restored.unwrap_or_default();
    }
}
