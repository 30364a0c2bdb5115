use std::{sync::Arc, time::Duration};

/// Where a participant reports what watchers may see before the call is over. Reports are live
/// only: they are not events, and a watcher that lags loses them.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(Report) + Send + Sync>);

/// What a participant may report.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// A piece of the reply.
    Delta(String),
    /// All of the reply so far, in place of everything before.
    Whole(String),
    /// A piece of what the model thinks before it replies; no part of the reply.
    Thought(String),
    /// Where the call is.
    Phase(CallPhase),
}

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallPhase {
    /// No host that may serve it can be reached, or is ready.
    Away {
        /// For how long it has waited.
        waited: Duration,
        /// When a host is tried next, from now.
        next_try: Duration,
    },
    /// It waits for its model; `ahead` calls go first.
    Queued {
        /// Calls in front of it.
        ahead: usize,
        /// How long it will take from now, if that can be told.
        wait: Option<Duration>,
    },
    /// Its model is being loaded.
    Loading,
    /// The model reads the prompt.
    Prompting,
    /// The model writes.
    Generating,
}

impl Progress {
    /// Reports that go to this function.
    pub fn to(report: impl Fn(Report) + Send + Sync + 'static) -> Self {
        Self(Arc::new(report))
    }

    /// Reports that go nowhere.
    #[must_use]
    pub fn unheard() -> Self {
        Self::to(|_| {})
    }

    /// Reports a piece of the reply.
    pub fn delta(&self, text: impl Into<String>) {
        (self.0)(Report::Delta(text.into()));
    }

    /// Reports all of the reply so far.
    pub fn whole(&self, text: impl Into<String>) {
        (self.0)(Report::Whole(text.into()));
    }

    /// Reports a piece of what the model thinks before it replies.
    pub fn thought(&self, text: impl Into<String>) {
        (self.0)(Report::Thought(text.into()));
    }

    /// Reports where the call is.
    pub fn phase(&self, phase: CallPhase) {
        (self.0)(Report::Phase(phase));
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}
