use std::sync::{Arc, OnceLock, Weak};

use tokio::{
    runtime::Handle,
    sync::{Notify, futures::Notified, watch},
};
use tokio_util::task::AbortOnDropHandle;

/// Counts the changes of a broadcast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Counts events, and the end of the reader.
    pub(super) events: u64,
    /// Counts every reason to look: events, pieces of text, the driver catching up, the end.
    pub(super) all: u64,
}

/// Wakes the watchers of one thread, on that thread. Waking a task of another thread is a system call,
/// and at each event the debate would wait for thousands of them.
///
/// Watchers read the backlog at their own pace, so that nothing is queued for them. Watchers without
/// deltas sleep through deltas.
pub(super) struct ThreadNotifier {
    events: Notify,
    changes: Notify,
    forwarder: OnceLock<AbortOnDropHandle<()>>,
}

impl ThreadNotifier {
    /// Begins to forward changes, on the runtime of this thread.
    pub(super) fn begin(mut changes: watch::Receiver<Changes>) -> Arc<Self> {
        // Read here rather than in the task, so that no change before its first poll is missed.
        let forwarded = *changes.borrow_and_update();
        let notifier = Arc::new(Self {
            events: Notify::new(),
            changes: Notify::new(),
            forwarder: OnceLock::new(),
        });
        let forwarder =
            Handle::current().spawn(forward(changes, forwarded, Arc::downgrade(&notifier)));
        notifier.forwarder.get_or_init(|| AbortOnDropHandle::new(forwarder));
        notifier
    }

    /// Resolves at the next event after this call or, with `deltas`, at the next change.
    pub(super) fn changed(&self, deltas: bool) -> Notified<'_> {
        if deltas { self.changes.notified() } else { self.events.notified() }
    }
}

async fn forward(
    mut changes: watch::Receiver<Changes>,
    mut forwarded: Changes,
    notifier: Weak<ThreadNotifier>,
) {
    while changes.changed().await.is_ok() {
        let newest = *changes.borrow_and_update();
        let Some(notifier) = notifier.upgrade() else { return };
        if newest.events != forwarded.events {
            notifier.events.notify_waiters();
        }
        notifier.changes.notify_waiters();
        forwarded = newest;
    }
}
