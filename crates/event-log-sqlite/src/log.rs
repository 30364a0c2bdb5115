use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use synod_domain::DebateId;
use synod_event_log::{
    Batch, Claim, Created, Epoch, EventLog, IdempotencyKey, ListQuery, LogError, Renewal, Stored,
    Subscription, Summary, Worker,
};

/// The log of debates in a [`SqliteStore`](crate::SqliteStore). Clones share it.
#[derive(Clone, Debug)]
pub struct SqliteLog {}

fn none<T: Send>() -> BoxFuture<'static, Result<T, LogError>> {
    let source = Arc::new(std::io::Error::from(std::io::ErrorKind::Unsupported));
    async move { Err(LogError::Unavailable { source }) }.boxed()
}

impl EventLog for SqliteLog {
    fn create<'a>(
        &'a self,
        _: &'a Batch,
        _: Option<&'a IdempotencyKey>,
    ) -> BoxFuture<'a, Result<Created, LogError>> {
        none()
    }
    fn created_by<'a>(
        &'a self,
        _: &'a IdempotencyKey,
    ) -> BoxFuture<'a, Result<Option<DebateId>, LogError>> {
        none()
    }
    fn append<'a>(
        &'a self,
        _: &'a Batch,
        _: Option<Epoch>,
    ) -> BoxFuture<'a, Result<u64, LogError>> {
        none()
    }
    fn read(&self, _: DebateId, _: u64, _: usize) -> BoxFuture<'_, Result<Vec<Stored>, LogError>> {
        none()
    }
    fn subscribe(&self, _: DebateId, _: u64) -> Subscription {
        futures_util::stream::empty().boxed()
    }
    fn list<'a>(
        &'a self,
        _: &'a ListQuery,
        _: usize,
    ) -> BoxFuture<'a, Result<Vec<Summary>, LogError>> {
        none()
    }
    fn register<'a>(&'a self, _: &'a Worker, _: Duration) -> BoxFuture<'a, Result<(), LogError>> {
        none()
    }
    fn renew<'a>(&'a self, _: &'a Worker, _: Duration) -> BoxFuture<'a, Result<Renewal, LogError>> {
        none()
    }
    fn deregister<'a>(&'a self, _: &'a Worker) -> BoxFuture<'a, Result<(), LogError>> {
        none()
    }
    fn claim<'a>(
        &'a self,
        _: DebateId,
        _: &'a Worker,
    ) -> BoxFuture<'a, Result<Option<Claim>, LogError>> {
        none()
    }
    fn take_over<'a>(
        &'a self,
        _: &'a Worker,
        _: &'a [DebateId],
        _: usize,
    ) -> BoxFuture<'a, Result<Vec<Claim>, LogError>> {
        none()
    }
    fn release<'a>(&'a self, _: &'a Claim) -> BoxFuture<'a, Result<(), LogError>> {
        none()
    }
    fn purge(&self, _: DebateId) -> BoxFuture<'_, Result<(), LogError>> {
        none()
    }
}
