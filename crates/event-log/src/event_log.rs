use std::time::Duration;

use futures_util::{future::BoxFuture, stream::BoxStream};
use synod_domain::DebateId;

use crate::{
    Batch, Claim, Created, Epoch, IdempotencyKey, LogError, Owner, Stored, Summary, Which,
};

/// Where debates are kept: one append-only log each.
///
/// What is appended is durable as far as the store promises, is visible to every later read, and
/// never changes. Whoever appends names the sequence number it has seen last, so of two writers
/// that have seen the same, one wins and the other learns of it. Clients append without an epoch;
/// the one owner of a debate appends with the epoch of its claim, and a claim raises the epoch: once
/// it is granted, nothing that carries an earlier epoch is ever appended again.
pub trait EventLog: Send + Sync {
    /// Begins the log of a debate with its first events.
    ///
    /// With a key that was used before, nothing is written: the same request finds the debate that
    /// the first one made.
    ///
    /// # Errors
    /// [`LogError::KeyReused`] if the key came with another request, [`LogError::Conflict`] if the
    /// debate exists, [`LogError::Unknown`] if nobody can say.
    fn create<'a>(
        &'a self,
        first: &'a Batch,
        key: Option<&'a IdempotencyKey>,
    ) -> BoxFuture<'a, Result<Created, LogError>>;

    /// The debate that a request with this key created, if one did.
    ///
    /// # Errors
    /// [`LogError::KeyReused`] if the key came with another request, [`LogError::Unavailable`].
    fn created_by<'a>(
        &'a self,
        key: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<Option<DebateId>, LogError>>;

    /// Appends all events of the batch or none, and returns the last sequence number.
    ///
    /// Accepted if and only if the batch follows the last event of the log and `epoch`, if given, is
    /// the current one; both are tested in one step with the write.
    ///
    /// # Errors
    /// [`LogError::Fenced`] before [`LogError::Conflict`]; [`LogError::Unknown`] leaves it open
    /// whether the events are there, which [`append_once`](crate::append_once) finds out.
    fn append<'a>(
        &'a self,
        batch: &'a Batch,
        epoch: Option<Epoch>,
    ) -> BoxFuture<'a, Result<u64, LogError>>;

    /// The events from sequence number `from` on, at most `limit`, without gap.
    ///
    /// # Errors
    /// [`LogError::UnknownDebate`], [`LogError::Purged`], [`LogError::Unavailable`].
    fn read(
        &self,
        id: DebateId,
        from: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Stored>, LogError>>;

    /// Every event from sequence number `from` on, once and in order, those to come included. An
    /// append never waits for a subscriber. The stream ends after its first error only.
    fn subscribe(&self, id: DebateId, from: u64) -> Subscription;

    /// Debates, newest first: at most `limit` of those older than `before`.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    fn list(
        &self,
        which: Which,
        before: Option<DebateId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Summary>, LogError>>;

    /// Takes a debate that is not finished, unless someone else holds a lease on it that has not
    /// run out. Raises the epoch, even of a debate that the owner holds already.
    ///
    /// # Errors
    /// [`LogError::UnknownDebate`], [`LogError::Purged`], [`LogError::Unavailable`].
    fn claim<'a>(
        &'a self,
        id: DebateId,
        owner: &'a Owner,
        lease: Duration,
    ) -> BoxFuture<'a, Result<Option<Claim>, LogError>>;

    /// Begins the lease of a claim anew.
    ///
    /// # Errors
    /// [`LogError::Fenced`] if someone else has claimed the debate since.
    fn renew<'a>(
        &'a self,
        claim: &'a Claim,
        lease: Duration,
    ) -> BoxFuture<'a, Result<(), LogError>>;

    /// Ends the lease of a claim, so that others need not wait for its end. A claim that was lost
    /// is released already.
    ///
    /// # Errors
    /// [`LogError::Purged`], [`LogError::Unavailable`].
    fn release<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<(), LogError>>;

    /// Deletes a debate for good. What remains is that it was there: its id, its sequence numbers
    /// and its idempotency key are not used again.
    ///
    /// # Errors
    /// [`LogError::UnknownDebate`], [`LogError::Unavailable`].
    fn purge(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>>;
}

/// The events of one debate as they come.
pub type Subscription = BoxStream<'static, Result<Stored, LogError>>;
