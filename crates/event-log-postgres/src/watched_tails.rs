//! The debates that have subscribers in this process, and how far their logs are known to reach.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use parking_lot::Mutex;
use synod_domain::DebateId;
use tokio::sync::{Notify, watch};

/// How far a log reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    /// Up to this sequence number.
    At(u64),
    /// It was deleted.
    Purged,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct WatchedTails(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    debates: Mutex<Debates>,
    /// Notified by every first subscriber of a debate.
    added: Notify,
}

#[derive(Debug, Default)]
struct Debates {
    by_id: HashMap<DebateId, Debate>,
    /// Whether no more growth will be reported.
    is_closed: bool,
}

#[derive(Debug)]
struct Debate {
    tail: watch::Sender<Tail>,
    watchers: usize,
}

/// The place of one subscriber.
#[derive(Debug)]
pub(crate) struct TailWatcher {
    watched: WatchedTails,
    id: DebateId,
    tail: watch::Receiver<Tail>,
}

impl WatchedTails {
    pub(crate) fn watch(&self, id: DebateId) -> TailWatcher {
        let mut debates = self.0.debates.lock();
        if debates.is_closed {
            // A receiver without a sender reports the end at once.
            let tail = watch::channel(Tail::At(0)).1;
            return TailWatcher { watched: Self::default(), id, tail };
        }
        let debate = debates.by_id.entry(id).or_insert_with(|| {
            self.0.added.notify_one();
            Debate { tail: watch::Sender::new(Tail::At(0)), watchers: 0 }
        });
        debate.watchers += 1;
        let tail = debate.tail.subscribe();
        TailWatcher { watched: self.clone(), id, tail }
    }

    pub(crate) fn ids(&self) -> Vec<DebateId> {
        self.0.debates.lock().by_id.keys().copied().collect()
    }

    /// Waits until there is a subscriber, if there is none.
    pub(crate) async fn not_empty(&self) {
        while self.0.debates.lock().by_id.is_empty() {
            self.0.added.notified().await;
        }
    }

    /// Wakes the subscribers of a debate, if its log has grown.
    pub(crate) fn grow(&self, id: DebateId, tail: Tail) {
        if let Some(debate) = self.0.debates.lock().by_id.get(&id) {
            debate.tail.send_if_modified(|known| {
                let has_grown = match (*known, tail) {
                    (Tail::At(known), Tail::At(last)) => known < last,
                    (Tail::At(_), Tail::Purged) => true,
                    (Tail::Purged, _) => false,
                };
                if has_grown {
                    *known = tail;
                }
                has_grown
            });
        }
    }

    /// Ends all subscriptions, also later ones.
    pub(crate) fn close(&self) {
        let mut debates = self.0.debates.lock();
        debates.is_closed = true;
        debates.by_id.clear();
    }
}

impl TailWatcher {
    /// Growth until now is known.
    pub(crate) fn mark_seen(&mut self) {
        self.tail.mark_unchanged();
    }

    /// Waits until the log has grown since [`mark_seen`](Self::mark_seen); false if the store was closed.
    pub(crate) async fn grown(&mut self) -> bool {
        self.tail.changed().await.is_ok()
    }
}

impl Drop for TailWatcher {
    fn drop(&mut self) {
        if let Entry::Occupied(mut entry) = self.watched.0.debates.lock().by_id.entry(self.id) {
            entry.get_mut().watchers -= 1;
            if entry.get().watchers == 0 {
                entry.remove();
            }
        }
    }
}
