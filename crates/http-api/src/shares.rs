//! Links under which a debate can be read without a key.

mod streams;

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use synod_domain::{DebateId, Timestamp};
use synod_event_log::{LogError, RecordStore, Share, TypedRecords};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::streams::SharedStreams;
use crate::response::error::ApiError;

/// Random bytes of a token, after the id of its debate.
const RANDOM_BYTES: usize = 24;
/// Maximum links to a debate.
const MOST: usize = 100;

/// The shares of all debates, by debate and the hash of their token: a lookup reveals nothing about a token by
/// the time that it takes.
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
    ///
    /// # Errors
    /// [`ApiError::TooManyShares`].
    pub(crate) async fn create(
        &self,
        debate_id: DebateId,
        created_at: Timestamp,
    ) -> Result<Share, ApiError> {
        let others = self.of(debate_id).await?.len();
        if others >= MOST {
            return Err(ApiError::TooManyShares { others, most: MOST });
        }
        let mut random = [0; RANDOM_BYTES];
        getrandom::fill(&mut random).map_err(|error| ApiError::Internal(error.to_string()))?;
        let secret = [&debate_id.as_uuid().as_bytes()[..], &random].concat();
        let token = BASE64_URL_SAFE_NO_PAD.encode(secret);
        let share = Share { token, debate_id, created_at };
        self.records.put([(key(&share), share.clone())]).await.map_err(failed)?;
        Ok(share)
    }

    /// The links to a debate, oldest first.
    pub(crate) async fn of(&self, debate: DebateId) -> Result<Vec<Share>, ApiError> {
        let of_debate = self.records.with_prefix::<Share>(Share::key_prefix(debate));
        let of_debate = of_debate.await.map_err(failed)?.into_iter();
        let mut shares: Vec<_> = of_debate.map(|(_, share)| share).collect();
        shares.sort_by_key(|share| share.created_at);
        Ok(shares)
    }

    /// The link with this token, unless it was revoked.
    pub(crate) async fn find(&self, token: &str) -> Result<Option<Share>, ApiError> {
        let Some(debate) = debate_of(token) else { return Ok(None) };
        self.records.get::<Share>(key_of(debate, token)).await.map_err(failed)
    }

    /// Revokes a link and ends its streams: those of other processes about a second later.
    pub(crate) async fn revoke(&self, share: &Share) -> Result<(), ApiError> {
        let key = key(share);
        self.records.remove::<Share>(key.clone()).await.map_err(failed)?;
        self.streams.end(&key);
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
        self.streams.open(key(share), share.debate_id, closing)
    }
}

fn key(share: &Share) -> String {
    key_of(share.debate_id, &share.token)
}

fn key_of(debate: DebateId, token: &str) -> String {
    Share::key_prefix(debate) + &BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

/// The debate that a token names, which may be any.
fn debate_of(token: &str) -> Option<DebateId> {
    let secret = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (debate, random) = secret.split_first_chunk::<16>()?;
    (random.len() == RANDOM_BYTES).then(|| DebateId::from_uuid(Uuid::from_bytes(*debate)))
}

fn failed(error: LogError) -> ApiError {
    ApiError::Engine(error.into())
}
