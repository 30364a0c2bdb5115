mod debate_log;

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    ops::Bound,
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use parking_lot::RwLock;
use synod_domain::{Clock, DebateId, Timestamp};
use uuid::Uuid;

use self::debate_log::DebateLog;
use crate::{
    Batch, Claim, Created, DebateList, Epoch, EventLog, IdempotencyKey, ListQuery, LogError,
    PartialTexts, Renewal, Stored, Subscription, Summary, Worker,
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
    /// By name: the incarnation, and the end of its lease.
    workers: HashMap<Arc<str>, (Uuid, Timestamp)>,
    partials: HashMap<DebateId, PartialTexts>,
}

impl Debates {
    fn created_by(&self, key: &IdempotencyKey) -> Result<Option<DebateId>, LogError> {
        match self.keys.get(key.key()) {
            Some((request, _)) if request != key.request() => Err(LogError::KeyReused),
            known => Ok(known.map(|(_, id)| *id)),
        }
    }

    fn has_lease(&self, worker: &Worker, now: Timestamp) -> bool {
        self.workers
            .get(worker.name())
            .is_some_and(|(incarnation, until)| incarnation == worker.incarnation() && now < *until)
    }

    fn check_lease(&self, worker: &Worker, now: Timestamp) -> Result<(), LogError> {
        if self.has_lease(worker, now) { Ok(()) } else { Err(lease_lost(worker)) }
    }

    fn log(&self, id: DebateId) -> Result<Arc<DebateLog>, LogError> {
        match self.logs.get(&id) {
            Some(Some(log)) => Ok(Arc::clone(log)),
            Some(None) => Err(LogError::Purged(id)),
            None => Err(LogError::UnknownDebate(id)),
        }
    }
}

