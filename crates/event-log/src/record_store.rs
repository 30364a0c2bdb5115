use std::collections::BTreeMap;

use futures_util::{FutureExt, future::BoxFuture};
use parking_lot::Mutex;

use crate::LogError;

/// A store of small documents beside the logs of debates: registered agents, tasks, answers to
/// idempotent requests, statistics.
///
/// A document has a kind and a key that is unique in its kind. Writes are as durable as those of the
/// [log](crate::EventLog).
pub trait RecordStore: Send + Sync {
    /// Writes documents, all or none, each in place of an earlier one with its kind and key.
    ///
    /// # Errors
    /// [`LogError::Full`], [`LogError::Unavailable`].
    fn put(&self, records: Vec<Record>) -> BoxFuture<'_, Result<(), LogError>>;

    /// Removes a document, if there is one.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    fn remove(&self, kind: &'static str, key: String) -> BoxFuture<'_, Result<(), LogError>>;

    /// Reads a document.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    fn get(
        &self,
        kind: &'static str,
        key: String,
    ) -> BoxFuture<'_, Result<Option<String>, LogError>>;

    /// Reads all documents of a kind, by key.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    fn all(&self, kind: &'static str) -> BoxFuture<'_, Result<BTreeMap<String, String>, LogError>>;
}

/// A document of a [`RecordStore`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it is, such as `agent`.
    pub kind: &'static str,
    /// Its key, such as the id of the agent.
    pub key: String,
    /// Its content, as JSON.
    pub json: String,
}

/// Documents in memory, lost when their process ends.
#[derive(Debug, Default)]
pub struct MemoryRecords(Mutex<BTreeMap<(&'static str, String), String>>);

impl RecordStore for MemoryRecords {
    fn put(&self, records: Vec<Record>) -> BoxFuture<'_, Result<(), LogError>> {
        async move {
            let documents =
                records.into_iter().map(|Record { kind, key, json }| ((kind, key), json));
            self.0.lock().extend(documents);
            Ok(())
        }
        .boxed()
    }

    fn remove(&self, kind: &'static str, key: String) -> BoxFuture<'_, Result<(), LogError>> {
        async move {
            self.0.lock().remove(&(kind, key));
            Ok(())
        }
        .boxed()
    }

    fn get(
        &self,
        kind: &'static str,
        key: String,
    ) -> BoxFuture<'_, Result<Option<String>, LogError>> {
        async move { Ok(self.0.lock().get(&(kind, key)).cloned()) }.boxed()
    }

    fn all(&self, kind: &'static str) -> BoxFuture<'_, Result<BTreeMap<String, String>, LogError>> {
        async move {
            let records = self.0.lock();
            let from = records.range((kind, String::new())..);
            let of_kind = from.take_while(|((found, _), _)| *found == kind);
            Ok(of_kind.map(|((_, key), json)| (key.clone(), json.clone())).collect())
        }
        .boxed()
    }
}
