use std::{collections::VecDeque, sync::Arc};

use super::{Part, ThoughtHabit, ThoughtSplitter};
use crate::ChatEvent;

/// The events of a reply whose thought is parted from it, whichever way the server sends it.
#[derive(Debug)]
pub(crate) struct PartedReply {
    splitter: ThoughtSplitter,
    habit: Arc<ThoughtHabit>,
    is_object: bool,
    events: VecDeque<ChatEvent>,
}

impl PartedReply {
    /// A reply of the model with this habit; `is_object`: it is to be JSON.
    pub(crate) fn new(habit: &Arc<ThoughtHabit>, is_object: bool) -> Self {
        Self {
            splitter: ThoughtSplitter::new(is_object, habit.opens_in_thought()),
            habit: Arc::clone(habit),
            is_object,
            events: VecDeque::new(),
        }
    }

    /// The server has sent this piece of thought apart.
    pub(crate) fn think(&mut self, thinking: String) {
        if !thinking.is_empty() {
            self.splitter.reported_thought(&thinking);
            self.events.push_back(ChatEvent::Thinking(thinking));
        }
    }

    /// A piece of what the server takes for the reply.
    pub(crate) fn say(&mut self, content: &str) {
        if !content.is_empty() {
            let parts = self.splitter.push(content);
            self.queue(parts);
        }
    }

    /// The reply has ended; `is_cut`: not by itself.
    pub(crate) fn end(&mut self, is_cut: bool) {
        let parts = self.splitter.finish(is_cut);
        self.queue(parts);
        // A schema keeps a model from thinking, and shows nothing about its other replies.
        if let Some(opened) = self.splitter.opened_in_thought()
            && (opened || !self.is_object)
        {
            self.habit.learn(opened);
        }
    }

    /// The next event that can be sent.
    pub(crate) fn next(&mut self) -> Option<ChatEvent> {
        self.events.pop_front()
    }

    fn queue(&mut self, parts: Vec<Part>) {
        self.events.extend(parts.into_iter().map(|part| match part {
            Part::Thought(text) => ChatEvent::Thinking(text),
            Part::Reply(text) => ChatEvent::Delta(text),
            Part::Corrected { thought, reply } => ChatEvent::Corrected { thinking: thought, reply },
        }));
    }
}
