use std::sync::Arc;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::{Documents, LogError, ProcessId, RecordStore};

/// The version of the documents that this program writes and reads. A change that older programs can
/// ignore, such as a new optional field, keeps it.
const VERSION: u32 = 1;

/// The number of documents that a sweep has in memory.
const SWEPT_AT_ONCE: u32 = 64;

/// A value that is kept as a document of a [`RecordStore`].
pub trait TypedRecord: Serialize + DeserializeOwned {
    /// The kind of its documents.
    const KIND: &'static str;
    /// Whether earlier versions wrote its documents without the version, so that those are read, too.
    const WAS_UNVERSIONED: bool = false;
}

/// The documents of a store as values.
///
/// A document that cannot be read, for example because a newer program wrote it, counts as missing: a
/// warning names its kind and its key, and it stays in the store.
#[derive(Clone)]
pub struct TypedRecords(Arc<dyn RecordStore>);

/// The form of a document.
#[derive(Serialize, Deserialize)]
struct Versioned<D> {
    v: u32,
    body: D,
}

impl TypedRecords {
    /// Reads and writes the documents of this store.
    #[must_use]
    pub fn new(store: Arc<dyn RecordStore>) -> Self {
        Self(store)
    }

    /// Writes documents, all or none, each in place of an earlier one with its key.
    ///
    /// # Errors
    /// As [`RecordStore::put`].
    pub async fn put<D: TypedRecord>(
        &self,
        documents: impl IntoIterator<Item = (String, D)>,
    ) -> Result<(), LogError> {
        let documents = documents.into_iter().map(|(key, body)| Ok((key, written(&body)?)));
        let documents = documents.collect::<Result<Documents, LogError>>()?;
        if documents.is_empty() { Ok(()) } else { self.0.put(D::KIND, documents).await }
    }

    /// Replaces a document by what `change` makes of it, and returns that; `None`, without a change, if the
    /// document cannot be read. If another process writes the document at the same time, `change` gets what it
    /// wrote.
    ///
    /// # Errors
    /// As [`RecordStore::swap`].
    pub async fn update<D: TypedRecord>(
        &self,
        key: impl Into<String>,
        change: impl Fn(Option<D>) -> D,
    ) -> Result<Option<D>, LogError> {
        let key = key.into();
        loop {
            let current = self.0.get(D::KIND, key.clone()).await?;
            let Ok(document) = current.as_deref().map(read).transpose() else { return Ok(None) };
            let new = change(document);
            if self.0.swap(D::KIND, key.clone(), current, Some(written(&new)?)).await? {
                return Ok(Some(new));
            }
        }
    }

    /// Replaces a document by what `change` makes of it, unless that is `None` or the document cannot be read,
    /// and returns whether it did. If another process writes the document at the same time, `change` gets what
    /// it wrote.
    ///
    /// # Errors
    /// As [`RecordStore::swap`], and those of `change`.
    pub async fn update_if<D: TypedRecord, F>(
        &self,
        key: impl Into<String>,
        change: impl Fn(Option<D>) -> F,
    ) -> Result<bool, LogError>
    where
        F: Future<Output = Result<Option<D>, LogError>>,
    {
        let key = key.into();
        loop {
            let current = self.0.get(D::KIND, key.clone()).await?;
            let Ok(document) = current.as_deref().map(read).transpose() else { return Ok(false) };
            let Some(new) = change(document).await? else { return Ok(false) };
            if self.0.swap(D::KIND, key.clone(), current, Some(written(&new)?)).await? {
                return Ok(true);
            }
        }
    }

    /// Removes a document if `is_meant` accepts its content, even if another process writes it at the same
    /// time. Returns whether it did.
    ///
    /// # Errors
    /// As [`RecordStore::swap`].
    pub async fn remove_if<D: TypedRecord>(
        &self,
        key: impl Into<String>,
        is_meant: impl Fn(&D) -> bool,
    ) -> Result<bool, LogError> {
        let key = key.into();
        loop {
            let current = self.0.get(D::KIND, key.clone()).await?;
            let document = current.as_deref().map(read).and_then(Result::ok);
            if !document.as_ref().is_some_and(&is_meant) {
                return Ok(false);
            }
            if self.0.swap(D::KIND, key.clone(), current, None).await? {
                return Ok(true);
            }
        }
    }

