//! Watching debates: one backlog per debate for all its watchers, over WebSockets and event streams, and
//! each event serialized once.

mod broadcast;
mod frame;
mod thread_notifier;
mod watcher;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use synod_debate_engine::{DebateHandle, EngineError, LiveContent};
use synod_domain::DebateId;
use tokio::runtime::Handle;

use self::broadcast::Broadcast;
pub(crate) use self::{
    frame::Frame,
    watcher::{WatchItem, Watcher},
};

/// The debates that are being watched.
pub(crate) struct WatchedDebates {
    /// The runtime of the readers, which may outlive the thread of the first watcher.
    runtime: Handle,
    broadcasts: Mutex<HashMap<DebateId, Weak<Broadcast>>>,
}

impl WatchedDebates {
    /// # Panics
    /// Outside a tokio runtime.
    pub(crate) fn new() -> Self {
        Self { runtime: Handle::current(), broadcasts: Mutex::default() }
    }

    /// Watches a debate: the existing events after position `after`, then everything as it happens.
    pub(crate) async fn watch(
        &self,
        debate: &DebateHandle,
        after: After,
        wanted: LiveContent,
    ) -> Result<Watch, EngineError> {
        let last = debate.snapshot().await?.seq();
        let after = match after {
            After::Event(seq) if seq > last => return Ok(Watch::Beyond { last }),
            After::Event(seq) => seq,
            After::Now => last,
        };
        Ok(Watch::Begun(Watcher::new(self.broadcast(debate, last), after, wanted)))
    }

    fn broadcast(&self, debate: &DebateHandle, last: u64) -> Arc<Broadcast> {
        let mut broadcasts = self.broadcasts();
        if let Some(known) = broadcasts.get(&debate.id()).and_then(Weak::upgrade) {
            return known;
        }
        if broadcasts.len() == broadcasts.capacity() {
            broadcasts.retain(|_, broadcast| broadcast.strong_count() > 0);
        }
        let broadcast = Broadcast::begin(&self.runtime, debate, last);
        broadcasts.insert(debate.id(), Arc::downgrade(&broadcast));
        broadcast
    }

    fn broadcasts(&self) -> MutexGuard<'_, HashMap<DebateId, Weak<Broadcast>>> {
        self.broadcasts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The result of [`watch`](WatchedDebates::watch).
pub(crate) enum Watch {
    /// The debate is watched.
    Begun(Watcher),
    /// The debate has no event of that number.
    Beyond {
        /// The number of its last event.
        last: u64,
    },
}

/// The position at which a watcher begins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum After {
    /// After the event of this number.
    Event(u64),
    /// After all existing events.
    Now,
}
