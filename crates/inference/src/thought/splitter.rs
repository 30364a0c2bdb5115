mod beginning;

use super::{
    harmony::{self, Header},
    marks::{Found, PAIRS, REPLIES, find},
    mention,
    opening::Closings,
    sent_parts::{Part, SentParts},
    wrapping::Unwrapper,
};

/// Parts what a model thinks from what it says, while its reply comes in pieces.
///
/// A thought is the text between the marks of a thought at the beginning of a reply, after white
/// space, after one short line, or directly after another thought; anywhere else such marks are
/// text. A thought whose closing mark does not come is a thought to the end, unless a heading opened
/// it. A closing mark without an opening one closes a thought that the prompt had opened.
///
/// Wrappers of the reply, such as `<answer>` and special tokens, are removed.
#[derive(Debug)]
pub(crate) struct ThoughtSplitter {
    state: State,
    /// Text that has arrived and was not sent yet.
    pending: String,
    /// White space before the beginning.
    lead: String,
    sent: SentParts,
    unwrapper: Unwrapper,
    /// The reply is to be JSON.
    is_object: bool,
    /// The reply is expected to begin within a thought.
    expects_thought: bool,
    /// A thought has ended.
    after_thought: bool,
    /// The reply speaks of the marks.
    speaks_of_marks: bool,
    opened_in_thought: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// At the beginning, or after a thought.
    Start,
    /// In a thought that the first of these marks closes.
    Thought {
        closings: Closings,
        /// It is no thought if none of them comes.
        is_headed: bool,
    },
    /// Within an expected thought.
    Expected,
    Reply,
    /// In a message of gpt-oss.
    Message {
        is_reply: bool,
    },
}

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Again,
    Wait,
}

impl ThoughtSplitter {
    /// A splitter of one reply. `is_object`: it is to be JSON; `expects_thought`: it will begin
    /// within a thought.
    pub(crate) fn new(is_object: bool, expects_thought: bool) -> Self {
        Self {
            state: State::Start,
            pending: String::new(),
            lead: String::new(),
            sent: SentParts::default(),
            unwrapper: Unwrapper::default(),
            is_object,
            expects_thought,
            after_thought: false,
            speaks_of_marks: false,
            opened_in_thought: None,
        }
    }

    /// The server has sent this piece of thought apart from the reply.
    pub(crate) fn reported_thought(&mut self, thought: &str) {
        self.sent.add_reported_thought(thought);
        self.expects_thought = false;
        self.opened_in_thought = Some(false);
    }

    /// Takes the next piece of the reply.
    pub(crate) fn push(&mut self, piece: &str) -> Vec<Part> {
        self.pending.push_str(piece);
        self.advance(false);
        self.unwrapper.take(self.sent.take(), false)
    }

    /// Ends the reply; `is_cut`: the model had not ended it.
    pub(crate) fn finish(&mut self, is_cut: bool) -> Vec<Part> {
        self.advance(true);
        if self.state == State::Start {
            // White space, or what may have become the mark of a thought.
            let text = std::mem::take(&mut self.lead) + &std::mem::take(&mut self.pending);
            if is_cut { self.sent.think(&text) } else { self.sent.say(&text) }
        }
        let is_doubtful =
            matches!(self.state, State::Expected | State::Thought { is_headed: true, .. });
        if is_doubtful && !is_cut {
            self.opened_in_thought = Some(false);
            self.sent.was_reply();
        }
        self.unwrapper.take(self.sent.take(), true)
    }

    /// Whether the reply began within a thought, if it showed that.
    pub(crate) fn opened_in_thought(&self) -> Option<bool> {
        self.opened_in_thought
    }

    fn advance(&mut self, is_last: bool) {
        while self.step(is_last) == Next::Again {}
    }

    fn step(&mut self, is_last: bool) -> Next {
        match &self.state {
            State::Start => self.begin(is_last),
            State::Thought { closings, .. } => {
                let closings = closings.clone();
                self.think_until(&closings, is_last)
            }
            State::Expected => self.expect(is_last),
            State::Reply => self.speak(is_last),
            State::Message { is_reply } => self.message(*is_reply, is_last),
        }
    }

