//! Where a thought, or the reply, begins.

use super::{Next, State, ThoughtSplitter, closing_marks};
use crate::thought::{
    harmony::{self, Header},
    marks::{Found, Start, start},
    opening::{Closings, Opening, opening},
    preamble,
};

/// How marks of thoughts begin.
const MARKS: [char; 5] = ['<', '[', '◁', '`', '~'];

impl ThoughtSplitter {
    /// At the beginning, or after a thought: a thought, a message of gpt-oss, or the reply begins.
    pub(super) fn begin(&mut self, is_last: bool) -> Next {
        // Marks of the byte order and joiners are as little seen as white space.
        let is_blank = |c: char| c.is_whitespace() || "\u{feff}\u{200b}\u{2060}".contains(c);
        let blank = self.pending.len() - self.pending.trim_start_matches(is_blank).len();
        let lead: String = self.pending.drain(..blank).collect();
        if !self.after_thought {
            self.lead += &lead;
        }
        if self.pending.is_empty() {
            return Next::Wait;
        }
        let mut may_become_a_mark = false;
        // What may become a mark at the end is judged there.
        match self.opening(&self.pending, false) {
            Opening::Mark { length, closings } => {
                self.pending.drain(..length);
                return self.think(closings, false);
            }
            Opening::Heading { closings } => return self.think(closings, true),
            Opening::Open => may_become_a_mark = true,
            Opening::No => {}
        }
        let closings = closing_marks().chain(harmony::ENDS);
        for mark in closings.take(if self.after_thought { usize::MAX } else { 0 }) {
            match start(&self.pending, mark) {
                Start::Part => may_become_a_mark = true,
                Start::Whole if harmony::header(&self.pending, is_last) == Header::No => {
                    self.pending.drain(..mark.len());
                    return Next::Again;
                }
                Start::Whole | Start::No => {}
            }
        }
        match harmony::header(&self.pending, is_last) {
            Header::Whole { length, is_reply } => {
                self.pending.drain(..length);
                self.state = State::Message { is_reply };
                return Next::Again;
            }
            Header::Open => may_become_a_mark = true,
            Header::No => {}
        }
        if may_become_a_mark {
            return Next::Wait;
        }
        let is_json = self.is_object && self.pending.starts_with(['{', '[']);
        if self.expects_thought && !self.after_thought && !is_json {
            self.state = State::Expected;
        } else {
            let lead = std::mem::take(&mut self.lead);
            self.sent.say(&lead);
            self.state = State::Reply;
        }
        Next::Again
    }

    /// Begins a thought behind a short line that is no part of the reply, if there is one. `found`:
    /// the first orphan, before which the thought must begin.
    pub(super) fn end_preamble(&mut self, found: Found, is_last: bool) -> Option<Next> {
        if self.after_thought || self.sent.reply().len() > preamble::LONGEST {
            return None;
        }
        let end = match found {
            Found::Mark { at, .. } => at,
            // It may become an opening mark as well.
            Found::Part { at } => at + 1,
            Found::Nothing => self.pending.len(),
        };
        let places = self.pending.match_indices(MARKS).map(|(at, _)| at);
        for at in places.take_while(|at| *at < end) {
            let before = format!("{}{}", self.sent.reply(), &self.pending[..at]);
            if !preamble::is_one(&before, self.is_object) {
                continue;
            }
            match self.opening(&self.pending[at..], is_last) {
                Opening::Mark { length, closings } => {
                    let text: String = self.pending.drain(..at).collect();
                    self.pending.drain(..length);
                    self.sent.was_thought(&text);
                    return Some(self.think(closings, false));
                }
                Opening::Open => {
                    let text: String = self.pending.drain(..at).collect();
                    self.sent.say(&text);
                    return Some(Next::Wait);
                }
                Opening::Heading { .. } | Opening::No => {}
            }
        }
        None
    }

    /// Begins a thought behind the object that the reply is to be: what follows may take the object back
    /// as a reply does, but in a thought that means nothing. `found`: as above.
    pub(super) fn begin_later_thought(&mut self, found: Found, is_last: bool) -> Option<Next> {
        if !self.is_object || self.sent.reply().len() > LONGEST_OBJECT {
            return None;
        }
        let end = match found {
            Found::Mark { at, .. } => at,
            Found::Part { at } => at + 1,
            Found::Nothing => self.pending.len(),
        };
        let places: Vec<_> = self.pending.match_indices(MARKS).map(|(at, _)| at).collect();
        for at in places.into_iter().take_while(|at| *at < end) {
            let before = format!("{}{}", self.sent.reply(), &self.pending[..at]);
            if !ends_with_only_object(&before) {
                continue;
            }
            let opening = opening(&self.pending[at..], is_last);
            match opening {
                Opening::Mark { length, closings } => {
                    let text: String = self.pending.drain(..at).collect();
                    self.pending.drain(..length);
                    self.sent.say(&text);
                    return Some(self.think(closings, false));
                }
                Opening::Open if !is_last => {
                    let text: String = self.pending.drain(..at).collect();
                    self.sent.say(&text);
                    return Some(Next::Wait);
                }
                Opening::Open | Opening::Heading { .. } | Opening::No => {}
            }
        }
        None
    }

    /// How the text begins. After a thought, headings have no meaning.
    fn opening(&self, text: &str, is_last: bool) -> Opening {
        match opening(text, is_last) {
            Opening::Heading { .. } if self.after_thought => Opening::No,
            found @ (Opening::Mark { .. }
            | Opening::Heading { .. }
            | Opening::Open
            | Opening::No) => found,
        }
    }

    fn think(&mut self, closings: Closings, is_headed: bool) -> Next {
        self.state = State::Thought { closings, is_headed };
        self.opened_in_thought = Some(false);
        Next::Again
    }
}

/// A longer reply, in bytes, is no object of a form.
const LONGEST_OBJECT: usize = 16_384;

/// Whether a text ends with its only JSON object, which may be in a block of code.
fn ends_with_only_object(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || c == '`');
    let object = text.find('{').map(|at| &text[at..]).filter(|object| object.ends_with('}'));
    object.is_some_and(|object| serde_json::from_str::<serde::de::IgnoredAny>(object).is_ok())
}
