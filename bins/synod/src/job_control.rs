//! Job control: SIGTSTP and SIGCONT.

#[cfg(not(unix))]
pub(crate) use elsewhere::{JobControl, stop};
#[cfg(unix)]
pub(crate) use unix::{JobControl, stop};

/// A signal of job control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobSignal {
    /// SIGTSTP (Ctrl-Z): give the terminal back and stop.
    Suspend,
    /// SIGCONT: the process was resumed, in the foreground or in the background.
    Continue,
}

#[cfg(unix)]
mod unix {
    use std::io;

    use rustix::process::{Signal as Number, getpgrp, getpid, getppid, getsid, kill_process};
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::JobSignal;

    /// Listens to the signals. Before it exists, SIGTSTP stops the process by its default action.
    pub(crate) struct JobControl {
        suspend: Signal,
        resume: Signal,
    }

    impl JobControl {
        pub(crate) fn listen() -> io::Result<Self> {
            let listen = |number: Number| signal(SignalKind::from_raw(number.as_raw()));
            Ok(Self { suspend: listen(Number::TSTP)?, resume: listen(Number::CONT)? })
        }

        /// Waits for the next signal.
        pub(crate) async fn next(&mut self) -> JobSignal {
            tokio::select! {
                _ = self.suspend.recv() => JobSignal::Suspend,
                _ = self.resume.recv() => JobSignal::Continue,
            }
        }
    }

    /// Stops this process until it receives SIGCONT. In an orphaned process group
    /// no shell could send it, so the process keeps running, as POSIX specifies for SIGTSTP.
    pub(crate) fn stop() -> io::Result<()> {
        if is_orphaned()? {
            return Ok(());
        }
        Ok(kill_process(getpid(), Number::STOP)?)
    }

    /// Whether the process group is orphaned: the parent is in another session, or this process leads
    /// its session (POSIX, "orphaned process group").
    fn is_orphaned() -> io::Result<bool> {
        let session = getsid(None)?;
        let has_parent = getppid().is_some_and(|parent| getsid(Some(parent)) == Ok(session));
        Ok(getpgrp() == session || !has_parent)
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io;

    use super::JobSignal;

    /// Never receives a signal on this platform.
    pub(crate) struct JobControl;

    impl JobControl {
        pub(crate) fn listen() -> io::Result<Self> {
            Ok(Self)
        }

        pub(crate) async fn next(&mut self) -> JobSignal {
            std::future::pending().await
        }
    }

    /// Does nothing: this platform has no job control.
    pub(crate) fn stop() -> io::Result<()> {
        Ok(())
    }
}