    /// Removes a document, if there is one.
    ///
    /// # Errors
    /// As [`RecordStore::remove`].
    pub async fn remove<D: TypedRecord>(&self, key: impl Into<String>) -> Result<(), LogError> {
        self.0.remove(D::KIND, key.into()).await
    }

    /// Reads a document.
    ///
    /// # Errors
    /// As [`RecordStore::get`].
    pub async fn get<D: TypedRecord>(&self, key: impl Into<String>) -> Result<Option<D>, LogError> {
        let key = key.into();
        let json = self.0.get(D::KIND, key.clone()).await?;
        Ok(json.and_then(|json| readable(&key, &json)))
    }

    /// Reads all documents of a kind, by key.
    ///
    /// # Errors
    /// As [`RecordStore::all`].
    pub async fn all<D: TypedRecord>(&self) -> Result<Vec<(String, D)>, LogError> {
        Ok(all_readable(self.0.all(D::KIND).await?))
    }

    /// Reads the documents of a kind whose keys begin with a text, by key.
    ///
    /// # Errors
    /// As [`RecordStore::with_prefix`].
    pub async fn with_prefix<D: TypedRecord>(
        &self,
        prefix: impl Into<String>,
    ) -> Result<Vec<(String, D)>, LogError> {
        Ok(all_readable(self.0.with_prefix(D::KIND, prefix.into()).await?))
    }

    /// Removes the documents of a kind that `is_meant` accepts. They are read a page at a time. Documents that
    /// other processes write meanwhile are not removed unless it accepts what they wrote.
    ///
    /// # Errors
    /// As [`RecordStore::page`] and [`RecordStore::swap`].
    pub async fn sweep<D: TypedRecord>(
        &self,
        is_meant: impl Fn(&D) -> bool,
    ) -> Result<(), LogError> {
        let mut after = None;
        loop {
            let page = self.0.page(D::KIND, after, SWEPT_AT_ONCE).await?;
            let Some(last) = page.keys().next_back().cloned() else { return Ok(()) };
            for (key, json) in page {
                // What cannot be read stays.
                if read(&json).is_ok_and(|document| is_meant(&document)) {
                    self.remove_if(key, &is_meant).await?;
                }
            }
            after = Some(last);
        }
    }

    /// As [`RecordStore::process`].
    #[must_use]
    pub fn process(&self) -> ProcessId {
        self.0.process()
    }

    /// As [`RecordStore::is_open_in`].
    ///
    /// # Errors
    /// As there.
    pub async fn is_open_in(&self, process: ProcessId) -> Result<bool, LogError> {
        self.0.is_open_in(process).await
    }
}

fn written<D: TypedRecord>(body: &D) -> Result<String, LogError> {
    let json = serde_json::to_string(&Versioned { v: VERSION, body });
    json.map_err(|error| LogError::Unavailable { source: Arc::new(error) })
}

/// Why a document cannot be read.
#[derive(Debug, Error)]
enum Unreadable {
    #[error("a newer version of Synod wrote it, in form {0}")]
    Newer(u32),
    #[error(transparent)]
    Malformed(#[from] serde_json::Error),
}

fn read<D: TypedRecord>(json: &str) -> Result<D, Unreadable> {
    #[derive(Deserialize)]
    struct Version {
        v: Option<u32>,
    }
    match serde_json::from_str(json) {
        Ok(Version { v: Some(v) }) if v > VERSION => return Err(Unreadable::Newer(v)),
        Ok(Version { v: None }) if D::WAS_UNVERSIONED => return Ok(serde_json::from_str(json)?),
        // The document has no version, which is part of the next error.
        Ok(_) | Err(_) => {}
    }
    Ok(serde_json::from_str::<Versioned<D>>(json)?.body)
}

fn all_readable<D: TypedRecord>(documents: Documents) -> Vec<(String, D)> {
    let read = |(key, json): (String, String)| {
        let document = readable(&key, &json)?;
        Some((key, document))
    };
    documents.into_iter().filter_map(read).collect()
}

/// Reads a document, or warns that it is skipped.
fn readable<D: TypedRecord>(key: &str, json: &str) -> Option<D> {
    let document = read(json);
    let warn = |error: &Unreadable| {
        tracing::warn!(kind = D::KIND, key, %error, "skipped a document that cannot be read");
    };
    document.inspect_err(warn).ok()
}

impl std::fmt::Debug for TypedRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TypedRecords").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
