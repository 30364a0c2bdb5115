use std::{collections::VecDeque, sync::Arc};

use synod_debate_engine::{FeedItem, TurnDelta};
use synod_domain::CallNo;

use super::Frame;

/// Maximum number of events kept for watchers slightly behind; others read the log.
pub(super) const MOST_EVENTS: usize = 512;
/// Most bytes of them, as JSON.
const MOST_BYTES: usize = 2 << 20;
/// Most pieces of a turn that a watcher may miss before it gets the whole text instead.
const MOST_PIECES: usize = 64;

/// The latest events of a debate and its open turns, kept for its watchers.
pub(super) struct Backlog {
    /// The latest, without gap up to `seq`.
    events: VecDeque<Arc<Frame>>,
    seq: u64,
    bytes: usize,
    turns: Vec<OpenTurn>,
    /// Nothing will come any more.
    is_over: bool,
}

struct OpenTurn {
    /// All of it so far, and the number of the last piece.
    so_far: TurnDelta,
    /// The latest, without gap up to that number.
    pieces: VecDeque<Arc<Frame>>,
    /// `so_far`, once someone needed it written.
    whole: Option<Arc<Frame>>,
}

/// What a watcher has read.
#[derive(Debug)]
pub(super) struct Cursor {
    /// The last event.
    pub(super) seq: u64,
    /// Of each turn that is going on the number of the next piece; `None`: the whole is due.
    turns: Vec<(CallNo, Option<u32>)>,
    /// The watcher has not read the open turns yet.
    joins: bool,
}

/// What a watcher finds.
pub(super) enum ReadResult {
    Frame(Arc<Frame>),
    /// It has read everything so far.
    Nothing,
    /// The next event it must read is no longer here; the first that is has this number.
    Behind(u64),
    /// It has read everything.
    Over,
}

impl Backlog {
    /// A board that will get the events after `seq`.
    pub(super) fn after(seq: u64) -> Self {
        let (events, turns) = (VecDeque::new(), Vec::new());
        Self { events, seq, bytes: 0, turns, is_over: false }
    }

    pub(super) fn put(&mut self, item: FeedItem) {
        match item {
            FeedItem::Event(recorded) => {
                if let Some(ended) = recorded.event.ends_call() {
                    self.turns.retain(|turn| turn.so_far.call != ended);
                }
                self.seq = recorded.seq;
                self.keep(Frame::event(recorded));
            }
            FeedItem::Delta(delta) => self.say(delta),
            // Not on the wire.
            FeedItem::Thought(_) | FeedItem::Phase(_) => {}
        }
    }

    pub(super) const fn end(&mut self) {
        self.is_over = true;
    }

    fn keep(&mut self, event: Arc<Frame>) {
        self.bytes += event.json().len();
        self.events.push_back(event);
        while self.events.len() > MOST_EVENTS || self.bytes > MOST_BYTES {
            let Some(oldest) = self.events.pop_front() else { return };
            self.bytes -= oldest.json().len();
        }
    }

    fn say(&mut self, delta: TurnDelta) {
        let frame = Frame::delta(&delta);
        let turn = self.turns.iter_mut().find(|turn| turn.so_far.call == delta.call);
        let Some(turn) = turn.filter(|_| !delta.whole) else {
            self.turns.retain(|turn| turn.so_far.call != delta.call);
            let (pieces, whole) = if delta.whole {
                (VecDeque::new(), Some(frame))
            } else {
                (VecDeque::from([frame]), None)
            };
            let so_far = TurnDelta { whole: true, ..delta };
            return self.turns.push(OpenTurn { so_far, pieces, whole });
        };
        turn.so_far.index = delta.index;
        turn.so_far.text.push_str(&delta.text);
        turn.whole = None;
        turn.pieces.push_back(frame);
        if turn.pieces.len() > MOST_PIECES {
            turn.pieces.pop_front();
        }
    }

    /// Reads the watcher's next items and moves its cursor: events first, then open turns.
    pub(super) fn look(&mut self, cursor: &mut Cursor, deltas: bool) -> ReadResult {
        let first = self.seq + 1 - self.events.len() as u64;
        if cursor.seq < self.seq {
            let place = (cursor.seq + 1).checked_sub(first);
            let event = place.and_then(|place| self.events.get(usize::try_from(place).ok()?));
            let Some(event) = event else { return ReadResult::Behind(first) };
            cursor.seq += 1;
            return ReadResult::Frame(Arc::clone(event));
        }
        // A watcher may know of events that the reading has yet to come to.
        if deltas
            && cursor.seq == self.seq
            && let Some(piece) = self.look_at_turns(cursor)
        {
            return ReadResult::Frame(piece);
        }
        if self.is_over { ReadResult::Over } else { ReadResult::Nothing }
    }

    fn look_at_turns(&mut self, cursor: &mut Cursor) -> Option<Arc<Frame>> {
        let Cursor { turns: seen, joins, .. } = cursor;
        seen.retain(|(call, _)| self.turns.iter().any(|turn| turn.so_far.call == *call));
        for turn in &self.turns {
            let call = turn.so_far.call;
            if !seen.iter().any(|(known, _)| *known == call) {
                seen.push((call, if *joins { None } else { Some(0) }));
            }
        }
        *joins = false;
        for turn in &mut self.turns {
            let Some((_, next)) = seen.iter_mut().find(|(call, _)| *call == turn.so_far.call)
            else {
                continue;
            };
            if let Some(frame) = turn.since(*next) {
                *next = Some(frame.1);
                return Some(frame.0);
            }
        }
        None
    }
}

impl OpenTurn {
    /// What follows the pieces before number `next`, with the number that follows it.
    fn since(&mut self, next: Option<u32>) -> Option<(Arc<Frame>, u32)> {
        let end = self.so_far.index + 1;
        let next = match next {
            Some(next) if next >= end => return None,
            next => next,
        };
        let first = end - u32::try_from(self.pieces.len()).unwrap_or(end).min(end);
        let place = next.and_then(|next| next.checked_sub(first));
        if let Some((place, next)) = place.zip(next)
            && let Some(piece) = self.pieces.get(place as usize)
        {
            return Some((Arc::clone(piece), next + 1));
        }
        let whole = self.whole.get_or_insert_with(|| Frame::delta(&self.so_far));
        Some((Arc::clone(whole), end))
    }
}

impl Cursor {
    pub(super) const fn after(seq: u64) -> Self {
        Self { seq, turns: Vec::new(), joins: true }
    }
}

#[cfg(test)]
mod tests;
