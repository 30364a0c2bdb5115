//! Single keys of the terminal on stdin, while a menu is open.

mod decoder;

pub(crate) use decoder::Key;
#[cfg(unix)]
pub(crate) use unix::{Keys, are_there};

#[cfg(not(unix))]
pub(crate) use elsewhere::{Keys, are_there};

#[cfg(unix)]
mod unix {
    use std::{
        collections::VecDeque,
        io::{self, IsTerminal},
        time::Duration,
    };

    use super::{Key, decoder::Decoder};
    use rustix::{
        io::Errno,
        process::getpgrp,
        termios::{
            LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
        },
    };

    /// How long a key may go unnoticed. A terminal can be waited for only by a thread that cannot be
    /// called off; a look at it costs next to nothing, and it is looked at only while a menu is open.
    const PAUSE: Duration = Duration::from_millis(20);
    /// Most bytes that are read at once.
    const MOST: usize = 256;

    /// Whether there is a keyboard to read from.
    pub(crate) fn are_there() -> bool {
        io::stdin().is_terminal()
    }

    /// The keyboard, without waiting for whole lines and without echo. Whatever becomes of it, the
    /// terminal is as before once it is dropped.
    ///
    /// Output and Ctrl-C stay as they are: lines are drawn as before, and signals come as signals.
    pub(crate) struct Keys {
        before: Termios,
        decoder: Decoder,
        pressed: VecDeque<Key>,
    }

    impl Keys {
        /// Takes the keyboard; `None` for a process in the background, which would be halted.
        pub(crate) fn take() -> io::Result<Option<Self>> {
            let stdin = io::stdin();
            if tcgetpgrp(&stdin)? != getpgrp() {
                return Ok(None);
            }
            let before = tcgetattr(&stdin)?;
            let mut single = before.clone();
            single.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            // A read returns what is there and never waits.
            single.special_codes[SpecialCodeIndex::VMIN] = 0;
            single.special_codes[SpecialCodeIndex::VTIME] = 0;
            let keys = Self { before, decoder: Decoder::default(), pressed: VecDeque::new() };
            // What was typed before nobody had asked for.
            tcsetattr(&stdin, OptionalActions::Flush, &single)?;
            Ok(Some(keys))
        }

        /// The next key. If it is not waited for to the end, none is lost.
        pub(crate) async fn next(&mut self) -> io::Result<Key> {
            loop {
                if let Some(key) = self.pressed.pop_front() {
                    return Ok(key);
                }
                let mut bytes = [0; MOST];
                let read = match rustix::io::read(io::stdin(), &mut bytes) {
                    Err(Errno::INTR) => 0,
                    read => read?,
                };
                if read == 0 {
                    tokio::time::sleep(PAUSE).await;
                }
                self.pressed.extend(self.decoder.keys(&bytes[..read]));
            }
        }
    }

    impl Drop for Keys {
        fn drop(&mut self) {
            // What is left of a paste must not become a command line. If the terminal is gone,
            // nothing is left to restore.
            let restored = tcsetattr(io::stdin(), OptionalActions::Flush, &self.before);
            restored.unwrap_or_default();
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

    /// There is none.
    pub(crate) struct Keys(Infallible);

    impl Keys {
        pub(crate) fn take() -> io::Result<Option<Self>> {
            Ok(None)
        }

        pub(crate) async fn next(&mut self) -> io::Result<Key> {
            match self.0 {}
        }
    }
}
