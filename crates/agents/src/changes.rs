use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use synod_domain::AgentId;
use tokio::sync::watch;

/// The changes of agents, in order. Recording one never waits.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    newest: watch::Sender<u64>,
    /// The number of each agent's last change.
    last: Mutex<HashMap<AgentId, u64>>,
}

impl Changes {
    /// Records a change of the agent.
    pub(crate) fn note(&self, agent: &AgentId) {
        let mut last = self.last();
        let number = *self.newest.borrow() + 1;
        match last.get_mut(agent) {
            Some(last) => *last = number,
            None => drop(last.insert(agent.clone(), number)),
        }
        // Under the lock, so that numbers never go back.
        self.newest.send_replace(number);
    }

    /// Returns the number of the newest change.
    pub(crate) fn newest(&self) -> u64 {
        *self.newest.borrow()
    }

    /// Returns the agents that have changed after change `seen`, and the number of the newest change.
    fn after(&self, seen: u64) -> (Vec<AgentId>, u64) {
        let last = self.last();
        let newest = *self.newest.borrow();
        let mut changed: Vec<_> = last.iter().filter(|(_, number)| **number > seen).collect();
        changed.sort_unstable_by_key(|(_, number)| **number);
        (changed.into_iter().map(|(agent, _)| agent.clone()).collect(), newest)
    }

    fn last(&self) -> MutexGuard<'_, HashMap<AgentId, u64>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A watch of agents whose status, statistics or profile change.
///
/// Several changes of an agent between two reads are reported once. A slow reader misses no current
/// state and delays no writer.
pub struct AgentWatch {
    changes: Arc<Changes>,
    newest: watch::Receiver<u64>,
    seen: u64,
}

impl AgentWatch {
    /// Watches changes from now on.
    pub(crate) fn new(changes: Arc<Changes>) -> Self {
        let newest = changes.newest.subscribe();
        let seen = *newest.borrow();
        Self { changes, newest, seen }
    }

    /// Waits for changes that were not reported yet. Returns the agents that were changed, added or
    /// removed, in the order of their last change. Cancel safe.
    pub async fn changed(&mut self) -> Vec<AgentId> {
        let seen = self.seen;
        if self.newest.wait_for(|newest| *newest > seen).await.is_err() {
            // Unreachable: `changes` holds the sender.
            return std::future::pending().await;
        }
        let (changed, newest) = self.changes.after(seen);
        self.seen = newest;
        changed
    }
}

impl std::fmt::Debug for AgentWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentWatch").field("seen", &self.seen).finish_non_exhaustive()
    }
}
