use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use synod_domain::AgentId;
use tokio::sync::watch;

use crate::agent::AgentServices;

/// Which agents have changed, and in which order. Whoever changes one never waits.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    newest: watch::Sender<u64>,
    /// The number of each agent's last change.
    last: Mutex<HashMap<AgentId, u64>>,
}

impl Changes {
    /// The agent has changed.
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

    /// The number of the newest change.
    pub(crate) fn newest(&self) -> u64 {
        *self.newest.borrow()
    }

    /// Who has changed after that change, and the number of the newest one.
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

/// Tells which agents have changed: their status, their statistics or what they are.
///
/// However often an agent has changed since it was last told of, it is told once: who asks seldom
/// misses nothing that still holds, and holds up nobody.
pub struct AgentWatch {
    services: Arc<AgentServices>,
    newest: watch::Receiver<u64>,
    seen: u64,
}

impl AgentWatch {
    /// Tells of changes from now on.
    pub(crate) fn new(services: Arc<AgentServices>) -> Self {
        let newest = services.statistics.changes().newest.subscribe();
        let seen = *newest.borrow();
        Self { services, newest, seen }
    }

    /// Waits for changes that were not told yet: the agents that have changed, and those that have
    /// come or gone, in the order of their last change. May be dropped and called again.
    pub async fn changed(&mut self) -> Vec<AgentId> {
        let seen = self.seen;
        if self.newest.wait_for(|newest| *newest > seen).await.is_err() {
            // Never: the services keeps the other end.
            return std::future::pending().await;
        }
        let (changed, newest) = self.services.statistics.changes().after(seen);
        self.seen = newest;
        changed
    }
}

impl std::fmt::Debug for AgentWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentWatch").field("seen", &self.seen).finish_non_exhaustive()
    }
}
