use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    thread::{self, ThreadId},
};

use futures_util::StreamExt;
use synod_debate_engine::{DebateHandle, Feed, FeedItem};
use tokio::{runtime::Handle, sync::watch};
use tokio_util::task::AbortOnDropHandle;

use super::{
    backlog::{Backlog, MOST_EVENTS},
    thread_notifier::{News, ThreadNotifier},
};

/// The single reader of a debate's feed, for all its watchers. It ends with the last of them.
pub(super) struct Broadcast {
    debate: DebateHandle,
    board: Mutex<Backlog>,
    news: watch::Sender<News>,
    /// One for each thread that has watchers.
    relays: Mutex<Vec<(ThreadId, Weak<ThreadNotifier>)>>,
    reading: OnceLock<AbortOnDropHandle<()>>,
}

impl Broadcast {
    /// Begins to read, with the latest of the `last` events there are.
    pub(super) fn begin(runtime: &Handle, debate: &DebateHandle, last: u64) -> Arc<Self> {
        let after = last.saturating_sub(MOST_EVENTS as u64);
        let feed = debate.watch(after);
        let broadcast = Arc::new(Self {
            debate: debate.clone(),
            board: Mutex::new(Backlog::after(after)),
            news: watch::Sender::default(),
            relays: Mutex::default(),
            reading: OnceLock::new(),
        });
        let reading = runtime.spawn(read(feed, Arc::downgrade(&broadcast)));
        broadcast.reading.get_or_init(|| AbortOnDropHandle::new(reading));
        broadcast
    }

    /// The debate, to read in its log what the board does not have.
    pub(super) const fn debate(&self) -> &DebateHandle {
        &self.debate
    }

    // Nothing panics while it holds the lock.
    pub(super) fn board(&self) -> MutexGuard<'_, Backlog> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What wakes the watchers of this thread.
    pub(super) fn relay(&self) -> Arc<ThreadNotifier> {
        let mut relays = self.relays.lock().unwrap_or_else(PoisonError::into_inner);
        let here = thread::current().id();
        let known = relays.iter().find(|(thread, _)| *thread == here);
        if let Some(known) = known.and_then(|(_, relay)| relay.upgrade()) {
            return known;
        }
        relays.retain(|(_, relay)| relay.strong_count() > 0);
        let relay = ThreadNotifier::begin(self.news.subscribe());
        relays.push((here, Arc::downgrade(&relay)));
        relay
    }

    fn wake(&self, of_event: bool) {
        self.news.send_modify(|news| {
            news.changes += 1;
            news.events += u64::from(of_event);
        });
    }
}

async fn read(mut feed: Feed, broadcast: Weak<Broadcast>) {
    let _ending = Ending(Weak::clone(&broadcast));
    while let Some(item) = feed.next().await {
        let Some(broadcast) = broadcast.upgrade() else { return };
        match item {
            Ok(item) => {
                let is_event = matches!(item, FeedItem::Event(_));
                broadcast.board().put(item);
                broadcast.wake(is_event);
            }
            Err(error) => {
                let id = broadcast.debate.id();
                return tracing::warn!(debate.id = %id, %error, "the debate cannot be watched");
            }
        }
    }
}

/// However a reading ends, its watchers learn of it.
struct Ending(Weak<Broadcast>);

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(broadcast) = self.0.upgrade() {
            broadcast.board().end();
            broadcast.wake(true);
        }
    }
}
