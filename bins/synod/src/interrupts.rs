//! Ctrl-C and SIGTERM.

use std::io;

/// What an interrupt asks a running debate to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// Stop after the calls in flight.
    Drain,
    /// Stop at once. A kept debate is left to be resumed after SIGTERM.
    Now,
    /// Exit without waiting for the debate to stop.
    Abandon,
}

/// Listens to the signals. Before it exists, a signal ends the process.
pub(crate) struct Interrupts {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    last: Option<Interrupt>,
    /// The previous value of `last`.
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

    /// Waits for the next interrupt. The first Ctrl-C drains; the second, or SIGTERM, stops at once; a third
    /// abandons.
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

    /// Returns the next interrupt after Ctrl-C was read as a key. Sends the signal to the whole foreground
    /// process group, as the terminal would have done.
    ///
    /// # Errors
    /// If the signal cannot be sent.
    #[cfg(unix)]
    pub(crate) async fn next_from_key(&mut self) -> io::Result<Interrupt> {
        use rustix::process::{Signal, kill_current_process_group};
        kill_current_process_group(Signal::INT)?;
        // This process is in the group, too.
        Ok(self.next().await)
    }

    #[cfg(not(unix))]
    pub(crate) async fn next_from_key(&mut self) -> io::Result<Interrupt> {
        Ok(self.next().await)
    }

    /// Whether the last signal was SIGINT rather than SIGTERM.
    pub(crate) const fn was_ctrl_c(&self) -> bool {
        !self.terminated
    }

    /// Undoes the last interrupt, which was handled elsewhere.
    pub(crate) const fn undo_last(&mut self) {
        self.last = self.before;
    }

    /// Makes the next Ctrl-C count as the first.
    pub(crate) const fn reset(&mut self) {
        self.last = None;
    }

    /// Waits for any interrupt.
    pub(crate) async fn any(&mut self) {
        self.signal().await;
    }

    /// Waits for a signal. Returns whether it is SIGTERM.
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
