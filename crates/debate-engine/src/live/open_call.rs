use std::collections::VecDeque;

use synod_domain::{AgentId, CallNo, CallStarted, DebateId, Purpose, TurnNo};

use super::reply_buffer::{Missed, ReplyBuffer};
use crate::{CallPhase, CallProgress, FeedItem, Report, Thought, TurnDelta};

/// An open call and its progress.
pub(super) struct OpenCall {
    pub(super) call: CallNo,
    purpose: Purpose,
    agent_id: AgentId,
    turn: Option<TurnNo>,
    phase: Option<CallPhase>,
    /// The number of phases entered.
    phases: u32,
    /// Boxed: few models think.
    thought: Option<Box<ReplyBuffer>>,
    said: ReplyBuffer,
}

/// A watcher's position in the progress of an open call.
pub(crate) struct CallCursor {
    pub(super) call: CallNo,
    /// The number of the next piece; `None` if the watcher has just joined and gets the whole text.
    next: Option<u32>,
    /// The number of the next piece of the thinking.
    next_thought: u32,
    phases: u32,
}

impl CallCursor {
    pub(super) const fn new(call: CallNo, joins: bool) -> Self {
        Self { call, next: if joins { None } else { Some(0) }, next_thought: 0, phases: 0 }
    }
}

impl OpenCall {
    pub(super) fn new(started: &CallStarted) -> Self {
        Self {
            call: started.call,
            purpose: started.purpose,
            agent_id: started.agent_id.clone(),
            turn: started.turn,
            phase: None,
            phases: 0,
            thought: None,
            said: ReplyBuffer::default(),
        }
    }

    pub(super) fn text(&self) -> &str {
        self.said.text()
    }

    /// Records a report, and returns whether it changes anything.
    pub(super) fn report(&mut self, report: Report) -> bool {
        match report {
            Report::Delta(piece) => self.said.push(&piece),
            Report::Whole(text) => self.said.replace(text),
            Report::Thought(piece) => self.thought.get_or_insert_default().push(&piece),
            Report::Phase(phase) => {
                let changed = self.phase != Some(phase);
                self.phase = Some(phase);
                self.phases += u32::from(changed);
                changed
            }
        }
    }

    pub(super) fn news(
        &self,
        debate_id: DebateId,
        seen: &mut CallCursor,
        news: &mut VecDeque<FeedItem>,
    ) {
        if let Some(phase) = self.phase.filter(|_| seen.phases < self.phases) {
            let &Self { call, purpose, turn, .. } = self;
            let agent_id = self.agent_id.clone();
            news.push_back(FeedItem::Phase(CallProgress { call, purpose, turn, agent_id, phase }));
            seen.phases = self.phases;
        }
        self.thought_news(seen, news);
        // Ballots, moves and rulings are shown once they have been read by the rules.
        let Some(turn) = self.turn else { return };
        let delta = |index, whole, text: &str| {
            let (call, agent_id, text) = (self.call, self.agent_id.clone(), text.to_owned());
            FeedItem::Delta(TurnDelta { debate_id, call, turn, agent_id, index, whole, text })
        };
        let missed = match seen.next {
            Some(next) => self.said.since(next),
            None if self.said.next() == 0 => Missed::Nothing,
            None => Missed::Whole,
        };
        match missed {
            Missed::Nothing => {}
            Missed::Pieces(first, pieces) => {
                let pieces = pieces.into_iter().map(|at| &self.text()[at]);
                news.extend((first..).zip(pieces).map(|(index, piece)| delta(index, false, piece)));
            }
            Missed::Whole => news.push_back(delta(self.said.next() - 1, true, self.text())),
        }
        seen.next = Some(self.said.next());
    }
    fn thought_news(&self, seen: &mut CallCursor, news: &mut VecDeque<FeedItem>) {
        let Some(thought) = &self.thought else { return };
        let all = thought.text();
        let (whole, text) = match thought.since(seen.next_thought) {
            Missed::Nothing => return,
            Missed::Pieces(_, pieces) => (false, pieces.into_iter().map(|at| &all[at]).collect()),
            Missed::Whole => (true, all.to_owned()),
        };
        let (call, turn, agent_id) = (self.call, self.turn, self.agent_id.clone());
        news.push_back(FeedItem::Thought(Thought { call, turn, agent_id, whole, text }));
        seen.next_thought = thought.next();
    }
}
