use std::io;

use rustix::{
    process::getpgrp,
    termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};

/// Other modes of the terminal on stdin. The terminal is as before once they are dropped.
pub(super) struct TerminalModes {
    before: Termios,
}

impl TerminalModes {
    /// Changes the modes; `None` if stdin is not the terminal of this process, or if the process is
    /// in the background, where a change would halt it.
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
        // What was typed before was typed for something else.
        tcsetattr(io::stdin(), OptionalActions::Flush, &changed)?;
        Ok(Some(modes))
    }

    /// Whether this process is in the foreground of the terminal on stdin.
    pub(super) fn in_foreground() -> bool {
        tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
    }
}

impl Drop for TerminalModes {
    fn drop(&mut self) {
        // In the background the modes are the shell's, and a change would halt the process.
        if !Self::in_foreground() {
            return;
        }
        // What is left of a paste must not become a command line. If the terminal is gone, nothing
        // is left to restore.
        let restored = tcsetattr(io::stdin(), OptionalActions::Flush, &self.before);
        restored.unwrap_or_default();
    }
}