    fn think_until(&mut self, closings: &Closings, is_last: bool) -> Next {
        let (at, close) = match find(&self.pending, &closings.iter().map(AsRef::as_ref)) {
            Found::Mark { at, mark } => (at, closings.get(mark).map_or("", AsRef::as_ref)),
            found @ (Found::Part { .. } | Found::Nothing) => {
                let text = self.take_before(found, is_last);
                self.sent.think(&text);
                return Next::Wait;
            }
        };
        let end = at + close.len();
        let is_quoted = self.is_quoted(at, self.sent.thought());
        let next = self.pending[end..].chars().next();
        if is_quoted && next.is_none() && !is_last {
            let text: String = self.pending.drain(..at).collect();
            self.sent.think(&text);
            return Next::Wait;
        }
        if is_quoted && next == Some('`') {
            let text: String = self.pending.drain(..end).collect();
            self.sent.think(&text);
        } else {
            let text: String = self.pending.drain(..at).collect();
            self.sent.think(&text);
            self.pending.drain(..close.len());
            self.after_thought();
        }
        Next::Again
    }

    fn expect(&mut self, is_last: bool) -> Next {
        let (at, length) = match find(&self.pending, &orphans()) {
            Found::Mark { at, mark } => match self.orphan(at, mark, is_last) {
                Ok(length) => (at, length),
                Err(Header::Open) => {
                    let text: String = self.pending.drain(..at).collect();
                    self.sent.think(&text);
                    return Next::Wait;
                }
                Err(Header::No | Header::Whole { .. }) => {
                    let end = at + orphans().nth(mark).map_or(0, str::len);
                    let text: String = self.pending.drain(..end).collect();
                    self.sent.think(&text);
                    return Next::Again;
                }
            },
            found @ (Found::Part { .. } | Found::Nothing) => {
                let text = self.take_before(found, is_last);
                self.sent.think(&text);
                return Next::Wait;
            }
        };
        let text: String = self.pending.drain(..at).collect();
        self.sent.think(&text);
        self.pending.drain(..length);
        self.after_thought();
        self.opened_in_thought = Some(true);
        Next::Again
    }

    fn speak(&mut self, is_last: bool) -> Next {
        let found = find(&self.pending, &orphans());
        let thought = self.end_preamble(found, is_last);
        if let Some(next) = thought.or_else(|| self.begin_later_thought(found, is_last)) {
            return next;
        }
        let (at, mark) = match found {
            Found::Mark { at, mark } => (at, mark),
            found @ (Found::Part { .. } | Found::Nothing) => {
                let text = self.take_before(found, is_last);
                self.sent.say(&text);
                return Next::Wait;
            }
        };
        let end = at + orphans().nth(mark).map_or(0, str::len);
        let verdict = match self.orphan(at, mark, is_last) {
            Ok(length)
                if closing_mark(mark).is_none() && !self.is_quoted(at, self.sent.reply()) =>
            {
                Ok(length)
            }
            Ok(length) => match self.is_mention(at, end, mark, is_last) {
                Some(true) => Err(Header::No),
                Some(false) => Ok(length),
                None => Err(Header::Open),
            },
            other @ Err(_) => other,
        };
        match verdict {
            Ok(length) => {
                let text: String = self.pending.drain(..at).collect();
                self.pending.drain(..length);
                self.sent.was_thought(&text);
                self.after_thought();
                self.opened_in_thought = Some(true);
                Next::Again
            }
            Err(Header::Open) => {
                let text: String = self.pending.drain(..at).collect();
                self.sent.say(&text);
                Next::Wait
            }
            Err(Header::No | Header::Whole { .. }) => {
                self.speaks_of_marks |= closing_mark(mark).is_some();
                let text: String = self.pending.drain(..end).collect();
                self.sent.say(&text);
                Next::Again
            }
        }
    }

