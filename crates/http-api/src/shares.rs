//! Links under which a debate can be read without a key.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use synod_domain::{DebateId, Timestamp};
use synod_event_log::{LogError, RecordStore, TypedRecord, TypedRecords};
use tokio_util::sync::CancellationToken;

use crate::response::error::ApiError;

/// Random bytes of a token.
const TOKEN_BYTES: usize = 24;

/// The shares of all debates, by the hash of their token: a lookup reveals nothing about a token by the time
/// that it takes.
pub(crate) struct Shares {
    records: TypedRecords,
    /// Ends the streams of a share.
    streams: Mutex<HashMap<String, CancellationToken>>,
}

/// A link to one debate.
///
/// The token is stored so that its link can be shown again. The same store has the debate itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Share {
    pub(crate) token: String,
    pub(crate) debate_id: DebateId,
    pub(crate) created_at: Timestamp,
}

impl TypedRecord for Share {
    const KIND: &'static str = "share";
}

impl Shares {
    pub(crate) fn new(records: Arc<dyn RecordStore>) -> Self {
        Self { records: TypedRecords::new(records), streams: Mutex::default() }
    }

    /// Makes a link to a debate.
    pub(crate) async fn create(
        &self,
        debate_id: DebateId,
        created_at: Timestamp,
    ) -> Result<Share, ApiError> {
        let mut random = [0; TOKEN_BYTES];
        getrandom::fill(&mut random).map_err(|error| ApiError::Internal(error.to_string()))?;
        let token = BASE64_URL_SAFE_NO_PAD.encode(random);
        let share = Share { token, debate_id, created_at };
        self.records.put([(hash(&share.token), share.clone())]).await.map_err(failed)?;
        Ok(share)
    }

    /// The links to a debate, oldest first.
    pub(crate) async fn of(&self, debate: DebateId) -> Result<Vec<Share>, ApiError> {
        let all = self.records.all::<Share>().await.map_err(failed)?.into_iter();
        let mut shares: Vec<_> =
            all.map(|(_, share)| share).filter(|share| share.debate_id == debate).collect();
        shares.sort_by_key(|share| share.created_at);
        Ok(shares)
    }

    /// The link with this token, unless it was revoked.
    pub(crate) async fn find(&self, token: &str) -> Result<Option<Share>, ApiError> {
        self.records.get::<Share>(hash(token)).await.map_err(failed)
    }

    /// Revokes a link and ends its streams.
    pub(crate) async fn revoke(&self, share: &Share) -> Result<(), ApiError> {
        let hash = hash(&share.token);
        self.records.remove::<Share>(hash.clone()).await.map_err(failed)?;
        if let Some(streams) = self.streams().remove(&hash) {
            streams.cancel();
        }
        Ok(())
    }

    /// Revokes all links to a debate.
    pub(crate) async fn revoke_all(&self, debate: DebateId) -> Result<(), ApiError> {
        for share in self.of(debate).await? {
            self.revoke(&share).await?;
        }
        Ok(())
    }

    /// Cancelled when the share is revoked, or with `closing`.
    pub(crate) fn ending(&self, share: &Share, closing: &CancellationToken) -> CancellationToken {
        let mut streams = self.streams();
        streams.entry(hash(&share.token)).or_insert_with(|| closing.child_token()).clone()
    }

    // Nothing panics while it holds the lock.
    fn streams(&self) -> std::sync::MutexGuard<'_, HashMap<String, CancellationToken>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(token: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

fn failed(error: LogError) -> ApiError {
    ApiError::Engine(error.into())
}
