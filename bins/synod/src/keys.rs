//! Key presses on the terminal at stdin, read without echo while a debate is shown.

mod decoder;
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

    use super::{Key, decoder::Decoder, modes::TerminalModes};

    /// Interval at which the terminal is polled. Waiting for it would need a thread that cannot be
    /// cancelled; polling costs almost nothing.
    const POLL_INTERVAL: Duration = Duration::from_millis(20);
    /// Maximum bytes of one read.
    const READ_SIZE: usize = 256;
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
        pressed: VecDeque<Key>,
        is_shared: bool,
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
                pressed: VecDeque::new(),
                is_shared,
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
                let mut bytes = [0; READ_SIZE];
                let read = read(&mut bytes)?;
                if read == 0 {
                    tokio::time::sleep(POLL_INTERVAL).await;
                }
                self.pressed.extend(self.decoder.keys(&bytes[..read]));
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

        pub(crate) fn discard_input(&mut self) -> io::Result<()> {
            match self.0 {}
        }
    }
}