    fn message(&mut self, is_reply: bool, is_last: bool) -> Next {
        // Within the reply they are words.
        let fused = if is_reply { &[][..] } else { &harmony::FUSED[..] };
        let line = (!is_reply).then_some(harmony::FINAL_LINE);
        let marks = line.into_iter().chain(harmony::ENDS).chain(fused.iter().copied());
        let found = find(&self.pending, &marks);
        let (text, next) = match found {
            Found::Mark { at, .. } if is_reply && self.is_quoted(at, self.sent.reply()) => {
                let text: String = self.pending.drain(..=at).collect();
                self.sent.say(&text);
                return Next::Again;
            }
            Found::Mark { at, mark: 0 } if line.is_some() => {
                let text: String = self.pending.drain(..at).collect();
                self.pending.drain(..harmony::FINAL_LINE.len());
                self.sent.think(&text);
                self.after_thought();
                self.state = State::Message { is_reply: true };
                return Next::Again;
            }
            Found::Mark { at, .. } => (self.pending.drain(..at).collect(), Next::Again),
            Found::Part { .. } | Found::Nothing => (self.take_before(found, is_last), Next::Wait),
        };
        if is_reply {
            self.sent.say(&text);
        } else {
            self.sent.think(&text);
        }
        if next == Next::Again {
            self.after_thought();
        }
        next
    }

    /// Whether a back quote precedes this place of the pending text, which follows `preceding`.
    fn is_quoted(&self, at: usize, preceding: &str) -> bool {
        let before = self.pending[..at].chars().next_back();
        before.or_else(|| preceding.chars().next_back()) == Some('`')
    }

    /// How many bytes of an orphan mark are not text; [`Header::Open`]: that is not decided yet.
    fn orphan(&self, at: usize, mark: usize, is_last: bool) -> Result<usize, Header> {
        match closing_mark(mark) {
            Some((_, close)) => Ok(close.len()),
            None => match harmony::header(&self.pending[at..], is_last) {
                // The header is read once more, as the beginning of the next message.
                Header::Whole { .. } => Ok(0),
                other @ (Header::Open | Header::No) => Err(other),
            },
        }
    }

    /// Whether the reply speaks of the closing mark instead of closing a thought with it; `None`:
    /// that is not decided yet.
    fn is_mention(&self, at: usize, end: usize, mark: usize, is_last: bool) -> Option<bool> {
        if self.speaks_of_marks || self.sent.is_settled() {
            return Some(true);
        }
        let before = format!("{}{}", self.sent.reply(), &self.pending[..at]);
        let open = closing_mark(mark).map_or("", |(open, _)| open);
        mention::is_one(&before, open, &self.pending[end..], self.is_object, is_last)
    }

    fn after_thought(&mut self) {
        self.state = State::Start;
        self.after_thought = true;
        self.lead.clear();
    }

    /// Takes what is no part of a mark off the pending text.
    fn take_before(&mut self, found: Found, is_last: bool) -> String {
        match found {
            Found::Part { at } | Found::Mark { at, .. } if !is_last => {
                self.pending.drain(..at).collect()
            }
            Found::Part { .. } | Found::Mark { .. } | Found::Nothing => {
                std::mem::take(&mut self.pending)
            }
        }
    }
}

/// Marks that close a thought which nothing has opened: those of [`closing_mark`], then others.
fn orphans() -> impl Iterator<Item = &'static str> + Clone {
    closing_marks().chain(harmony::ORPHANS)
}

fn closing_marks() -> impl Iterator<Item = &'static str> + Clone {
    PAIRS.iter().chain(&REPLIES).map(|(_, close)| *close)
}

/// The closing mark of this number among [`orphans`], behind the mark that opens its thought; `None`:
/// it is one of gpt-oss.
fn closing_mark(number: usize) -> Option<(&'static str, &'static str)> {
    PAIRS.iter().chain(&REPLIES).nth(number).copied()
}
