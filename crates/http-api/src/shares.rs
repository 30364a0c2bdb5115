//! Links under which a debate can be read without a key.

mod streams;

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use synod_domain::{DebateId, Timestamp};
use synod_event_log::{LogError, RecordStore, Share, TypedRecords};
use tokio_util::sync::CancellationToken;

use self::streams::SharedStreams;
use crate::response::error::ApiError;

/// Random bytes of a token.
const TOKEN_BYTES: usize = 24;

/// The shares of all debates, by the hash of their token: a lookup reveals nothing about a token by the time
/// that it takes.
pub(crate) struct Shares {
    records: TypedRecords,
    streams: Arc<SharedStreams>,
}

impl Shares {
    /// # Panics
    /// Outside a tokio runtime.
    pub(crate) fn new(records: Arc<dyn RecordStore>) -> Self {
        let records = TypedRecords::new(records);
        Self { streams: SharedStreams::new(records.clone()), records }
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

    /// Revokes a link and ends its streams: those of other processes about a second later.
    pub(crate) async fn revoke(&self, share: &Share) -> Result<(), ApiError> {
        let hash = hash(&share.token);
        self.records.remove::<Share>(hash.clone()).await.map_err(failed)?;
        self.streams.end(&hash);
        Ok(())
    }

    /// Ends the streams of a deleted debate, whose links are gone.
    pub(crate) fn end_streams(&self, debate: DebateId) {
        self.streams.end_all(debate);
    }

    /// Cancelled when the share is revoked, or with `closing`. A stream keeps it as long as it is open.
    pub(crate) fn ending(
        &self,
        share: &Share,
        closing: &CancellationToken,
    ) -> Arc<CancellationToken> {
        self.streams.open(hash(&share.token), share.debate_id, closing)
    }
}

fn hash(token: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

fn failed(error: LogError) -> ApiError {
    ApiError::Engine(error.into())
}
