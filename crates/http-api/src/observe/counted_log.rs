mod tally;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use synod_domain::DebateId;
use synod_event_log::{
    Batch, Claim, Created, Epoch, EventLog, IdempotencyKey, LogError, Owner, Stored, Subscription,
    Summary, Which,
};
use synod_metrics::Metrics;

use tally::Tally;

/// A log that counts what this process appends to it: debates, rounds, calls, tokens.
///
/// Events are counted where they become facts, so nothing is missed and nothing counts twice.
pub struct CountedLog {
    log: Arc<dyn EventLog>,
    tally: Mutex<Tally>,
}

impl CountedLog {
    /// Counts what is appended to `log`.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>, metrics: Arc<Metrics>) -> Self {
        Self { log, tally: Mutex::new(Tally::new(metrics)) }
    }

    fn count(&self, batch: &Batch) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, recorded) in batch.events() {
            tally.count(batch.debate_id(), &recorded.event);
        }
    }
}

impl EventLog for CountedLog {
    fn create<'a>(
        &'a self,
        first: &'a Batch,
        key: Option<&'a IdempotencyKey>,
    ) -> BoxFuture<'a, Result<Created, LogError>> {
        self.log.create(first, key)
    }

    fn created_by<'a>(
        &'a self,
        key: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<Option<DebateId>, LogError>> {
        self.log.created_by(key)
    }

    fn append<'a>(
        &'a self,
        batch: &'a Batch,
        epoch: Option<Epoch>,
    ) -> BoxFuture<'a, Result<u64, LogError>> {
        Box::pin(async move {
            let appended = self.log.append(batch, epoch).await;
            if appended.is_ok() {
                self.count(batch);
            }
            appended
        })
    }

    fn read(
        &self,
        id: DebateId,
        from: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Stored>, LogError>> {
        self.log.read(id, from, limit)
    }

    fn subscribe(&self, id: DebateId, from: u64) -> Subscription {
        self.log.subscribe(id, from)
    }

    fn list(
        &self,
        which: Which,
        before: Option<DebateId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Summary>, LogError>> {
        self.log.list(which, before, limit)
    }

    fn claim<'a>(
        &'a self,
        id: DebateId,
        owner: &'a Owner,
        lease: Duration,
    ) -> BoxFuture<'a, Result<Option<Claim>, LogError>> {
        self.log.claim(id, owner, lease)
    }

    fn renew<'a>(
        &'a self,
        claim: &'a Claim,
        lease: Duration,
    ) -> BoxFuture<'a, Result<(), LogError>> {
        self.log.renew(claim, lease)
    }

    fn release<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<(), LogError>> {
        self.log.release(claim)
    }

    fn purge(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>> {
        Box::pin(async move {
            self.log.purge(id).await?;
            self.tally.lock().unwrap_or_else(PoisonError::into_inner).forget(id);
            Ok(())
        })
    }
}

impl std::fmt::Debug for CountedLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CountedLog")
    }
}
