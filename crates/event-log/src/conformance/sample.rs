//! Sample events. Only the first and the last event of a debate mean something to a log.

use std::sync::Arc;

use synod_domain::{
    AgentId, CallCount, DebateConfig, DebateId, DebateLimits, Event, Initialized, Interjected,
    Outcome, Timestamp, TokenCount, Verdict,
};
use uuid::Uuid;

use super::Log;
use crate::{Batch, Epoch, LogError, Stored};

/// A debate with its first event only.
pub(super) async fn debate(log: &Log) -> DebateId {
    let id = new_id();
    log.create(&batch(id, 0, [initialized("who?")]), None).await.expect("the debate is new");
    id
}

/// Version 7, so that later ids sort later.
pub(super) fn new_id() -> DebateId {
    DebateId::from_uuid(Uuid::now_v7())
}

pub(super) fn batch(id: DebateId, expected: u64, events: impl IntoIterator<Item = Event>) -> Batch {
    Batch::new(id, expected, Timestamp::from_unix_ms(7), events).expect("the events are small")
}

/// Appends one interjection.
pub(super) async fn interject(
    log: &Log,
    id: DebateId,
    expected: u64,
    epoch: Option<Epoch>,
    text: &str,
) -> Result<u64, LogError> {
    log.append(&batch(id, expected, [interjected(text)]), epoch).await
}

pub(super) fn interjected(text: &str) -> Event {
    Event::Interjected(Interjected { text: text.into(), author: None })
}

/// The sequence numbers of events with their text, or their type if they have none.
pub(super) fn texts(events: &[Stored]) -> Vec<(u64, String)> {
    let text = |event: &Event| {
        let message =
            if let Event::Interjected(message) = event { &message.text } else { event.kind() };
        message.to_owned()
    };
    events.iter().map(|s| (s.recorded.seq, text(&s.recorded.event))).collect()
}

/// The first event of a debate of two participants.
///
/// # Panics
/// Never: its names are valid.
pub fn initialized(topic: &str) -> Event {
    let agents = ["ann", "bob"].map(|id| AgentId::new(id).expect("an id")).to_vec();
    Event::DebateInitialized(Arc::new(Initialized {
        rules_revision: Initialized::RULES_REVISION,
        config: DebateConfig::structured(topic, agents),
        limits: DebateLimits {
            needs: 2,
            of: 2,
            most_turns: 0,
            most_ballots: 0,
            most_moves: 0,
            planned_calls: 0,
            most_calls: 0,
            most_output_tokens: 0,
            most_thinking_tokens: 0,
            most_model_seconds: 0,
        },
        participants: vec![],
        moderator: None,
        judge: None,
    }))
}

/// The last event of a debate.
#[must_use]
pub fn closed() -> Event {
    Event::DebateClosed(Arc::new(Verdict {
        outcome: Outcome::Stopped,
        answer: None,
        leader: None,
        tie_broken_by: None,
        votes: 0,
        needs: 2,
        of: 2,
        panel: None,
        round: None,
        tied_round: None,
        round0: None,
        leader_changed: None,
        argument: None,
        dissent: vec![],
        silent: None,
        hollow: None,
        demo: false,
        tokens: TokenCount::default(),
        calls: CallCount::default(),
        running_ms: 0,
        reason: None,
    }))
}
