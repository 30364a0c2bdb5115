use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use synod_domain::{CallNo, DebateId, Recorded};

use crate::{
    CallProgress, Cursor, DebateHandle, FeedItem, Thought, TurnDelta,
    live::{LiveDebate, UnreadDelta, UnreadProgress},
};

/// The latest events of a debate, and the pieces of text that watchers have just read, each converted
/// once for any number of watchers. The text of open turns is kept by the driver of the debate.
///
/// Each watcher reads with a [`Cursor`] of its own, and nothing is kept per watcher. A slow watcher
/// misses deltas, which one delta with the whole text replaces, but never an event: events that the
/// backlog no longer holds are in the log.
///
/// One task feeds the backlog: it reads the debate's [`Feed`](crate::Feed), [adds](Self::add) each
/// event and wakes the watchers, once more when the debate has [caught up](Self::caught_up) with the
/// event. Text of open turns needs no adding.
pub struct Backlog<E> {
    live: Arc<LiveDebate>,
    kept: Mutex<Kept<E>>,
}

/// The form in which a [`Backlog`] keeps events and deltas, made once for all watchers.
pub trait BacklogEntry {
    /// The form of an event.
    fn of_event(event: Arc<Recorded>) -> Self;

    /// The form of a delta.
    fn of_delta(delta: &TurnDelta) -> Self;

    /// The form of a phase of an open call. It is not kept.
    fn of_phase(debate: DebateId, progress: &CallProgress) -> Self;

    /// The form of a part of the thinking of a model. It is not kept.
    fn of_thought(debate: DebateId, thought: &Thought) -> Self;

    /// The size in bytes, at least approximately.
    fn size(&self) -> usize;
}

/// What a watcher wants of open calls, beside the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveContent {
    /// The text of turns as it is generated.
    pub deltas: bool,
    /// The phases of calls.
    pub phases: bool,
    /// The thinking of models.
    pub thoughts: bool,
}

impl LiveContent {
    /// Nothing but events.
    pub const NONE: Self = Self { deltas: false, phases: false, thoughts: false };

    /// The text of turns, if `deltas`.
    #[must_use]
    pub const fn deltas(deltas: bool) -> Self {
        Self { deltas, ..Self::NONE }
    }

    /// Whether anything is wanted.
    #[must_use]
    pub const fn is_any(self) -> bool {
        self.deltas || self.phases || self.thoughts
    }
}

/// The next item for a watcher.
#[derive(Debug)]
pub enum Unread<E> {
    /// An event or a delta.
    Entry(Arc<E>),
    /// The watcher has read everything so far.
    Nothing,
    /// The next events are no longer kept, and are to be read from the log.
    InLog {
        /// The number of the first event that is kept.
        until: u64,
    },
    /// The watcher has read everything, and no event will follow.
    Over,
}

struct Kept<E> {
    /// The latest events, without gap up to `seq`.
    events: VecDeque<Arc<E>>,
    seq: u64,
    /// The size of the events.
    bytes: usize,
    deltas: LatestDeltas<E>,
    is_over: bool,
}

/// The entries of the deltas that watchers have just read.
struct LatestDeltas<E>(VecDeque<(DeltaKey, Arc<E>)>);

#[derive(Clone, Copy, PartialEq, Eq)]
struct DeltaKey {
    call: CallNo,
    index: u32,
    whole: bool,
}

/// Most bytes of the events that are kept.
const MOST_BYTES: usize = 2 << 20;

impl<E> Backlog<E> {
    /// Maximum number of events that are kept for watchers slightly behind.
    pub const MOST_EVENTS: usize = 512;

    /// An empty backlog of this debate, which will get the events after number `seq`.
    #[must_use]
    pub fn new(debate: &DebateHandle, seq: u64) -> Self {
        Self::of(Arc::clone(debate.live()), seq)
    }

    fn of(live: Arc<LiveDebate>, seq: u64) -> Self {
        let (events, deltas) = (VecDeque::new(), LatestDeltas(VecDeque::new()));
        Self { live, kept: Mutex::new(Kept { events, seq, bytes: 0, deltas, is_over: false }) }
    }

    /// Resolves once the debate's driver in this process has applied all events added so far; at once if
    /// there is no driver. Until then no deltas can be read, because the text of a call that has ended
    /// may still be there.
    pub fn caught_up(&self) -> impl Future<Output = ()> + Send + use<E> {
        let (live, seq) = (Arc::clone(&self.live), self.kept.lock().seq);
        async move { live.reach(seq).await }
    }

    /// Declares that no event will follow.
    pub fn end(&self) {
        self.kept.lock().is_over = true;
    }
}

