use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use synod_domain::DebateId;

use crate::{
    Batch, Claim, Created, DebateList, Epoch, EventLog, IdempotencyKey, ListQuery, LogError,
    PartialTexts, Renewal, Stored, Subscription, Worker,
};

/// A write to an [`EventLog`], as a [`LogObserver`] sees it.
#[derive(Clone, Copy, Debug)]
pub enum LogWrite<'a> {
    /// [`EventLog::create`] with these first events.
    Create(&'a Batch),
    /// [`EventLog::append`] of these events.
    Append(&'a Batch),
    /// [`EventLog::import`] of these events.
    Import(&'a Batch),
    /// [`EventLog::claim`] of this debate.
    Claim(DebateId),
    /// [`EventLog::take_over`] by this worker.
    TakeOver(&'a Worker),
    /// [`EventLog::register`] of this worker.
    Register(&'a Worker),
    /// [`EventLog::renew`] of the lease of this worker.
    Renew(&'a Worker),
    /// [`EventLog::deregister`] of this worker.
    Deregister(&'a Worker),
    /// [`EventLog::release`] of this claim.
    Release(&'a Claim),
    /// [`EventLog::purge`] or [`EventLog::purge_unless_held`] of this debate.
    Purge(DebateId),
}

/// Sees every write to an [`Observed`] log, before and after it is made.
pub trait LogObserver: Send + Sync {
    /// Called before each write.
    ///
    /// # Errors
    /// An error is returned to the writer, and the log does not see the write.
    fn before(&self, write: LogWrite<'_>) -> Result<(), LogError> {
        let _ = write;
        Ok(())
    }

    /// Called after each write, with the error if it failed.
    ///
    /// # Errors
    /// An error is returned to the writer in place of the result.
    fn after(&self, write: LogWrite<'_>, error: Option<&LogError>) -> Result<(), LogError> {
        let _ = (write, error);
        Ok(())
    }
}

/// A log whose writes are shown to an observer. Reads go straight to the log.
#[derive(Debug)]
pub struct Observed<L: ?Sized, O> {
    log: Arc<L>,
    observer: O,
}

impl<L: EventLog + ?Sized, O: LogObserver> Observed<L, O> {
    /// Shows the writes to `log` to `observer`.
    pub const fn new(log: Arc<L>, observer: O) -> Self {
        Self { log, observer }
    }

    /// The observer.
    pub const fn observer(&self) -> &O {
        &self.observer
    }

    async fn observe<T>(
        &self,
        write: LogWrite<'_>,
        work: impl Future<Output = Result<T, LogError>>,
    ) -> Result<T, LogError> {
        self.observer.before(write)?;
        let result = work.await;
        self.observer.after(write, result.as_ref().err())?;
        result
    }
}

impl<L: EventLog + ?Sized, O: LogObserver> EventLog for Observed<L, O> {
    fn create<'a>(
        &'a self,
        first: &'a Batch,
        key: Option<&'a IdempotencyKey>,
    ) -> BoxFuture<'a, Result<Created, LogError>> {
        self.observe(LogWrite::Create(first), self.log.create(first, key)).boxed()
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
        self.observe(LogWrite::Append(batch), self.log.append(batch, epoch)).boxed()
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

    fn list<'a>(
        &'a self,
        query: &'a ListQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<DebateList, LogError>> {
        self.log.list(query, limit)
    }

    fn check_ready(&self) -> BoxFuture<'_, Result<(), LogError>> {
        self.log.check_ready()
    }

    fn register<'a>(
        &'a self,
        worker: &'a Worker,
        lease: Duration,
    ) -> BoxFuture<'a, Result<(), LogError>> {
        self.observe(LogWrite::Register(worker), self.log.register(worker, lease)).boxed()
    }

    fn renew<'a>(
        &'a self,
        worker: &'a Worker,
        lease: Duration,
    ) -> BoxFuture<'a, Result<Renewal, LogError>> {
        self.observe(LogWrite::Renew(worker), self.log.renew(worker, lease)).boxed()
    }

    fn deregister<'a>(&'a self, worker: &'a Worker) -> BoxFuture<'a, Result<(), LogError>> {
        self.observe(LogWrite::Deregister(worker), self.log.deregister(worker)).boxed()
    }

    fn claim<'a>(
        &'a self,
        id: DebateId,
        worker: &'a Worker,
    ) -> BoxFuture<'a, Result<Option<Claim>, LogError>> {
        self.observe(LogWrite::Claim(id), self.log.claim(id, worker)).boxed()
    }

    fn take_over<'a>(
        &'a self,
        worker: &'a Worker,
        except: &'a [DebateId],
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Claim>, LogError>> {
        let claims = self.log.take_over(worker, except, limit);
        self.observe(LogWrite::TakeOver(worker), claims).boxed()
    }

    fn revision(&self) -> Option<i64> {
        self.log.revision()
    }

    fn has_debates_left<'a>(
        &'a self,
        except: &'a [DebateId],
    ) -> BoxFuture<'a, Result<bool, LogError>> {
        self.log.has_debates_left(except)
    }

    fn release<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<(), LogError>> {
        self.observe(LogWrite::Release(claim), self.log.release(claim)).boxed()
    }

    fn import<'a>(
        &'a self,
        copied: &'a Batch,
        worker: &'a Worker,
    ) -> BoxFuture<'a, Result<Option<u64>, LogError>> {
        self.observe(LogWrite::Import(copied), self.log.import(copied, worker)).boxed()
    }

    fn purge(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>> {
        self.observe(LogWrite::Purge(id), self.log.purge(id)).boxed()
    }

    fn purge_unless_held(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>> {
        self.observe(LogWrite::Purge(id), self.log.purge_unless_held(id)).boxed()
    }

    fn keep_partials<'a>(
        &'a self,
        id: DebateId,
        texts: &'a PartialTexts,
    ) -> BoxFuture<'a, Result<(), LogError>> {
        self.log.keep_partials(id, texts)
    }

    fn partials(&self, id: DebateId) -> BoxFuture<'_, Result<PartialTexts, LogError>> {
        self.log.partials(id)
    }
}

#[cfg(test)]
mod tests;
