use std::{collections::HashMap, sync::Arc};

use schemars::JsonSchema;
use serde::Serialize;
use synod_domain::{AgentId, Event, FailureCause, Recorded, Truncated, TurnNo, TurnResult};

/// A turn that ended, with or without a text.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Statement {
    /// The turn.
    turn: TurnNo,
    /// The round, 0 for the opening.
    round: u8,
    /// The pass, in structured debates; null for openings.
    pass: Option<u8>,
    /// The speaker.
    agent_id: AgentId,
    /// How it ended.
    result: TurnResult,
    /// The text.
    text: Arc<str>,
    /// Why it was truncated.
    truncated: Option<Truncated>,
    /// Why it was forfeited.
    cause: Option<FailureCause>,
}

impl Statement {
    /// In speaking order, not in the order of arrival.
    pub(super) fn all(log: &[Arc<Recorded>]) -> Vec<Self> {
        let mut passes = HashMap::new();
        let mut statements = Vec::new();
        for recorded in log {
            if let Event::CallStarted(call) = &recorded.event {
                passes.insert(call.call, call.pass);
            }
            if let Event::TurnEnded(turn) = &recorded.event {
                statements.push(Self {
                    turn: turn.turn,
                    round: turn.round,
                    pass: passes.get(&turn.call).copied().flatten(),
                    agent_id: turn.agent_id.clone(),
                    result: turn.result,
                    text: Arc::clone(&turn.text),
                    truncated: turn.truncated,
                    cause: turn.cause,
                });
            }
        }
        statements.sort_by_key(|statement| statement.turn);
        statements
    }
}

/// A message of a person.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Interjection {
    /// The number of its event.
    seq: u64,
    /// The text.
    text: Arc<str>,
    /// The author.
    author: Option<Arc<str>>,
}

impl Interjection {
    pub(super) fn all(log: &[Arc<Recorded>]) -> Vec<Self> {
        let said = log.iter().filter_map(|recorded| {
            let Event::Interjected(said) = &recorded.event else { return None };
            let (text, author) = (Arc::clone(&said.text), said.author.clone());
            Some(Self { seq: recorded.seq, text, author })
        });
        said.collect()
    }
}
