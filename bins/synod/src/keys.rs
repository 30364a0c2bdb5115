//! Key presses on the terminal at stdin, read without echo while a debate is shown.

mod decoder;
#[cfg(unix)]
mod line_breaks;
#[cfg(unix)]
mod modes;

pub(crate) use decoder::Key;
#[cfg(unix)]
pub(crate) use unix::{Keys, are_available};

#[cfg(not(unix))]
pub(crate) use elsewhere::{Keys, are_available};

#[cfg(unix)]
mod unix {
    use std::{
        collections::VecDeque,
        io::{self, IsTerminal},
        time::Duration,
    };

    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        io::Errno,
        termios::{LocalModes, QueueSelector, SpecialCodeIndex, tcflush},
    };

    use super::{Key, decoder::Decoder, line_breaks::LineBreaks, modes::TerminalModes};

    /// Interval at which the terminal is polled. Waiting for it would need a thread that cannot be
    /// cancelled; polling costs almost nothing.
    const POLL_INTERVAL: Duration = Duration::from_millis(20);
    /// Maximum bytes of one read.
    const READ_SIZE: usize = 256;
    /// Maximum bytes that are read before they are handled.
    const MAX_READ: usize = 64 * 1024;
    /// Makes a terminal mark pasted text, and no longer (xterm's bracketed paste mode).
    const MARK_PASTES: [&[u8]; 2] = [b"\x1b[?2004h", b"\x1b[?2004l"];
    /// The code that disables a special key (POSIX, `_POSIX_VDISABLE`).
    const DISABLED: u8 =
        if cfg!(any(target_os = "linux", target_os = "android")) { 0 } else { 0xff };

    /// Whether keys can be read from stdin.
    pub(crate) fn are_available() -> bool {
        io::stdin().is_terminal()
    }

    /// Reads single keys without echo, so that typed characters neither mix with the drawn lines nor
    /// become a shell command afterwards. Dropping it restores the terminal.
    ///
    /// Output modes and Ctrl-Z are unchanged: Ctrl-Z still sends a signal.
    pub(crate) struct Keys {
        _modes: TerminalModes,
        decoder: Decoder,
        line_breaks: LineBreaks,
        pressed: VecDeque<Key>,
        is_shared: bool,
        marks_pastes: bool,
    }

    impl Keys {
        /// Starts to read keys. Returns `None` without a terminal, or in the background, where changing the
        /// terminal would stop the process. `is_shared`: another process, such as a pager, may read the
        /// terminal too. Otherwise Ctrl-C is read as a key, because of two signals that arrive together
        /// the kernel delivers only one.
        ///
        /// # Errors
        /// If the terminal refuses.
        pub(crate) fn acquire(is_shared: bool) -> io::Result<Option<Self>> {
            let mut interrupt = None;
            let modes = TerminalModes::change(|modes| {
                if !is_shared && modes.local_modes.contains(LocalModes::ISIG) {
                    let byte = &mut modes.special_codes[SpecialCodeIndex::VINTR];
                    interrupt = Some(*byte).filter(|byte| *byte != DISABLED);
                    *byte = DISABLED;
                }
                modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
                // A read returns the available bytes and never waits.
                modes.special_codes[SpecialCodeIndex::VMIN] = 0;
                modes.special_codes[SpecialCodeIndex::VTIME] = 0;
            })?;
            Ok(modes.map(|modes| Self {
                _modes: modes,
                decoder: Decoder::new(interrupt),
                line_breaks: LineBreaks::default(),
                pressed: VecDeque::new(),
                is_shared,
                marks_pastes: false,
            }))
        }

        /// Whether another process may read the terminal too. Then keys are read only while needed.
        pub(crate) const fn is_shared(&self) -> bool {
            self.is_shared
        }

        /// Waits for the next key. Cancellation loses no key.
        pub(crate) async fn next(&mut self) -> io::Result<Key> {
            loop {
                if let Some(key) = self.pressed.pop_front() {
                    return Ok(key);
                }
                let bytes = read_all()?;
                let keys = if bytes.is_empty() {
                    self.line_breaks.entered()
                } else {
                    self.line_breaks.after(self.decoder.keys(&bytes))
                };
                if keys.is_empty() {
                    tokio::time::sleep(POLL_INTERVAL).await;
                }
                self.pressed.extend(keys);
            }
        }

        /// Makes the terminal mark pasted text, or no longer. Without the marks, the time between keys
        /// shows what was pasted.
        pub(crate) fn mark_pastes(&mut self, marks: bool) {
            if self.marks_pastes != marks && TerminalModes::in_foreground() {
                let [on, off] = MARK_PASTES;
                let sequence = if marks { on } else { off };
                // The terminal at stdin may be open for reading only.
                let written = rustix::io::write(io::stdin(), sequence);
                self.marks_pastes = marks && written.is_ok();
            }
        }

        /// Discards keys that were pressed and not read.
        ///
        /// # Errors
        /// If the terminal refuses.
        pub(crate) fn discard_input(&mut self) -> io::Result<()> {
            self.pressed.clear();
            Ok(tcflush(io::stdin(), QueueSelector::IFlush)?)
        }
    }

    impl Drop for Keys {
        fn drop(&mut self) {
            self.mark_pastes(false);
        }
    }

    /// Reads all available bytes, so that pasted text is not split.
    fn read_all() -> io::Result<Vec<u8>> {
        let (mut all, mut bytes) = (Vec::new(), [0; READ_SIZE]);
        loop {
            let read = read(&mut bytes)?;
            all.extend_from_slice(&bytes[..read]);
            if read == 0 || all.len() >= MAX_READ {
                return Ok(all);
            }
        }
    }

    /// Reads the available bytes without blocking. A shell may have set its own terminal modes, in which
    /// a read blocks; so the terminal is polled first, and nothing is read in the background.
    fn read(bytes: &mut [u8]) -> io::Result<usize> {
        let stdin = io::stdin();
        let mut waiting = [PollFd::new(&stdin, PollFlags::IN)];
        let read = match poll(&mut waiting, Some(&Timespec::default())) {
            Ok(0) => Ok(0),
            Ok(_) if !TerminalModes::in_foreground() => Ok(0),
            Ok(_) => rustix::io::read(&stdin, bytes),
            Err(error) => Err(error),
        };
        match read {
            Err(Errno::INTR) => Ok(0),
            read => Ok(read?),
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::{convert::Infallible, io};

    use super::Key;

    /// Whether keys can be read from stdin.
    pub(crate) const fn are_available() -> bool {
        false
    }

    /// Cannot be constructed: keys cannot be read on this platform.
    pub(crate) struct Keys(Infallible);

    impl Keys {
        pub(crate) fn acquire(_: bool) -> io::Result<Option<Self>> {
            Ok(None)
        }

        pub(crate) const fn is_shared(&self) -> bool {
            match self.0 {}
        }

        pub(crate) async fn next(&mut self) -> io::Result<Key> {
            match self.0 {}
        }

        pub(crate) fn mark_pastes(&mut self, _: bool) {
            match self.0 {}
        }

        pub(crate) fn discard_input(&mut self) -> io::Result<()> {
            match self.0 {}
        }
    }
}
