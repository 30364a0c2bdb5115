use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    thread::{self, ThreadId},
};

use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, OptionFuture},
};
use synod_debate_engine::{Backlog, DebateHandle, Feed, FeedItem};
use tokio::{runtime::Handle, sync::watch};
use tokio_util::task::AbortOnDropHandle;

use super::{
    Frame,
    thread_notifier::{Changes, ThreadNotifier},
};

/// The backlog of one debate for all its watchers, and the task that feeds it. The task ends with the
/// last watcher.
pub(super) struct Broadcast {
    debate: DebateHandle,
    backlog: Backlog<Frame>,
    changes: watch::Sender<Changes>,
    /// One for each thread that has watchers.
    notifiers: Mutex<Vec<(ThreadId, Weak<ThreadNotifier>)>>,
    reader: OnceLock<AbortOnDropHandle<()>>,
}

impl Broadcast {
    /// Begins [`MOST_EVENTS`](Backlog::MOST_EVENTS) events before `last`, the latest one, so that watchers
    /// slightly behind find those events in the backlog.
    pub(super) fn begin(runtime: &Handle, debate: &DebateHandle, last: u64) -> Arc<Self> {
        let after = last.saturating_sub(Backlog::<Frame>::MOST_EVENTS as u64);
        let feed = debate.watch(after);
        let broadcast = Arc::new(Self {
            debate: debate.clone(),
            backlog: Backlog::new(debate, after),
            changes: watch::Sender::default(),
            notifiers: Mutex::default(),
            reader: OnceLock::new(),
        });
        let reader = runtime.spawn(read(feed, Arc::downgrade(&broadcast)));
        broadcast.reader.get_or_init(|| AbortOnDropHandle::new(reader));
        broadcast
    }

    /// The debate, whose log has the events that the backlog no longer holds.
    pub(super) const fn debate(&self) -> &DebateHandle {
        &self.debate
    }

    pub(super) const fn backlog(&self) -> &Backlog<Frame> {
        &self.backlog
    }

    /// The notifier of the watchers of this thread.
    pub(super) fn notifier(&self) -> Arc<ThreadNotifier> {
        let mut notifiers = self.notifiers();
        let here = thread::current().id();
        let known = notifiers.iter().find(|(thread, _)| *thread == here);
        if let Some(known) = known.and_then(|(_, notifier)| notifier.upgrade()) {
            return known;
        }
        notifiers.retain(|(_, notifier)| notifier.strong_count() > 0);
        let notifier = ThreadNotifier::begin(self.changes.subscribe());
        notifiers.push((here, Arc::downgrade(&notifier)));
        notifier
    }

    // Nothing panics while it holds the lock.
    fn notifiers(&self) -> MutexGuard<'_, Vec<(ThreadId, Weak<ThreadNotifier>)>> {
        self.notifiers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn announce(&self, is_event: bool) {
        self.changes.send_modify(|changes| {
            changes.all += 1;
            changes.events += u64::from(is_event);
        });
    }
}

async fn read(mut feed: Feed, broadcast: Weak<Broadcast>) {
    let _ending = Ending(Weak::clone(&broadcast));
    // While the driver has not applied an event that is in the backlog already.
    let mut behind: Option<BoxFuture<'static, ()>> = None;
    loop {
        let item = tokio::select! { biased;
            item = feed.next() => item,
            Some(()) = OptionFuture::from(behind.as_mut()) => {
                behind = None;
                let Some(broadcast) = broadcast.upgrade() else { return };
                broadcast.announce(false);
                continue;
            }
        };
        let (Some(item), Some(broadcast)) = (item, broadcast.upgrade()) else { return };
        match item {
            Ok(FeedItem::Event(recorded)) => {
                broadcast.backlog.add(recorded);
                broadcast.announce(true);
                let mut caught_up = broadcast.backlog.caught_up().boxed();
                let is_behind = (&mut caught_up).now_or_never().is_none();
                behind = is_behind.then_some(caught_up);
            }
            // Watchers read the progress itself from the backlog.
            Ok(FeedItem::Delta(_) | FeedItem::Thought(_) | FeedItem::Phase(_)) => {
                broadcast.announce(false);
            }
            Err(error) => {
                let id = broadcast.debate.id();
                return tracing::warn!(debate.id = %id, %error, "the debate cannot be watched");
            }
        }
    }
}

/// Announces the end of the reader to the watchers, also when the reader panics.
struct Ending(Weak<Broadcast>);

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(broadcast) = self.0.upgrade() {
            broadcast.backlog.end();
            broadcast.announce(true);
        }
    }
}
