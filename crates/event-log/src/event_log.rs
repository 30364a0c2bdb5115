use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture, stream::BoxStream};
use synod_domain::{CallNo, DebateId};

use crate::{
    Batch, Claim, Created, DebateList, Epoch, IdempotencyKey, ListQuery, LogError, Renewal, Stored,
    Worker,
};

/// A store of debates, each of which is an append-only log of events.
///
/// Appended events are as durable as the store promises, visible to every later read, and never
/// changed. An append names the sequence number that its writer expects to be the last: of two
/// writers with the same expectation, one succeeds and the other gets [`LogError::Conflict`].
///
/// Clients append without an epoch. The worker that drives a debate appends with the epoch of its claim.
/// Granting a claim raises the epoch, and appends with an earlier epoch are refused from then on. A lease
/// belongs to a worker, and lasts for all its claims.
///
/// # Errors
/// Every method may return [`LogError::Unavailable`] if the store does not work, and [`LogError::Damaged`] if what it
/// reads is not what was written. Every method that writes may return [`LogError::Full`], and
/// [`LogError::Unknown`] if the store did not confirm the write. The methods list their other errors.
pub trait EventLog: Send + Sync {
    /// Creates a debate with its first events.
    ///
    /// If the same request was made with the key before, nothing is written, and the debate that it
    /// created is returned.
    ///
    /// # Errors
    /// [`LogError::KeyReused`] if the key was used with a different request, [`LogError::Conflict`]
    /// if the debate exists, [`LogError::Purged`] if it was deleted, [`LogError::LowSpace`] if too little
    /// space is left for a debate to begin, and those of [every write](EventLog#errors).
    fn create<'a>(
        &'a self,
        first: &'a Batch,
        key: Option<&'a IdempotencyKey>,
    ) -> BoxFuture<'a, Result<Created, LogError>>;

    /// Returns the debate that a request with this key created, if there is one.
    ///
    /// # Errors
    /// [`LogError::KeyReused`] if the key was used with a different request, and those of
    /// [every method](EventLog#errors).
    fn created_by<'a>(
        &'a self,
        key: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<Option<DebateId>, LogError>>;

    /// Appends all events of the batch or none, and returns the last sequence number.
    ///
    /// The batch is accepted if and only if it follows the last event of the log and `epoch`, if
    /// given, is the current one. Both checks are atomic with the write.
    ///
    /// # Errors
    /// [`LogError::UnknownDebate`], [`LogError::Purged`], [`LogError::Fenced`], which takes precedence over
    /// [`LogError::Conflict`], [`LogError::LowSpace`] if too little space is left for the calls that an event
    /// begins, and those of [every write](EventLog#errors). After [`LogError::Unknown`] the events may have
    /// been written; use [`append_once`](crate::append_once) to find out.
    fn append<'a>(
        &'a self,
        batch: &'a Batch,
        epoch: Option<Epoch>,
    ) -> BoxFuture<'a, Result<u64, LogError>>;

    /// Reads at most `limit` events from sequence number `from` on, without gaps.
    ///
    /// # Errors
    /// [`LogError::UnknownDebate`], [`LogError::Purged`], and those of [every method](EventLog#errors).
    fn read(
        &self,
        id: DebateId,
        from: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Stored>, LogError>>;

    /// Streams every event from sequence number `from` on, once and in order, including future
    /// events. An append never waits for a subscriber. The stream ends only after its first error.
    fn subscribe(&self, id: DebateId, from: u64) -> Subscription;

    /// Lists debates, newest first, at most `limit`; fewer if the log has no more. A damaged debate does not
    /// keep the others from being listed.
    ///
    /// # Errors
    /// Those of [every method](EventLog#errors).
    fn list<'a>(
        &'a self,
        query: &'a ListQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<DebateList, LogError>>;

    /// A number that differs after every write to the store by any process. While it is the same, what was read
    /// before is still true. Reading it takes microseconds and no task. `None` if the log cannot tell.
    fn revision(&self) -> Option<i64> {
        None
    }

    /// Checks whether the log can be read, and whether debates can begin.
    ///
    /// # Errors
    /// [`LogError::LowSpace`], and those of [every method](EventLog#errors).
    fn check_ready(&self) -> BoxFuture<'_, Result<(), LogError>> {
        async move { self.list(&ListQuery::default(), 1).await.map(drop) }.boxed()
    }

    /// Begins the lease of a worker. The lease of an earlier incarnation with its name ends.
    ///
    /// # Errors
    /// Those of [every write](EventLog#errors).
    fn register<'a>(
        &'a self,
        worker: &'a Worker,
        lease: Duration,
    ) -> BoxFuture<'a, Result<(), LogError>>;

    /// Restarts the lease of a worker, and so of all its claims. Registers one that is not registered.
    ///
    /// # Errors
    /// [`LogError::LeaseLost`] if a later incarnation is registered under its name, and those of
    /// [every write](EventLog#errors).
    fn renew<'a>(
        &'a self,
        worker: &'a Worker,
        lease: Duration,
    ) -> BoxFuture<'a, Result<Renewal, LogError>>;

    /// Ends the lease of a worker, so that others need not wait for it to expire. This has no effect if
    /// it has ended.
    ///
    /// # Errors
    /// Those of [every write](EventLog#errors).
    fn deregister<'a>(&'a self, worker: &'a Worker) -> BoxFuture<'a, Result<(), LogError>>;

    /// Claims an unfinished debate, unless another worker with an unexpired lease holds it. Granting a
    /// claim raises the epoch, even if the worker already held the debate.
    ///
    /// # Errors
    /// [`LogError::LeaseLost`], [`LogError::UnknownDebate`], [`LogError::Purged`], and those of
    /// [every write](EventLog#errors).
    fn claim<'a>(
        &'a self,
        id: DebateId,
        worker: &'a Worker,
    ) -> BoxFuture<'a, Result<Option<Claim>, LogError>>;

    /// Claims, in one step, at most `limit` of the started and unfinished debates that no worker with an
    /// unexpired lease holds, oldest first. Left out are those of `except`, and those whose last worker
    /// has [`Takeover::OnRequest`](crate::Takeover::OnRequest).
    ///
    /// # Errors
    /// [`LogError::LeaseLost`], and those of [every write](EventLog#errors).
    fn take_over<'a>(
        &'a self,
        worker: &'a Worker,
        except: &'a [DebateId],
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Claim>, LogError>>;

    /// Whether [`take_over`](Self::take_over) would find a debate now. This writes nothing and needs no lease,
    /// so that a worker which holds nothing need not keep one only to look. A log that cannot tell says true.
    ///
    /// # Errors
    /// Those of [every method](EventLog#errors).
    fn has_debates_left<'a>(
        &'a self,
        except: &'a [DebateId],
    ) -> BoxFuture<'a, Result<bool, LogError>> {
        let _ = except;
        async { Ok(true) }.boxed()
    }

    /// Gives a debate back, so that others may claim it while the lease lasts. Releasing a claim that was
    /// lost has no effect.
    ///
    /// # Errors
    /// [`LogError::UnknownDebate`], [`LogError::Purged`], and those of [every write](EventLog#errors).
    fn release<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<(), LogError>>;

    /// Adds copied events to an unfinished debate in one step, and creates the debate if they are its first.
    /// `None`, without a change, if a worker with an unexpired lease holds it. Otherwise `worker` is its last
    /// worker, which does not hold it and needs no lease, and its epoch is raised.
    ///
    /// # Errors
    /// [`LogError::Conflict`] if the batch does not follow the last event, [`LogError::Purged`],
    /// [`LogError::LowSpace`] if too little space is left for a new debate, and those of
    /// [every write](EventLog#errors).
    fn import<'a>(
        &'a self,
        copied: &'a Batch,
        worker: &'a Worker,
    ) -> BoxFuture<'a, Result<Option<u64>, LogError>>;

    /// Deletes a debate permanently, even if a worker drives it. Its id, its sequence numbers and its
    /// idempotency key are never used again.
    ///
    /// # Errors
    /// [`LogError::UnknownDebate`], and those of [every write](EventLog#errors).
    fn purge(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>>;

    /// Deletes a debate as [`purge`](Self::purge) does, unless it is unfinished and a worker with an unexpired
    /// lease holds it. The check is atomic with the deletion.
    ///
    /// # Errors
    /// [`LogError::Held`], [`LogError::UnknownDebate`], and those of [every write](EventLog#errors).
    fn purge_unless_held(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>>;

    /// Keeps the text so far of a debate's open calls, in place of what was kept before, for a process
    /// other than their own that ends these calls. Without text, nothing is kept.
    ///
    /// This is no part of the log: it survives the end of the process, but perhaps no power failure, and
    /// costs no sync.
    ///
    /// # Errors
    /// [`LogError::Unavailable`], also if no space is left.
    fn keep_partials<'a>(
        &'a self,
        id: DebateId,
        texts: &'a PartialTexts,
    ) -> BoxFuture<'a, Result<(), LogError>>;

    /// Reads the text that was kept last; nothing if it is damaged.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    fn partials(&self, id: DebateId) -> BoxFuture<'_, Result<PartialTexts, LogError>>;
}

/// The text of calls so far.
pub type PartialTexts = BTreeMap<CallNo, Arc<str>>;

/// A stream of the events of one debate.
pub type Subscription = BoxStream<'static, Result<Stored, LogError>>;
