use std::sync::Arc;

use serde::{Deserialize, Serialize};
use synod_domain::Timestamp;
use synod_event_log::{LogError, ProcessId, TypedRecord, TypedRecords};
use tokio::{runtime::Handle, task::JoinHandle};
use uuid::Uuid;

use super::KEPT;

/// The claims of idempotency keys. A request is carried out while its process holds the claim of its key, so
/// that the processes of a store carry it out one at a time.
///
/// What is written to the store is written by tasks: a client that disconnects leaves no claim behind.
pub(super) struct KeyClaims {
    claimant: Claimant,
    runtime: Handle,
}

/// A value that claims keys.
#[derive(Clone)]
struct Claimant {
    records: TypedRecords,
    /// Tells its claims from those of other values in the same process.
    id: Uuid,
}

/// The claim of a key, given back on drop.
pub(crate) struct KeyClaim {
    records: TypedRecords,
    key: String,
    /// `None` once it is given back.
    id: Option<Uuid>,
    runtime: Handle,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct ClaimRecord {
    id: Uuid,
    process: ProcessId,
    claimant: Uuid,
    at: Timestamp,
}

impl TypedRecord for ClaimRecord {
    const KIND: &'static str = "answer_claim";
}

impl KeyClaims {
    /// # Panics
    /// Outside a tokio runtime.
    pub(super) fn new(records: TypedRecords) -> Self {
        Self { claimant: Claimant { records, id: Uuid::now_v7() }, runtime: Handle::current() }
    }

    /// Claims a key. `None` while another process that runs holds its claim. The caller has made sure that
    /// no other request of this process does.
    pub(super) async fn claim(
        &self,
        key: &str,
        at: Timestamp,
    ) -> Result<Option<KeyClaim>, LogError> {
        let (claimant, runtime, key) =
            (self.claimant.clone(), self.runtime.clone(), key.to_owned());
        let claim = self.runtime.spawn(async move {
            let id = claimant.claim(&key, at).await?;
            Ok(id.map(|id| KeyClaim { records: claimant.records, key, id: Some(id), runtime }))
        });
        claim.await.unwrap_or_else(|error| Err(LogError::Unavailable { source: Arc::new(error) }))
    }

    /// Removes the claims that neither their requests nor later ones have removed.
    pub(super) async fn remove_old(records: &TypedRecords, now: Timestamp) -> Result<(), LogError> {
        records.sweep(|claim: &ClaimRecord| claim.is_old(now)).await
    }
}

impl Claimant {
    /// Returns the id of the claim.
    async fn claim(&self, key: &str, at: Timestamp) -> Result<Option<Uuid>, LogError> {
        let id = Uuid::now_v7();
        let (process, claimant) = (self.records.process(), self.id);
        let take = |current: Option<ClaimRecord>| async move {
            let is_held = match &current {
                Some(claim) => self.is_held(claim, at).await?,
                None => false,
            };
            Ok((!is_held).then_some(ClaimRecord { id, process, claimant, at }))
        };
        let is_ours = self.records.update_if(key, take).await?;
        Ok(is_ours.then_some(id))
    }

    async fn is_held(&self, claim: &ClaimRecord, now: Timestamp) -> Result<bool, LogError> {
        // A claim of ours belongs to a request that has ended, and could not be given back.
        if claim.claimant == self.id || claim.is_old(now) {
            return Ok(false);
        }
        self.records.is_open_in(claim.process).await
    }
}

impl ClaimRecord {
    fn is_old(&self, now: Timestamp) -> bool {
        self.at.after(KEPT) < now
    }
}

impl KeyClaim {
    /// Gives the key back, and returns when others can claim it.
    pub(crate) async fn release(mut self) {
        if let Some(released) = self.begin_release() {
            // A panic was logged.
            let _ = released.await;
        }
    }

    fn begin_release(&mut self) -> Option<JoinHandle<()>> {
        let id = self.id.take()?;
        let (records, key) = (self.records.clone(), std::mem::take(&mut self.key));
        Some(self.runtime.spawn(async move { release(&records, &key, id).await }))
    }
}

impl Drop for KeyClaim {
    fn drop(&mut self) {
        // The task ends by itself.
        drop(self.begin_release());
    }
}

/// A later process may have claimed the key if this one was taken for dead, so that only this claim is removed.
async fn release(records: &TypedRecords, key: &str, id: Uuid) {
    let released = records.remove_if(key, |claim: &ClaimRecord| claim.id == id).await;
    if let Err(error) = released {
        tracing::warn!(%error, "an idempotency key stays claimed by this process until it ends");
    }
}
