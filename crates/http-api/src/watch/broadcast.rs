use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use futures_util::StreamExt;
use synod_debate_engine::{DebateHandle, Feed, FeedItem};
use tokio::{
    runtime::Handle,
    sync::{Notify, futures::Notified},
};
use tokio_util::task::AbortOnDropHandle;

use super::board::{Board, MOST_EVENTS};

/// One reading of a debate's feed, for all who watch the debate. It ends with the last of them.
pub(super) struct Broadcast {
    debate: DebateHandle,
    board: Mutex<Board>,
    /// Woken by every event, and by every change. Watchers look at the board at their own pace, so
    /// nothing is queued for them; those who want no deltas sleep through them.
    events: Notify,
    changes: Notify,
    reading: OnceLock<AbortOnDropHandle<()>>,
}

impl Broadcast {
    /// Begins to read, with the latest of the `last` events there are.
    pub(super) fn begin(runtime: &Handle, debate: &DebateHandle, last: u64) -> Arc<Self> {
        let after = last.saturating_sub(MOST_EVENTS as u64);
        let feed = debate.watch(after);
        let broadcast = Arc::new(Self {
            debate: debate.clone(),
            board: Mutex::new(Board::after(after)),
            events: Notify::new(),
            changes: Notify::new(),
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
    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends with the next event after this call, or, for those who want `deltas`, the next change.
    pub(super) fn changed(&self, deltas: bool) -> Notified<'_> {
        if deltas { self.changes.notified() } else { self.events.notified() }
    }

    fn wake(&self, of_event: bool) {
        if of_event {
            self.events.notify_waiters();
        }
        self.changes.notify_waiters();
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
