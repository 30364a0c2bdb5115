//! Ctrl-C and SIGTERM.

use std::io;

/// What the user wants of a debate that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// Let the calls in flight end, then stop.
    Drain,
    /// Stop at once.
    Now,
    /// Do not even wait for the end.
    Abandon,
}

/// The signals, from the moment it is made: until then they end the process.
pub(crate) struct Interrupts {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    last: Option<Interrupt>,
    /// What `last` was before.
    before: Option<Interrupt>,
    terminated: bool,
}

impl Interrupts {
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self {
            terminate,
            interrupt: signal(SignalKind::interrupt())?,
            last: None,
            before: None,
            terminated: false,
        })
    }

    #[cfg(not(unix))]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self { last: None, before: None, terminated: false })
    }

    /// The next one: Ctrl-C drains, the second stops at once, as SIGTERM does; a third abandons.
    pub(crate) async fn next(&mut self) -> Interrupt {
        let terminated = self.signal().await;
        self.terminated = terminated;
        let next = match self.last {
            None if !terminated => Interrupt::Drain,
            None | Some(Interrupt::Drain) => Interrupt::Now,
            Some(Interrupt::Now | Interrupt::Abandon) => Interrupt::Abandon,
        };
        self.before = self.last.replace(next);
        next
    }

    /// The next one: Ctrl-C was read as a key. The other processes in the foreground get the signal that
    /// the terminal would have sent to all.
    ///
    /// # Errors
    /// If the signal cannot be sent.
    #[cfg(unix)]
    pub(crate) async fn next_from_key(&mut self) -> io::Result<Interrupt> {
        use rustix::process::{Signal, kill_current_process_group};
        kill_current_process_group(Signal::INT)?;
        // This process is one of the group.
        Ok(self.next().await)
    }

    #[cfg(not(unix))]
    pub(crate) async fn next_from_key(&mut self) -> io::Result<Interrupt> {
        Ok(self.next().await)
    }

    /// Whether the last one was Ctrl-C, and not SIGTERM.
    pub(crate) const fn was_ctrl_c(&self) -> bool {
        !self.terminated
    }

    /// The last one does not count: it was meant for something else.
    pub(crate) const fn undo_last(&mut self) {
        self.last = self.before;
    }

    /// The next Ctrl-C is the first again.
    pub(crate) const fn reset(&mut self) {
        self.last = None;
    }

    /// Waits for any of them.
    pub(crate) async fn any(&mut self) {
        self.signal().await;
    }

    /// Waits for a signal; whether it is SIGTERM.
    #[cfg(unix)]
    async fn signal(&mut self) -> bool {
        tokio::select! {
            _ = self.terminate.recv() => true,
            _ = self.interrupt.recv() => false,
        }
    }

    #[cfg(not(unix))]
    async fn signal(&mut self) -> bool {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        false
    }
}
