mod shelf;

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use synod_domain::{Clock, DebateId};

use self::shelf::Shelf;
use crate::{
    Batch, Claim, Created, Epoch, EventLog, IdempotencyKey, LogError, Owner, Stored, Subscription,
    Summary, Which,
};

/// A log that lasts as long as its process. Clones share it.
#[derive(Clone)]
pub struct MemoryLog {
    clock: Arc<dyn Clock>,
    debates: Arc<RwLock<Debates>>,
}

#[derive(Default)]
struct Debates {
    /// By id, and so by age; `None` for what was purged.
    shelves: BTreeMap<DebateId, Option<Arc<Shelf>>>,
    keys: HashMap<String, ([u8; 32], DebateId)>,
}

impl Debates {
    fn created_by(&self, key: &IdempotencyKey) -> Result<Option<DebateId>, LogError> {
        match self.keys.get(key.key()) {
            Some((request, _)) if request != key.request() => Err(LogError::KeyReused),
            known => Ok(known.map(|(_, id)| *id)),
        }
    }
}

impl MemoryLog {
    /// An empty log whose leases run by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, debates: Arc::default() }
    }

    // Nothing panics while it holds a lock, so a poisoned one is still sound.
    fn debates(&self) -> RwLockReadGuard<'_, Debates> {
        self.debates.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn debates_mut(&self) -> RwLockWriteGuard<'_, Debates> {
        self.debates.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn shelf(&self, id: DebateId) -> Result<Arc<Shelf>, LogError> {
        match self.debates().shelves.get(&id) {
            Some(Some(shelf)) => Ok(Arc::clone(shelf)),
            Some(None) => Err(LogError::Purged(id)),
            None => Err(LogError::UnknownDebate(id)),
        }
    }

    fn create_now(&self, first: &Batch, key: Option<&IdempotencyKey>) -> Result<Created, LogError> {
        let id = first.debate_id();
        let mut debates = self.debates_mut();
        if let Some(key) = key
            && let Some(existing) = debates.created_by(key)?
        {
            return Ok(Created::Existing(existing));
        }
        match debates.shelves.get(&id) {
            Some(Some(shelf)) => return Err(shelf.conflict()),
            Some(None) => return Err(LogError::Purged(id)),
            None => {}
        }
        let shelf = Shelf::new(id);
        shelf.append(first, None)?;
        debates.shelves.insert(id, Some(Arc::new(shelf)));
        if let Some(key) = key {
            debates.keys.insert(key.key().to_owned(), (*key.request(), id));
        }
        Ok(Created::New(id))
    }

    fn list_now(&self, which: Which, before: Option<DebateId>, limit: usize) -> Vec<Summary> {
        let now = self.clock.now();
        let older = (Bound::Unbounded, before.map_or(Bound::Unbounded, Bound::Excluded));
        let debates = self.debates();
        let shelves = debates.shelves.range(older).rev();
        let wanted = shelves.filter_map(|(id, shelf)| shelf.as_ref()?.summary(*id, which, now));
        wanted.take(limit).collect()
    }

    fn purge_now(&self, id: DebateId) -> Result<(), LogError> {
        match self.debates_mut().shelves.get_mut(&id) {
            Some(slot) => {
                if let Some(shelf) = slot.take() {
                    shelf.purge();
                }
                Ok(())
            }
            None => Err(LogError::UnknownDebate(id)),
        }
    }
}

impl EventLog for MemoryLog {
    fn create<'a>(
        &'a self,
        first: &'a Batch,
        key: Option<&'a IdempotencyKey>,
    ) -> BoxFuture<'a, Result<Created, LogError>> {
        async move { self.create_now(first, key) }.boxed()
    }

    fn created_by<'a>(
        &'a self,
        key: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<Option<DebateId>, LogError>> {
        async move { self.debates().created_by(key) }.boxed()
    }

    fn append<'a>(
        &'a self,
        batch: &'a Batch,
        epoch: Option<Epoch>,
    ) -> BoxFuture<'a, Result<u64, LogError>> {
        async move { self.shelf(batch.debate_id())?.append(batch, epoch) }.boxed()
    }

    fn read(
        &self,
        id: DebateId,
        from: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Stored>, LogError>> {
        async move { self.shelf(id)?.read(from, limit) }.boxed()
    }

    fn subscribe(&self, id: DebateId, from: u64) -> Subscription {
        match self.shelf(id) {
            Ok(shelf) => shelf::subscribe(shelf, from).boxed(),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }

    fn list(
        &self,
        which: Which,
        before: Option<DebateId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Summary>, LogError>> {
        async move { Ok(self.list_now(which, before, limit)) }.boxed()
    }

    fn claim<'a>(
        &'a self,
        id: DebateId,
        owner: &'a Owner,
        lease: Duration,
    ) -> BoxFuture<'a, Result<Option<Claim>, LogError>> {
        async move { self.shelf(id)?.claim(id, owner, self.clock.now(), lease) }.boxed()
    }

    fn renew<'a>(
        &'a self,
        claim: &'a Claim,
        lease: Duration,
    ) -> BoxFuture<'a, Result<(), LogError>> {
        async move { self.shelf(claim.id)?.renew(claim, self.clock.now().after(lease)) }.boxed()
    }

    fn release<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<(), LogError>> {
        async move { self.shelf(claim.id).map(|shelf| shelf.release(claim)) }.boxed()
    }

    fn purge(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>> {
        async move { self.purge_now(id) }.boxed()
    }
}

#[cfg(test)]
mod tests;
