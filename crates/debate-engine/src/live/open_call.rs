use synod_domain::{AgentId, CallNo, CallStarted, DebateId, Purpose, TurnNo};

use super::reply_buffer::{Part, ReplyBuffer};
use crate::{
    CallPhase, CallProgress, FeedItem, LiveContent, Report, Thought, TurnDelta, cursor::CallCursor,
};

/// An open call and its progress.
pub(super) struct OpenCall {
    pub(super) call: CallNo,
    purpose: Purpose,
    agent_id: AgentId,
    turn: Option<TurnNo>,
    phase: Option<CallPhase>,
    /// The number of phases entered.
    phases: u32,
    /// Whether the call waits and no host has its request, as far as its participant reports that.
    waits: bool,
    /// Boxed: few models think.
    thought: Option<Box<ReplyBuffer>>,
    /// Boxed: a call mostly waits before it has any text.
    said: Option<Box<ReplyBuffer>>,
}

/// What a watcher has not read of an open call.
pub(crate) enum UnreadProgress<'a> {
    /// Its phase.
    Phase(CallProgress),
    /// A part of the thinking of its model.
    Thought(Thought),
    /// A part of its text.
    Delta(UnreadDelta<'a>),
}

/// An unread part of the text of an open turn.
pub(crate) struct UnreadDelta<'a> {
    pub(crate) call: CallNo,
    /// The number of its last piece.
    pub(crate) index: u32,
    /// Whether it is the whole text, which replaces all pieces before.
    pub(crate) whole: bool,
    turn: TurnNo,
    agent_id: &'a AgentId,
    text: &'a str,
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
            waits: false,
            thought: None,
            said: None,
        }
    }

    pub(super) fn text(&self) -> &str {
        self.said.as_deref().map_or("", ReplyBuffer::text)
    }

    /// Whether the call has no text yet.
    pub(super) fn is_silent(&self) -> bool {
        self.said.as_deref().is_none_or(ReplyBuffer::is_empty)
    }

    /// Records a report, and returns whether it changes anything.
    pub(super) fn report(&mut self, report: Report) -> bool {
        match report {
            Report::Delta(piece) => self.said.get_or_insert_default().push(&piece),
            Report::Whole(text) => self.said.get_or_insert_default().replace(text),
            Report::Thought(piece) => self.thought.get_or_insert_default().push(&piece),
            Report::Phase(phase) => {
                let changed = self.phase != Some(phase);
                self.waits = self.waits_in(phase);
                self.phase = Some(phase);
                self.phases += u32::from(changed);
                changed
            }
        }
    }

    /// Whether the call waits and no host has its request, as far as its participant reports that.
    pub(super) const fn waits(&self) -> bool {
        self.waits
    }

    const fn waits_in(&self, phase: CallPhase) -> bool {
        match phase {
            CallPhase::Away { .. } | CallPhase::Queued { .. } => true,
            // A host that is silent after a request may be loading the model.
            CallPhase::Loading => self.waits || self.phase.is_none(),
            CallPhase::Prompting | CallPhase::Generating => false,
        }
    }

    /// The next unread progress.
    pub(super) fn next(&self, debate_id: DebateId, cursor: &mut CallCursor) -> Option<FeedItem> {
        if let Some(phase) = self.next_phase(cursor) {
            return Some(FeedItem::Phase(phase));
        }
        if let Some(thought) = self.next_thought(cursor) {
            return Some(FeedItem::Thought(thought));
        }
        self.next_delta(cursor).map(|delta| FeedItem::Delta(delta.of(debate_id)))
    }

    /// The next unread progress of these kinds.
    pub(super) fn next_of(
        &self,
        wanted: LiveContent,
        cursor: &mut CallCursor,
    ) -> Option<UnreadProgress<'_>> {
        if wanted.phases
            && let Some(phase) = self.next_phase(cursor)
        {
            return Some(UnreadProgress::Phase(phase));
        }
        if wanted.thoughts
            && let Some(thought) = self.next_thought(cursor)
        {
            return Some(UnreadProgress::Thought(thought));
        }
        if wanted.deltas { self.next_delta(cursor).map(UnreadProgress::Delta) } else { None }
    }

    /// The latest phase, if it is unread.
    fn next_phase(&self, cursor: &mut CallCursor) -> Option<CallProgress> {
        let phase = self.phase.filter(|_| cursor.phases < self.phases)?;
        cursor.phases = self.phases;
        let &Self { call, purpose, turn, .. } = self;
        Some(CallProgress { call, purpose, turn, agent_id: self.agent_id.clone(), phase })
    }

    fn next_thought(&self, cursor: &mut CallCursor) -> Option<Thought> {
        let Part { index, whole, text } = self.thought.as_ref()?.since(cursor.next_thought)?;
        cursor.next_thought = index + 1;
        let (call, turn, agent_id) = (self.call, self.turn, self.agent_id.clone());
        Some(Thought { call, turn, agent_id, whole, text: text.to_owned() })
    }

    /// The next unread part of the text. Calls other than turns have none: ballots, moves and rulings
    /// are shown once the rules have read them.
    pub(super) fn next_delta(&self, cursor: &mut CallCursor) -> Option<UnreadDelta<'_>> {
        let turn = self.turn?;
        let said = self.said.as_deref()?;
        let part = match cursor.next {
            Some(next) => said.piece(next)?,
            None => said.whole()?,
        };
        cursor.next = Some(part.index + 1);
        let (call, agent_id) = (self.call, &self.agent_id);
        let Part { index, whole, text } = part;
        Some(UnreadDelta { call, index, whole, turn, agent_id, text })
    }
}

impl UnreadDelta<'_> {
    pub(crate) fn of(&self, debate_id: DebateId) -> TurnDelta {
        let &Self { call, index, whole, turn, agent_id, text } = self;
        let (agent_id, text) = (agent_id.clone(), text.to_owned());
        TurnDelta { debate_id, call, turn, agent_id, index, whole, text }
    }
}