impl<E: BacklogEntry> Backlog<E> {
    /// Adds the next event of the debate.
    pub fn add(&self, event: Arc<Recorded>) {
        let (seq, ended) = (event.seq, event.event.ends_call());
        let entry = Arc::new(E::of_event(event));
        let mut kept = self.kept.lock();
        kept.seq = seq;
        kept.keep(entry);
        if let Some(call) = ended {
            kept.deltas.remove(call);
        }
    }

    /// Reads the next item of a watcher and moves its cursor: events first, then what it wants of open
    /// calls.
    pub fn read(&self, cursor: &mut Cursor, wanted: LiveContent) -> Unread<E> {
        let mut kept = self.kept.lock();
        if cursor.seq() < kept.seq {
            let first = kept.first();
            let Some(event) = kept.event(cursor.seq() + 1) else {
                return Unread::InLog { until: first };
            };
            cursor.advance_to(cursor.seq() + 1);
            return Unread::Entry(event);
        }
        // A watcher may know of events that have not been added yet.
        if wanted.is_any()
            && cursor.seq() == kept.seq
            && let Some(delta) = kept.progress(&self.live, cursor, wanted)
        {
            return Unread::Entry(delta);
        }
        if kept.is_over { Unread::Over } else { Unread::Nothing }
    }
}

impl<E: BacklogEntry> Kept<E> {
    fn keep(&mut self, event: Arc<E>) {
        self.bytes += event.size();
        self.events.push_back(event);
        while self.events.len() > Backlog::<E>::MOST_EVENTS || self.bytes > MOST_BYTES {
            let Some(oldest) = self.events.pop_front() else { return };
            self.bytes -= oldest.size();
        }
    }

    /// The number of the first event that is kept, or of the next one.
    fn first(&self) -> u64 {
        self.seq + 1 - self.events.len() as u64
    }

    fn event(&self, seq: u64) -> Option<Arc<E>> {
        let place = usize::try_from(seq.checked_sub(self.first())?).ok()?;
        self.events.get(place).cloned()
    }

    fn progress(
        &mut self,
        live: &LiveDebate,
        cursor: &mut Cursor,
        wanted: LiveContent,
    ) -> Option<Arc<E>> {
        enum Found<E> {
            Kept(Arc<E>),
            New(FeedItem),
        }
        // A new entry is made after the live debate is unlocked, which its driver needs.
        let (debate, found) = live.next_of(wanted, cursor, |debate_id, unread| {
            let found = match unread {
                UnreadProgress::Phase(progress) => Found::New(FeedItem::Phase(progress)),
                UnreadProgress::Thought(thought) => Found::New(FeedItem::Thought(thought)),
                UnreadProgress::Delta(delta) => match self.deltas.get(DeltaKey::of(&delta)) {
                    Some(kept) => Found::Kept(kept),
                    None => Found::New(FeedItem::Delta(delta.of(debate_id))),
                },
            };
            (debate_id, found)
        })?;
        Some(match found {
            Found::Kept(entry) => entry,
            Found::New(FeedItem::Delta(delta)) => self.deltas.add(&delta),
            Found::New(FeedItem::Phase(progress)) => Arc::new(E::of_phase(debate, &progress)),
            Found::New(FeedItem::Thought(thought)) => Arc::new(E::of_thought(debate, &thought)),
            Found::New(FeedItem::Event(event)) => Arc::new(E::of_event(event)),
        })
    }
}

impl<E: BacklogEntry> LatestDeltas<E> {
    /// More than the pieces that a call remembers.
    const MOST: usize = 256;

    fn get(&self, key: DeltaKey) -> Option<Arc<E>> {
        let found = self.0.iter().rev().find(|(known, _)| *known == key);
        found.map(|(_, entry)| Arc::clone(entry))
    }

    fn add(&mut self, delta: &TurnDelta) -> Arc<E> {
        let &TurnDelta { call, index, whole, .. } = delta;
        // Of large texts only the latest.
        self.0.retain(|(known, _)| known.call != call || !whole || !known.whole);
        if self.0.len() == Self::MOST {
            self.0.pop_front();
        }
        let entry = Arc::new(E::of_delta(delta));
        self.0.push_back((DeltaKey { call, index, whole }, Arc::clone(&entry)));
        entry
    }

    fn remove(&mut self, call: CallNo) {
        self.0.retain(|(known, _)| known.call != call);
    }
}

impl DeltaKey {
    const fn of(delta: &UnreadDelta<'_>) -> Self {
        Self { call: delta.call, index: delta.index, whole: delta.whole }
    }
}

impl<E> std::fmt::Debug for Backlog<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Backlog")
    }
}

#[cfg(test)]
mod tests;
