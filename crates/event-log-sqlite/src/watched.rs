//! The debates that have subscribers, and how far their logs have grown.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use parking_lot::Mutex;
use synod_domain::DebateId;
use tokio::sync::watch;

/// How far a log has grown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Growth {
    /// Up to this sequence number.
    To(u64),
    /// It was deleted.
    Purged,
}

/// The debates that have subscribers in this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watched(Arc<Mutex<Debates>>);

#[derive(Debug, Default)]
struct Debates {
    by_id: HashMap<DebateId, Debate>,
    /// Whether no more growth will be reported.
    is_closed: bool,
}

#[derive(Debug)]
struct Debate {
    growth: watch::Sender<Growth>,
    subscribers: usize,
}

/// The place of one subscriber.
#[derive(Debug)]
pub(crate) struct Subscriber {
    watched: Watched,
    id: DebateId,
    growth: watch::Receiver<Growth>,
}

impl Watched {
    /// Adds a subscriber.
    pub(crate) fn subscribe(&self, id: DebateId) -> Subscriber {
        let mut debates = self.0.lock();
        if debates.is_closed {
            // A receiver without a sender reports the end at once.
            let growth = watch::channel(Growth::To(0)).1;
            return Subscriber { watched: Self::default(), id, growth };
        }
        let debate = debates.by_id.entry(id).or_insert_with(|| Debate {
            growth: watch::Sender::new(Growth::To(0)),
            subscribers: 0,
        });
        debate.subscribers += 1;
        let growth = debate.growth.subscribe();
        Subscriber { watched: self.clone(), id, growth }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().by_id.is_empty()
    }

    pub(crate) fn ids(&self) -> Vec<DebateId> {
        self.0.lock().by_id.keys().copied().collect()
    }

    /// Wakes the subscribers of a debate, if it has grown.
    pub(crate) fn grow(&self, id: DebateId, growth: Growth) {
        if let Some(debate) = self.0.lock().by_id.get(&id) {
            debate.growth.send_if_modified(|known| {
                let has_grown = match (*known, growth) {
                    (Growth::To(known), Growth::To(last)) => known < last,
                    (Growth::To(_), Growth::Purged) => true,
                    (Growth::Purged, _) => false,
                };
                if has_grown {
                    *known = growth;
                }
                has_grown
            });
        }
    }

    /// Ends all subscriptions, also later ones.
    pub(crate) fn close(&self) {
        let mut debates = self.0.lock();
        debates.is_closed = true;
        debates.by_id.clear();
    }
}

impl Subscriber {
    /// Growth until now is known.
    pub(crate) fn mark_seen(&mut self) {
        self.growth.mark_unchanged();
    }

    /// Waits until the log has grown since [`mark_seen`](Self::mark_seen); false if the store was closed.
    pub(crate) async fn grown(&mut self) -> bool {
        self.growth.changed().await.is_ok()
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        if let Entry::Occupied(mut entry) = self.watched.0.lock().by_id.entry(self.id) {
            entry.get_mut().subscribers -= 1;
            if entry.get().subscribers == 0 {
                entry.remove();
            }
        }
    }
}
