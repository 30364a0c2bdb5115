//! The terminal on stdin while a debate is shown: without echo, key by key.

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

    /// How long a key may go unnoticed. A terminal can be waited for only by a thread that cannot be
    /// called off; a look at it costs next to nothing.
    const POLL_INTERVAL: Duration = Duration::from_millis(20);
    /// Most bytes that are read at once.
    const READ_SIZE: usize = 256;
    /// What no key sends, as the code of a special key (POSIX, `_POSIX_VDISABLE`).
    const DISABLED: u8 =
        if cfg!(any(target_os = "linux", target_os = "android")) { 0 } else { 0xff };

    /// Whether there is a keyboard to read from.
    pub(crate) fn are_available() -> bool {
        io::stdin().is_terminal()
    }

    /// The keyboard, without waiting for whole lines and without echo: what is typed does not get
    /// between the lines that are drawn, and does not become a command line afterwards. The terminal is
    /// as before once it is dropped.
    ///
    /// Output and Ctrl-Z stay as they are: lines are drawn as before, and Ctrl-Z comes as a signal.
    pub(crate) struct Keys {
        _modes: TerminalModes,
        decoder: Decoder,
        pressed: VecDeque<Key>,
        is_shared: bool,
    }

    impl Keys {
        /// Takes the keyboard; `None` without a terminal, or for a process in the background, which
        /// would be halted. `is_shared`: another process, such as a pager, may read the terminal too.
        /// Otherwise each Ctrl-C is a key: of two signals that come at once the kernel delivers one.
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

        /// Another process may read the terminal too: keys are read only while they are asked for.
        pub(crate) const fn is_shared(&self) -> bool {
            self.is_shared
        }

        /// The next key. If it is not waited for to the end, none is lost.
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

        /// Forgets what was typed and not asked for.
        ///
        /// # Errors
        /// If the terminal refuses.
        pub(crate) fn discard_input(&mut self) -> io::Result<()> {
            self.pressed.clear();
            Ok(tcflush(io::stdin(), QueueSelector::IFlush)?)
        }
    }

    /// Reads what is there. A shell may have given the terminal its own modes, in which a read
    /// waits; so it is asked first whether there is anything, and nothing is read in the background.
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

    /// Whether there is a keyboard to read from.
    pub(crate) const fn are_available() -> bool {
        false
    }

    /// No keyboard.
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
