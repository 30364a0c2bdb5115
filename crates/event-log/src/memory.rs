mod debate_log;

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use parking_lot::RwLock;
use synod_domain::{Clock, DebateId};

use self::debate_log::DebateLog;
use crate::{
    Batch, Claim, Created, Epoch, EventLog, IdempotencyKey, LogError, Owner, Stored, Subscription,
    Summary, Which,
};

/// A log in memory, lost when its process ends. Clones share it.
#[derive(Clone)]
pub struct MemoryLog {
    clock: Arc<dyn Clock>,
    debates: Arc<RwLock<Debates>>,
}

#[derive(Default)]
struct Debates {
    /// By id, and so by age; `None` for a purged debate.
    logs: BTreeMap<DebateId, Option<Arc<DebateLog>>>,
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
    /// An empty log whose leases expire by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, debates: Arc::default() }
    }

    fn log(&self, id: DebateId) -> Result<Arc<DebateLog>, LogError> {
        match self.debates.read().logs.get(&id) {
            Some(Some(log)) => Ok(Arc::clone(log)),
            Some(None) => Err(LogError::Purged(id)),
            None => Err(LogError::UnknownDebate(id)),
        }
    }

    fn create_now(&self, first: &Batch, key: Option<&IdempotencyKey>) -> Result<Created, LogError> {
        let id = first.debate_id();
        let mut debates = self.debates.write();
        if let Some(key) = key
            && let Some(existing) = debates.created_by(key)?
        {
            return Ok(Created::Existing(existing));
        }
        match debates.logs.get(&id) {
            Some(Some(log)) => return Err(log.conflict()),
            Some(None) => return Err(LogError::Purged(id)),
            None => {}
        }
        let log = DebateLog::new(id);
        log.append(first, None)?;
        debates.logs.insert(id, Some(Arc::new(log)));
        if let Some(key) = key {
            debates.keys.insert(key.key().to_owned(), (*key.request(), id));
        }
        Ok(Created::New(id))
    }

    fn list_now(&self, which: Which, before: Option<DebateId>, limit: usize) -> Vec<Summary> {
        let now = self.clock.now();
        let older = (Bound::Unbounded, before.map_or(Bound::Unbounded, Bound::Excluded));
        let debates = self.debates.read();
        let logs = debates.logs.range(older).rev();
        let wanted = logs.filter_map(|(id, log)| log.as_ref()?.summary(*id, which, now));
        wanted.take(limit).collect()
    }

    fn purge_now(&self, id: DebateId) -> Result<(), LogError> {
        match self.debates.write().logs.get_mut(&id) {
            Some(slot) => {
                if let Some(log) = slot.take() {
                    log.purge();
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
        async move { self.debates.read().created_by(key) }.boxed()
    }

    fn append<'a>(
        &'a self,
        batch: &'a Batch,
        epoch: Option<Epoch>,
    ) -> BoxFuture<'a, Result<u64, LogError>> {
        async move { self.log(batch.debate_id())?.append(batch, epoch) }.boxed()
    }

    fn read(
        &self,
        id: DebateId,
        from: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Stored>, LogError>> {
        async move { self.log(id)?.read(from, limit) }.boxed()
    }

    fn subscribe(&self, id: DebateId, from: u64) -> Subscription {
        match self.log(id) {
            Ok(log) => debate_log::subscribe(log, from).boxed(),
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
        async move { self.log(id)?.claim(id, owner, self.clock.now(), lease) }.boxed()
    }

    fn renew<'a>(
        &'a self,
        claim: &'a Claim,
        lease: Duration,
    ) -> BoxFuture<'a, Result<(), LogError>> {
        async move { self.log(claim.id)?.renew(claim, self.clock.now().after(lease)) }.boxed()
    }

    fn release<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<(), LogError>> {
        async move { self.log(claim.id).map(|log| log.release(claim)) }.boxed()
    }

    fn purge(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>> {
        async move { self.purge_now(id) }.boxed()
    }
}

#[cfg(test)]
mod tests;
