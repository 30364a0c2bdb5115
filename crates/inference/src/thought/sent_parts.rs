/// A part of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Thought(String),
    Reply(String),
    /// All of the thought and of the reply so far, in place of what was sent.
    Corrected {
        thought: String,
        reply: String,
    },
}

/// All that was sent of a reply, and what to send next.
#[derive(Debug, Default)]
pub(super) struct SentParts {
    thought: String,
    reply: String,
    next: Vec<Part>,
    corrections: u8,
}

/// A reply with more corrections than this is no longer corrected.
const MOST_CORRECTIONS: u8 = 8;

impl SentParts {
    pub(super) fn thought(&self) -> &str {
        &self.thought
    }

    pub(super) fn reply(&self) -> &str {
        &self.reply
    }

    /// It has been corrected often enough.
    pub(super) fn is_settled(&self) -> bool {
        self.corrections >= MOST_CORRECTIONS
    }

    /// The server reports this thought apart from the reply.
    pub(super) fn add_reported_thought(&mut self, text: &str) {
        self.thought += text;
    }

    pub(super) fn think(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.thought += text;
        match self.next.last_mut() {
            Some(Part::Thought(last)) => last.push_str(text),
            Some(Part::Reply(_) | Part::Corrected { .. }) | None => {
                self.next.push(Part::Thought(text.to_owned()));
            }
        }
    }

    pub(super) fn say(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.reply += text;
        match self.next.last_mut() {
            Some(Part::Reply(last)) => last.push_str(text),
            Some(Part::Thought(_) | Part::Corrected { .. }) | None => {
                self.next.push(Part::Reply(text.to_owned()));
            }
        }
    }

    /// All of the reply so far was thought, and this text as well.
    pub(super) fn was_thought(&mut self, text: &str) {
        if self.reply.is_empty() {
            self.think(text);
            return;
        }
        self.thought += &std::mem::take(&mut self.reply);
        self.thought += text;
        self.correct();
    }

    /// All of the thought so far was the reply.
    pub(super) fn was_reply(&mut self) {
        if !self.thought.trim().is_empty() {
            self.reply = std::mem::take(&mut self.thought);
            self.correct();
        }
    }

    fn correct(&mut self) {
        self.corrections += 1;
        let (thought, reply) = (self.thought.clone(), self.reply.clone());
        self.next = vec![Part::Corrected { thought, reply }];
    }

    /// The parts to send next.
    pub(super) fn take(&mut self) -> Vec<Part> {
        std::mem::take(&mut self.next)
    }
}
