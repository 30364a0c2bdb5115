use std::sync::{Arc, OnceLock, Weak};

use tokio::{
    runtime::Handle,
    sync::{Notify, futures::Notified, watch},
};
use tokio_util::task::AbortOnDropHandle;

/// How often a broadcast has changed, and by how many events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    pub(super) events: u64,
    pub(super) changes: u64,
}

/// Wakes the watchers of one thread, on that thread. To wake a task of another thread takes a call to
/// the system; with thousands of watchers the debate would wait for thousands of them at each event.
///
/// Watchers look at the board at their own pace, so nothing is queued for them; those who want no
/// deltas sleep through them.
pub(super) struct ThreadNotifier {
    events: Notify,
    changes: Notify,
    passing_on: OnceLock<AbortOnDropHandle<()>>,
}

impl ThreadNotifier {
    /// Begins to pass on, on the runtime of this thread.
    pub(super) fn begin(mut news: watch::Receiver<News>) -> Arc<Self> {
        // Now, and not when the task comes to run: what changes until then is to be passed on.
        let passed = *news.borrow_and_update();
        let relay = Arc::new(Self {
            events: Notify::new(),
            changes: Notify::new(),
            passing_on: OnceLock::new(),
        });
        let passing_on = Handle::current().spawn(pass_on(news, passed, Arc::downgrade(&relay)));
        relay.passing_on.get_or_init(|| AbortOnDropHandle::new(passing_on));
        relay
    }

    /// Ends with the next event after this call, or, for those who want `deltas`, the next change.
    pub(super) fn changed(&self, deltas: bool) -> Notified<'_> {
        if deltas { self.changes.notified() } else { self.events.notified() }
    }
}

async fn pass_on(mut news: watch::Receiver<News>, mut passed: News, relay: Weak<ThreadNotifier>) {
    while news.changed().await.is_ok() {
        let newest = *news.borrow_and_update();
        let Some(relay) = relay.upgrade() else { return };
        if newest.events != passed.events {
            relay.events.notify_waiters();
        }
        relay.changes.notify_waiters();
        passed = newest;
    }
}
