use std::{
    collections::VecDeque,
    future::ready,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use synod_domain::DebateId;

use crate::{
    Batch, Cause, Claim, Created, Epoch, EventLog, IdempotencyKey, LogError, Owner, Stored,
    Subscription, Summary, Which,
};

/// A log that fails on order: each append and each creation takes the next fault, if one is left.
pub struct FaultyLog {
    inner: Arc<dyn EventLog>,
    faults: Mutex<VecDeque<Fault>>,
    keeps_leases: AtomicBool,
    purged_at_claim: Mutex<Option<DebateId>>,
}

/// What goes wrong with one append or creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The request is lost: nothing is written, and the writer does not learn of it.
    RequestLost,
    /// The answer is lost: it is written, and the writer does not learn of it.
    AnswerLost,
    /// There is no room left.
    Full,
    /// The store is down.
    Down,
}

impl FaultyLog {
    /// A log without faults.
    pub fn new(inner: Arc<dyn EventLog>) -> Self {
        Self {
            inner,
            faults: Mutex::default(),
            keeps_leases: true.into(),
            purged_at_claim: Mutex::default(),
        }
    }

    /// Puts faults behind those that are left.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).extend(faults);
    }

    /// Lets every renewal of a lease fail from now on.
    pub fn fail_renewals(&self) {
        self.keeps_leases.store(false, Ordering::SeqCst);
    }

    /// Lets a debate be purged by somebody else just before it is claimed.
    pub fn purge_at_claim(&self, id: DebateId) {
        *self.purged_at_claim.lock().unwrap_or_else(PoisonError::into_inner) = Some(id);
    }

    async fn with_fault<T>(
        &self,
        work: impl Future<Output = Result<T, LogError>>,
    ) -> Result<T, LogError> {
        let fault = self.faults.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let source = timed_out();
        match fault.unwrap_or(Fault::None) {
            Fault::None => work.await,
            Fault::RequestLost => Err(LogError::Unknown { source }),
            Fault::AnswerLost => {
                work.await?;
                Err(LogError::Unknown { source })
            }
            Fault::Full => Err(LogError::Full),
            Fault::Down => Err(LogError::Unavailable { source }),
        }
    }
}

fn timed_out() -> Cause {
    Arc::new(io::Error::from(io::ErrorKind::TimedOut))
}

impl EventLog for FaultyLog {
    fn create<'a>(
        &'a self,
        first: &'a Batch,
        key: Option<&'a IdempotencyKey>,
    ) -> BoxFuture<'a, Result<Created, LogError>> {
        self.with_fault(self.inner.create(first, key)).boxed()
    }

    fn created_by<'a>(
        &'a self,
        key: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<Option<DebateId>, LogError>> {
        self.inner.created_by(key)
    }

    fn append<'a>(
        &'a self,
        batch: &'a Batch,
        epoch: Option<Epoch>,
    ) -> BoxFuture<'a, Result<u64, LogError>> {
        self.with_fault(self.inner.append(batch, epoch)).boxed()
    }

    fn read(
        &self,
        id: DebateId,
        from: u64,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Stored>, LogError>> {
        self.inner.read(id, from, limit)
    }

    fn subscribe(&self, id: DebateId, from: u64) -> Subscription {
        self.inner.subscribe(id, from)
    }

    fn list(
        &self,
        which: Which,
        before: Option<DebateId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Summary>, LogError>> {
        self.inner.list(which, before, limit)
    }

    fn claim<'a>(
        &'a self,
        id: DebateId,
        owner: &'a Owner,
        lease: Duration,
    ) -> BoxFuture<'a, Result<Option<Claim>, LogError>> {
        let purged = *self.purged_at_claim.lock().unwrap_or_else(PoisonError::into_inner);
        Box::pin(async move {
            if purged == Some(id) {
                self.inner.purge(id).await?;
            }
            self.inner.claim(id, owner, lease).await
        })
    }

    fn renew<'a>(
        &'a self,
        claim: &'a Claim,
        lease: Duration,
    ) -> BoxFuture<'a, Result<(), LogError>> {
        if self.keeps_leases.load(Ordering::SeqCst) {
            return self.inner.renew(claim, lease);
        }
        ready(Err(LogError::Unavailable { source: timed_out() })).boxed()
    }

    fn release<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<(), LogError>> {
        self.inner.release(claim)
    }

    fn purge(&self, id: DebateId) -> BoxFuture<'_, Result<(), LogError>> {
        self.inner.purge(id)
    }
}
