use parking_lot::{Mutex, MutexGuard};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{Mutex as Turn, OwnedMutexGuard},
    time::Instant,
};

use super::{
    concessions::{Concessions, Scope},
    schema::SchemaHash,
};
use crate::Limitation;

/// After this time one call asks for what was refused once more: a server may have been restarted
/// with a better template or version.
const REMEMBERED: Duration = Duration::from_hours(1);

/// Opaque failures in a row after which something that was asked for is suspected.
const SUSPICIOUS: u32 = 2;

/// What a host refuses of calls to one model, as its answers have shown. Shared by all calls.
#[derive(Debug, Default)]
pub(crate) struct Learnt {
    state: Mutex<State>,
    /// Held by the one call that tries out what is refused.
    turn: Arc<Turn<()>>,
}

/// Something that is refused, and of which requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    pub(super) limitation: Limitation,
    /// Of requests with schemas of this shape; `None`: of all.
    pub(super) shape: Option<SchemaHash>,
}

#[derive(Debug, Default)]
struct State {
    /// With the time when it was learnt, or last asked for again.
    entries: HashMap<Entry, Instant>,
    /// What once seemed to be the cause of a failure that may have been chance.
    suspects: HashSet<Entry>,
    /// Failures in a row, of requests with a schema of this shape, if any, that might be refusals and
    /// do not say so.
    opaque: HashMap<Option<SchemaHash>, u32>,
    /// All was tried for a refusal that names no cause, and nothing has gone well since.
    is_in_vain: bool,
    /// Grows with what is known.
    version: u64,
}

/// What a call knows when it begins.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) concessions: Concessions,
    /// What was refused long ago, and this call asks for again.
    pub(super) retried: Vec<Entry>,
    pub(super) version: u64,
}

impl Entry {
    pub(super) fn new(limitation: Limitation, scope: Scope, shape: Option<SchemaHash>) -> Self {
        let shape = match scope {
            Scope::Model => None,
            Scope::SchemaHash => shape,
        };
        Self { limitation, shape }
    }

    pub(super) const fn scope(&self) -> Scope {
        if self.shape.is_some() { Scope::SchemaHash } else { Scope::Model }
    }

    fn is_of(&self, shape: Option<SchemaHash>) -> bool {
        self.shape.is_none() || self.shape == shape
    }
}

impl Learnt {
    /// What a request with a schema of this shape, if any, has to do without.
    pub(super) fn known(&self, shape: Option<SchemaHash>) -> Known {
        let now = Instant::now();
        let mut state = self.state();
        let (mut concessions, mut retried) = (Concessions::default(), Vec::new());
        for (entry, since) in &mut state.entries {
            if !entry.is_of(shape) {
                continue;
            }
            if now.duration_since(*since) < REMEMBERED {
                concessions.add(entry.limitation, entry.scope());
            } else {
                // The others do without it until this call knows.
                *since = now;
                retried.push(*entry);
            }
        }
        Known { concessions, retried, version: state.version }
    }

    /// The host has begun to reply to a request with a schema of this shape, if any, that did
    /// without what it refused. What it was asked for, and took, is not refused. Returns what is
    /// new.
    pub(super) fn learn(
        &self,
        shape: Option<SchemaHash>,
        mut refused: Vec<Entry>,
        suspect: Option<Entry>,
        was_asked: impl Fn(Limitation) -> bool,
    ) -> Vec<Limitation> {
        let now = Instant::now();
        let mut state = self.state();
        state.opaque.remove(&shape);
        state.is_in_vain = false;
        let is_taken = |entry: &Entry| entry.is_of(shape) && was_asked(entry.limitation);
        state.suspects.retain(|entry| !is_taken(entry));
        let known = state.entries.len();
        state.entries.retain(|entry, _| !is_taken(entry));
        let forgotten = known - state.entries.len();
        // A change after which a failure disappears may be chance; twice it is not.
        refused.extend(suspect.filter(|suspect| !state.suspects.insert(*suspect)));
        refused.retain(|entry| state.entries.insert(*entry, now).is_none());
        if forgotten > 0 || !refused.is_empty() {
            state.version += 1;
        }
        refused.iter().map(|entry| entry.limitation).collect()
    }

    /// A call with a schema of this shape, if any, failed in a way that might be a refusal. Whether it
    /// is time to find out.
    pub(super) fn failed_opaquely(&self, shape: Option<SchemaHash>) -> bool {
        let mut state = self.state();
        let failures = state.opaque.entry(shape).or_default();
        *failures = failures.saturating_add(1);
        *failures >= SUSPICIOUS || !state.suspects.is_empty()
    }

    /// What once seemed to be the cause of a failure.
    pub(super) fn suspects(&self, shape: Option<SchemaHash>) -> Vec<Entry> {
        self.state().suspects.iter().filter(|entry| entry.is_of(shape)).copied().collect()
    }

    /// Nothing that was tried helped.
    pub(super) fn tried_in_vain(&self) {
        self.state().is_in_vain = true;
    }

    pub(super) fn is_in_vain(&self) -> bool {
        self.state().is_in_vain
    }

    pub(super) fn version(&self) -> u64 {
        self.state().version
    }

    /// Waits until no other call tries out what is refused.
    pub(super) async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.turn).lock_owned().await
    }

    /// Whether this is refused of every call.
    #[cfg(feature = "ollama")]
    pub(crate) fn is_refused(&self, limitation: Limitation) -> bool {
        self.state().entries.contains_key(&Entry { limitation, shape: None })
    }

    /// The refused features, in the order of [`Limitation`].
    pub(crate) fn limitations(&self) -> Vec<Limitation> {
        let state = self.state();
        let shown = state.entries.keys().map(|entry| match entry.scope() {
            Scope::SchemaHash => Limitation::SomeSchemas,
            Scope::Model => entry.limitation,
        });
        shown.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

#[cfg(test)]
mod tests;
