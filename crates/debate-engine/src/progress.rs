use std::{sync::Arc, time::Duration};

/// Reports the progress of a call to watchers. Reports are live only: they are not events, and a
/// watcher that lags may miss some.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(Report) + Send + Sync>);

/// A report of a participant on its call.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// A piece of the reply.
    Delta(String),
    /// The whole reply so far, which replaces all pieces before.
    Whole(String),
    /// A piece of the model's thinking, which is not part of the reply.
    Thought(String),
    /// The phase of the call.
    Phase(CallPhase),
}

/// The phase of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallPhase {
    /// No host that may serve the call is reachable and ready.
    Away {
        /// The time that the call has waited.
        waited: Duration,
        /// The time until a host is tried again.
        next_try: Duration,
    },
    /// The call waits for its model behind `ahead` other calls.
    Queued {
        /// The number of calls before it.
        ahead: usize,
        /// The estimated time from now until it is served, if known.
        wait: Option<Duration>,
    },
    /// The model is being loaded.
    Loading,
    /// The model reads the prompt.
    Prompting,
    /// The model writes.
    Generating,
}

impl Progress {
    /// Sends reports to this function.
    pub fn to(report: impl Fn(Report) + Send + Sync + 'static) -> Self {
        Self(Arc::new(report))
    }

    /// Discards reports.
    #[must_use]
    pub fn unheard() -> Self {
        Self::to(|_| {})
    }

    /// Reports a piece of the reply.
    pub fn delta(&self, text: impl Into<String>) {
        (self.0)(Report::Delta(text.into()));
    }

    /// Reports the whole reply so far.
    pub fn whole(&self, text: impl Into<String>) {
        (self.0)(Report::Whole(text.into()));
    }

    /// Reports a piece of the model's thinking.
    pub fn thought(&self, text: impl Into<String>) {
        (self.0)(Report::Thought(text.into()));
    }

    /// Reports the phase of the call.
    pub fn phase(&self, phase: CallPhase) {
        (self.0)(Report::Phase(phase));
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}