impl MemoryLog {
    /// An empty log whose leases expire by this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, debates: Arc::default() }
    }

    fn log(&self, id: DebateId) -> Result<Arc<DebateLog>, LogError> {
        self.debates.read().log(id)
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

    fn list_now(&self, query: &ListQuery, limit: usize) -> Vec<Summary> {
        let now = self.clock.now();
        let debates = self.debates.read();
        let later = query.from.map_or(Bound::Unbounded, Bound::Included);
        let older = query.before.map_or(Bound::Unbounded, Bound::Excluded);
        if query.from.zip(query.before).is_some_and(|(from, before)| from >= before) {
            return Vec::new();
        }
        let logs = debates.logs.range((later, older)).rev();
        let has_lease = |worker: &Worker| debates.has_lease(worker, now);
        let listed = logs.filter_map(|(id, log)| log.as_ref()?.summary(*id, query, has_lease));
        listed.take(limit).collect()
    }

    fn renew_now(&self, worker: &Worker, lease: Duration) -> Result<Renewal, LogError> {
        let now = self.clock.now();
        let mut debates = self.debates.write();
        match debates.workers.get(worker.name()) {
            Some((incarnation, _)) if incarnation != worker.incarnation() => {
                return Err(lease_lost(worker));
            }
            Some(_) | None => {}
        }
        let has_expired = !debates.has_lease(worker, now);
        if has_expired {
            debates.logs.values().flatten().for_each(|log| log.release_from(worker));
        }
        let lease = (*worker.incarnation(), now.after(lease));
        debates.workers.insert(Arc::clone(worker.name()), lease);
        Ok(if has_expired { Renewal::Restarted } else { Renewal::Continued })
    }

    fn claim_now(&self, id: DebateId, worker: &Worker) -> Result<Option<Claim>, LogError> {
        let now = self.clock.now();
        let debates = self.debates.read();
        debates.check_lease(worker, now)?;
        debates.log(id)?.claim(id, worker, |worker| debates.has_lease(worker, now))
    }

    fn take_over_now(
        &self,
        worker: &Worker,
        except: &[DebateId],
        limit: usize,
    ) -> Result<Vec<Claim>, LogError> {
        let now = self.clock.now();
        let debates = self.debates.read();
        debates.check_lease(worker, now)?;
        let has_lease = |worker: &Worker| debates.has_lease(worker, now);
        let logs = debates.logs.iter().filter(|(id, _)| !except.contains(id));
        let claims = logs.filter_map(|(id, log)| log.as_ref()?.take_over(*id, worker, has_lease));
        Ok(claims.take(limit).collect())
    }

    fn has_debates_left_now(&self, except: &[DebateId]) -> bool {
        let now = self.clock.now();
        let debates = self.debates.read();
        let has_lease = |worker: &Worker| debates.has_lease(worker, now);
        let mut logs = debates.logs.iter().filter(|(id, _)| !except.contains(id));
        logs.any(|(_, log)| log.as_ref().is_some_and(|log| log.is_left(has_lease)))
    }

    fn import_now(&self, copied: &Batch, worker: &Worker) -> Result<Option<u64>, LogError> {
        let (id, now) = (copied.debate_id(), self.clock.now());
        let mut debates = self.debates.write();
        let log = match debates.log(id) {
            Err(LogError::UnknownDebate(_)) => Arc::new(DebateLog::new(id)),
            known => known?,
        };
        let last = log.import(copied, worker, |worker| debates.has_lease(worker, now))?;
        debates.logs.insert(id, Some(log));
        Ok(last)
    }

    fn purge_now(
        &self,
        id: DebateId,
        holds: impl Fn(&Debates, &Worker) -> bool,
    ) -> Result<(), LogError> {
        let mut debates = self.debates.write();
        match debates.log(id) {
            Ok(log) => log.purge(|worker| holds(&debates, worker))?,
            Err(LogError::Purged(_)) => {}
            Err(error) => return Err(error),
        }
        debates.logs.insert(id, None);
        debates.partials.remove(&id);
        Ok(())
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

    fn list<'a>(
        &'a self,
        query: &'a ListQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<DebateList, LogError>> {
        async move { Ok(self.list_now(query, limit).into()) }.boxed()
    }

    fn register<'a>(
        &'a self,
        worker: &'a Worker,
        lease: Duration,
    ) -> BoxFuture<'a, Result<(), LogError>> {
        async move {
            let lease = (*worker.incarnation(), self.clock.now().after(lease));
            self.debates.write().workers.insert(Arc::clone(worker.name()), lease);
            Ok(())
        }
        .boxed()
    }

    fn renew<'a>(
        &'a self,
        worker: &'a Worker,
        lease: Duration,
    ) -> BoxFuture<'a, Result<Renewal, LogError>> {
        async move { self.renew_now(worker, lease) }.boxed()
    }

    fn deregister<'a>(&'a self, worker: &'a Worker) -> BoxFuture<'a, Result<(), LogError>> {
        async move {
            let mut debates = self.debates.write();
            if let Entry::Occupied(entry) = debates.workers.entry(Arc::clone(worker.name()))
                && entry.get().0 == *worker.incarnation()
            {
                entry.remove();
            }
            Ok(())
        }
        .boxed()
    }

    fn claim<'a>(
        &'a self,
        id: DebateId,
        worker: &'a Worker,
    ) -> BoxFuture<'a, Result<Option<Claim>, LogError>> {
        async move { self.claim_now(id, worker) }.boxed()
    }

    fn take_over<'a>(
        &'a self,
        worker: &'a Worker,
        except: &'a [DebateId],
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Claim>, LogError>> {
        async move { self.take_over_now(worker, except, limit) }.boxed()
    }

    fn has_debates_left<'a>(
        &'a self,
        except: &'a [DebateId],
    ) -> BoxFuture<'a, Result<bool, LogError>> {
        async move { Ok(self.has_debates_left_now(except)) }.boxed()
    }

    fn release<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<(), LogError>> {
        async move { self.log(claim.id).map(|log| log.release(claim)) }.boxed()
    }

    fn import<'a>(
        &'a self,
        copied: &'a Batch,
        worker: &'a Worker,
    ) -> BoxFuture<'a, Result<Option<u64>, LogError>> {
        async move { self.import_now(copied, worker) }.boxed()
    }

    fn purge(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>> {
        async move { self.purge_now(id, |_, _| false) }.boxed()
    }

    fn purge_unless_held(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>> {
        async move {
            let now = self.clock.now();
            self.purge_now(id, |debates, worker| debates.has_lease(worker, now))
        }
        .boxed()
    }

    fn keep_partials<'a>(
        &'a self,
        id: DebateId,
        texts: &'a PartialTexts,
    ) -> BoxFuture<'a, Result<(), LogError>> {
        async move {
            let mut debates = self.debates.write();
            if texts.is_empty() {
                debates.partials.remove(&id);
            } else {
                debates.partials.insert(id, texts.clone());
            }
            Ok(())
        }
        .boxed()
    }

    fn partials(&self, id: DebateId) -> BoxFuture<'_, Result<PartialTexts, LogError>> {
        async move { Ok(self.debates.read().partials.get(&id).cloned().unwrap_or_default()) }
            .boxed()
    }
}

fn lease_lost(worker: &Worker) -> LogError {
    LogError::LeaseLost { worker: Arc::clone(worker.name()) }
}

#[cfg(test)]
mod tests;
