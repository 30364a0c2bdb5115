use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use synod_event_log::{Documents, LogError, RecordStore};

/// The documents in a [`SqliteStore`](crate::SqliteStore). Clones share them.
#[derive(Clone, Debug)]
pub struct SqliteRecords {}

fn none<T: Send>() -> BoxFuture<'static, Result<T, LogError>> {
    let source = Arc::new(std::io::Error::from(std::io::ErrorKind::Unsupported));
    async move { Err(LogError::Unavailable { source }) }.boxed()
}

impl RecordStore for SqliteRecords {
    fn put(&self, _: &'static str, _: Documents) -> BoxFuture<'_, Result<(), LogError>> {
        none()
    }
    fn remove(&self, _: &'static str, _: String) -> BoxFuture<'_, Result<(), LogError>> {
        none()
    }
    fn get(&self, _: &'static str, _: String) -> BoxFuture<'_, Result<Option<String>, LogError>> {
        none()
    }
    fn all(&self, _: &'static str) -> BoxFuture<'_, Result<Documents, LogError>> {
        none()
    }
}
