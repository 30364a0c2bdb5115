use schemars::JsonSchema;
use serde::Serialize;
use synod_domain::{AgentId, DebateId, DebateMode, Event, Outcome, Timestamp};
use synod_event_log::Summary;

use super::{DebatePause, DebateStatus};

/// Debates, newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DebatesPage {
    /// Those of this page.
    pub(crate) debates: Vec<DebateSummary>,
    /// The debates between them that are damaged and cannot be listed; the server's log says why.
    pub(crate) damaged: Vec<DebateId>,
    /// Where the next page begins; null on the last.
    pub(crate) next_cursor: Option<String>,
}

/// A debate as a list shows it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DebateSummary {
    /// Its id.
    debate_id: DebateId,
    /// Its status.
    status: DebateStatus,
    /// Whether a process drives it; if none does, `resume` continues a debate that runs.
    driven: bool,
    /// Why it is paused; null unless it is.
    pause: Option<DebatePause>,
    /// How it ended; null while it has not.
    outcome: Option<Outcome>,
    /// The question.
    debate_topic: String,
    /// The order of speakers; null if the log has no configuration.
    debate_mode: Option<DebateMode>,
    /// The participants.
    selected_agents: Vec<AgentId>,
    /// The number of the last event.
    seq: u64,
    /// The time of the first event.
    created_at: Timestamp,
    /// The time of the last event.
    updated_at: Timestamp,
}

impl From<&Summary> for DebateSummary {
    fn from(summary: &Summary) -> Self {
        let first = &summary.first.event;
        let config =
            if let Event::DebateInitialized(setup) = first { Some(&setup.config) } else { None };
        let status = &summary.status_event;
        let pause = if let Event::DebatePaused(paused) = &status.event {
            Some(DebatePause::of(paused, status.at))
        } else {
            None
        };
        let outcome =
            if let Event::DebateClosed(v) = &status.event { Some(v.outcome) } else { None };
        Self {
            debate_id: summary.id,
            status: summary.into(),
            driven: summary.worker.is_some(),
            pause,
            outcome,
            debate_topic: config.map(|config| config.debate_topic.clone()).unwrap_or_default(),
            debate_mode: config.map(|config| config.debate_mode),
            selected_agents: config.map(|c| c.selected_agents.clone()).unwrap_or_default(),
            seq: summary.last,
            created_at: summary.first.at,
            updated_at: summary.updated_at,
        }
    }
}
