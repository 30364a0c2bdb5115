//! The text so far of open calls, for other processes that end them, and for a later one after a crash.

use std::time::Duration;

use synod_debate_protocol::Partials;
use synod_domain::{CallNo, DebateId};
use synod_event_log::EventLog;
use tokio::time::Instant;

use crate::live::LiveDebate;

/// How often text is kept while it grows.
const INTERVAL: Duration = Duration::from_millis(250);

/// Keeps the text of the calls of a debate that this process drives.
pub(crate) struct PartialTextWriter {
    /// The bytes of each text that is kept.
    kept: Vec<(CallNo, usize)>,
    due: Instant,
}

impl PartialTextWriter {
    /// `kept` is what the process before has kept.
    pub(crate) fn new(kept: &Partials) -> Self {
        let kept = kept.iter().map(|(call, text)| (*call, text.len())).collect();
        Self { kept, due: Instant::now() }
    }

    /// Whether nothing is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// When to look at the texts again.
    pub(crate) const fn due(&self) -> Instant {
        self.due
    }

    /// Keeps the texts, if they have grown.
    pub(crate) async fn keep(&mut self, live: &LiveDebate, log: &dyn EventLog, id: DebateId) {
        self.due = Instant::now() + INTERVAL;
        let sizes = live.text_sizes();
        if sizes == self.kept {
            return;
        }
        if let Err(error) = log.keep_partials(id, &live.partials()).await {
            // The next attempt follows soon. Without the text, its call can be made again.
            tracing::debug!(debate.id = %id, %error, "the text so far is not kept");
        }
        self.kept = sizes;
    }

    /// Removes what is kept, once no call is open.
    pub(crate) async fn clear(&mut self, log: &dyn EventLog, id: DebateId) {
        if !std::mem::take(&mut self.kept).is_empty() {
            forget(log, id).await;
        }
    }
}

/// What the process that drives a debate has kept; nothing after an error.
pub(crate) async fn kept(log: &dyn EventLog, id: DebateId) -> Partials {
    log.partials(id).await.unwrap_or_else(|error| {
        tracing::warn!(debate.id = %id, %error, "the text of open calls so far cannot be read");
        Partials::new()
    })
}

/// Removes what is kept of a debate.
pub(crate) async fn forget(log: &dyn EventLog, id: DebateId) {
    if let Err(error) = log.keep_partials(id, &Partials::new()).await {
        tracing::warn!(debate.id = %id, %error, "the text of ended calls cannot be removed");
    }
}
