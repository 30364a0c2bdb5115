use std::collections::BTreeMap;

use futures_util::{FutureExt, future::BoxFuture};
use parking_lot::Mutex;
use uuid::Uuid;

use crate::{LogError, ProcessId};

/// A store of small documents beside the logs of debates: registered agents, tasks, answers to
/// idempotent requests, statistics.
///
/// A document has a kind, such as `agent`, and a key that is unique in its kind. Writes are as durable
/// as those of the [log](crate::EventLog).
///
/// # Errors
/// Every method may return [`LogError::Unavailable`] if the store does not work, and [`LogError::Damaged`] if what it
/// reads is not what was written. Every method that writes may return [`LogError::Full`], and
/// [`LogError::Unknown`] if the store did not confirm the write.
pub trait RecordStore: Send + Sync {
    /// Writes documents of a kind, all or none, each in place of an earlier one with its key.
    ///
    /// # Errors
    /// Those of [every write](RecordStore#errors).
    fn put(&self, kind: &'static str, documents: Documents) -> BoxFuture<'_, Result<(), LogError>>;

    /// Replaces a document if its content is still `current`, and removes it if `new` is `None`. Returns
    /// whether it did. A `current` of `None` means that there is no document. The comparison is atomic with
    /// the write.
    ///
    /// # Errors
    /// Those of [every write](RecordStore#errors).
    fn swap(
        &self,
        kind: &'static str,
        key: String,
        current: Option<String>,
        new: Option<String>,
    ) -> BoxFuture<'_, Result<bool, LogError>>;

    /// Removes a document, if there is one.
    ///
    /// # Errors
    /// Those of [every write](RecordStore#errors).
    fn remove(&self, kind: &'static str, key: String) -> BoxFuture<'_, Result<(), LogError>>;

    /// Reads a document.
    ///
    /// # Errors
    /// Those of [every method](RecordStore#errors).
    fn get(
        &self,
        kind: &'static str,
        key: String,
    ) -> BoxFuture<'_, Result<Option<String>, LogError>>;

    /// Reads all documents of a kind, by key.
    ///
    /// # Errors
    /// Those of [every method](RecordStore#errors).
    fn all(&self, kind: &'static str) -> BoxFuture<'_, Result<Documents, LogError>>;

    /// Reads the documents of a kind whose keys begin with a text, by key.
    ///
    /// # Errors
    /// Those of [every method](RecordStore#errors).
    fn with_prefix(
        &self,
        kind: &'static str,
        prefix: String,
    ) -> BoxFuture<'_, Result<Documents, LogError>> {
        async move {
            let mut documents = self.all(kind).await?;
            documents.retain(|key, _| key.starts_with(&prefix));
            Ok(documents)
        }
        .boxed()
    }

    /// Reads at most `limit` documents of a kind, those whose keys come next after a key, by key. It is how many
    /// large documents are read without having all of them in memory.
    ///
    /// # Errors
    /// Those of [every method](RecordStore#errors).
    fn page(
        &self,
        kind: &'static str,
        after: Option<String>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Documents, LogError>> {
        async move {
            let mut documents = self.all(kind).await?;
            documents.retain(|key, _| after.as_ref().is_none_or(|after| key > after));
            Ok(documents.into_iter().take(limit as usize).collect())
        }
        .boxed()
    }

    /// The process that uses the store through this value.
    fn process(&self) -> ProcessId;

    /// Whether a process, which may be another one, still has the store open. A process that is only stopped
    /// has.
    ///
    /// # Errors
    /// Those of [every method](RecordStore#errors).
    fn is_open_in(&self, process: ProcessId) -> BoxFuture<'_, Result<bool, LogError>>;
}

/// Documents of one kind, as JSON, by key.
pub type Documents = BTreeMap<String, String>;

/// Documents in memory, lost when their process ends.
#[derive(Debug, Default)]
pub struct MemoryRecords(Mutex<BTreeMap<(&'static str, String), String>>);

impl RecordStore for MemoryRecords {
    fn put(&self, kind: &'static str, documents: Documents) -> BoxFuture<'_, Result<(), LogError>> {
        async move {
            let documents = documents.into_iter().map(|(key, json)| ((kind, key), json));
            self.0.lock().extend(documents);
            Ok(())
        }
        .boxed()
    }

    fn swap(
        &self,
        kind: &'static str,
        key: String,
        current: Option<String>,
        new: Option<String>,
    ) -> BoxFuture<'_, Result<bool, LogError>> {
        async move {
            let (mut records, place) = (self.0.lock(), (kind, key));
            let is_current = records.get(&place) == current.as_ref();
            match new {
                Some(new) if is_current => {
                    records.insert(place, new);
                }
                None if is_current => {
                    records.remove(&place);
                }
                Some(_) | None => {}
            }
            Ok(is_current)
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

    fn all(&self, kind: &'static str) -> BoxFuture<'_, Result<Documents, LogError>> {
        async move {
            let records = self.0.lock();
            let from = records.range((kind, String::new())..);
            let of_kind = from.take_while(|((found, _), _)| *found == kind);
            Ok(of_kind.map(|((_, key), json)| (key.clone(), json.clone())).collect())
        }
        .boxed()
    }

    /// One process has the store, and no other ever.
    fn process(&self) -> ProcessId {
        ProcessId::from_uuid(Uuid::nil())
    }

    fn is_open_in(&self, process: ProcessId) -> BoxFuture<'_, Result<bool, LogError>> {
        async move { Ok(process == self.process()) }.boxed()
    }
}
