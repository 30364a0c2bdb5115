//! The terminal on stdin while a debate is shown: without echo, and key by key while a menu is open.

mod decoder;
#[cfg(unix)]
mod modes;

pub(crate) use decoder::Key;
#[cfg(unix)]
pub(crate) use unix::{Keys, Silence, are_there};

#[cfg(not(unix))]
pub(crate) use elsewhere::{Keys, Silence, are_there};

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
        termios::{LocalModes, SpecialCodeIndex},
    };

    use super::{Key, decoder::Decoder, modes::Modes};

    /// How long a key may go unnoticed. A terminal can be waited for only by a thread that cannot be
    /// called off; a look at it costs next to nothing, and it is looked at only while a menu is open.
    const PAUSE: Duration = Duration::from_millis(20);
    /// Most bytes that are read at once.
    const MOST: usize = 256;

    /// Whether there is a keyboard to read from.
    pub(crate) fn are_there() -> bool {
        io::stdin().is_terminal()
    }

    /// The terminal without echo: what is typed does not get between the lines that are drawn, and
    /// does not become a command line afterwards. The terminal is as before once it is dropped.
    pub(crate) struct Silence {
        _modes: Modes,
    }

    impl Silence {
        /// Turns the echo off; `None` without a terminal, or in the background.
        pub(crate) fn take() -> io::Result<Option<Self>> {
            let modes = Modes::change(|modes| modes.local_modes.remove(LocalModes::ECHO))?;
            Ok(modes.map(|modes| Self { _modes: modes }))
        }
    }

    /// The keyboard, without waiting for whole lines and without echo. The terminal is as before
    /// once it is dropped.
    ///
    /// Output and Ctrl-C stay as they are: lines are drawn as before, and signals come as signals.
    pub(crate) struct Keys {
        _modes: Modes,
        decoder: Decoder,
        pressed: VecDeque<Key>,
    }

    impl Keys {
        /// Takes the keyboard; `None` without a terminal, or for a process in the background, which
        /// would be halted.
        pub(crate) fn take() -> io::Result<Option<Self>> {
            let modes = Modes::change(|modes| {
                modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
                // A read returns what is there and never waits.
                modes.special_codes[SpecialCodeIndex::VMIN] = 0;
                modes.special_codes[SpecialCodeIndex::VTIME] = 0;
            })?;
            Ok(modes.map(|modes| Self {
                _modes: modes,
                decoder: Decoder::default(),
                pressed: VecDeque::new(),
            }))
        }

        /// The next key. If it is not waited for to the end, none is lost.
        pub(crate) async fn next(&mut self) -> io::Result<Key> {
            loop {
                if let Some(key) = self.pressed.pop_front() {
                    return Ok(key);
                }
                let mut bytes = [0; MOST];
                let read = read(&mut bytes)?;
                if read == 0 {
                    tokio::time::sleep(PAUSE).await;
                }
                self.pressed.extend(self.decoder.keys(&bytes[..read]));
            }
        }

        /// Forgets the keys that have been read and not been asked for.
        pub(crate) fn forget(&mut self) {
            self.pressed.clear();
        }
    }

    /// Reads what is there. A shell may have given the terminal its own modes, in which a read
    /// waits; so it is asked first whether there is anything, and nothing is read in the background.
    fn read(bytes: &mut [u8]) -> io::Result<usize> {
        let stdin = io::stdin();
        let mut waiting = [PollFd::new(&stdin, PollFlags::IN)];
        let read = match poll(&mut waiting, Some(&Timespec::default())) {
            Ok(0) => Ok(0),
            Ok(_) if !Modes::are_ours() => Ok(0),
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
    pub(crate) const fn are_there() -> bool {
        false
    }

    /// Echo cannot be turned off.
    pub(crate) struct Silence(Infallible);

    impl Silence {
        pub(crate) fn take() -> io::Result<Option<Self>> {
            Ok(None)
        }
    }

    /// There is none.
    pub(crate) struct Keys(Infallible);

    impl Keys {
        pub(crate) fn take() -> io::Result<Option<Self>> {
            Ok(None)
        }

        pub(crate) async fn next(&mut self) -> io::Result<Key> {
            match self.0 {}
        }

        pub(crate) fn forget(&mut self) {
            match self.0 {}
        }
    }
}
