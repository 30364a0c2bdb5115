mod claims;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{self, ContentType, HeaderName},
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use synod_debate_engine::EngineError;
use synod_domain::Timestamp;
use synod_event_log::{IdempotencyKey, LogError, RecordStore, TypedRecord, TypedRecords};

use self::claims::KeyClaims;
use super::error::ApiError;

pub(crate) use self::claims::KeyClaim;

/// Marks the response to a repeated request.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The time for which an answer is kept.
const KEPT: Duration = Duration::from_hours(24);
/// The time after which older answers are looked for again.
const SWEEP: Duration = Duration::from_hours(1);

/// The answers to successful requests with an idempotency key, for requests that open no debate. The log
/// has the keys of those that do.
pub(crate) struct StoredAnswers {
    records: TypedRecords,
    claims: KeyClaims,
    swept_at: Mutex<Option<Timestamp>>,
}

/// The response to a successful request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answered {
    status: u16,
    #[serde(default)]
    location: Option<String>,
    /// JSON.
    body: String,
    /// Whether an earlier request with the same key had the effect, without an answer that is stored.
    #[serde(skip)]
    is_repeated: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct AnswerRecord {
    /// The hash of the request, in base64.
    request: String,
    at: Timestamp,
    answer: Answered,
}

impl TypedRecord for AnswerRecord {
    const KIND: &'static str = "answer";
}

impl StoredAnswers {
    /// # Panics
    /// Outside a tokio runtime.
    pub(crate) fn new(records: Arc<dyn RecordStore>) -> Self {
        let records = TypedRecords::new(records);
        Self { claims: KeyClaims::new(records.clone()), records, swept_at: Mutex::default() }
    }

    /// Claims a key among all processes on the store, before its request is carried out. The caller has made
    /// sure that no other request of this process does.
    ///
    /// # Errors
    /// [`ApiError::InFlight`] while a process that runs holds the claim.
    pub(crate) async fn claim(
        &self,
        key: &IdempotencyKey,
        now: Timestamp,
    ) -> Result<KeyClaim, ApiError> {
        let claim = self.claims.claim(key.key(), now).await.map_err(EngineError::from)?;
        claim.ok_or(ApiError::InFlight)
    }

    /// The answer to an earlier request with this key.
    ///
    /// # Errors
    /// [`LogError::KeyReused`] if the key came with another request.
    pub(crate) async fn find(
        &self,
        key: &IdempotencyKey,
        now: Timestamp,
    ) -> Result<Option<Answered>, LogError> {
        let stored = self.records.get::<AnswerRecord>(key.key()).await?;
        let Some(stored) = stored.filter(|stored| !stored.is_old(now)) else { return Ok(None) };
        if stored.request == hash(key) { Ok(Some(stored.answer)) } else { Err(LogError::KeyReused) }
    }

    /// Stores an answer, and from time to time removes old ones.
    pub(crate) async fn keep(
        &self,
        key: &IdempotencyKey,
        now: Timestamp,
        answer: &Answered,
    ) -> Result<(), LogError> {
        let record = AnswerRecord { request: hash(key), at: now, answer: answer.clone() };
        self.records.put([(key.key().to_owned(), record)]).await?;
        if self.is_sweep_due(now) {
            let records = self.records.clone();
            tokio::spawn(async move {
                if let Err(error) = remove_old(&records, now).await {
                    tracing::warn!(%error, "old answers to requests with idempotency keys are still stored");
                }
            });
        }
        Ok(())
    }

    fn is_sweep_due(&self, now: Timestamp) -> bool {
        let mut swept_at = self.swept_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = swept_at.is_none_or(|at| at.after(SWEEP) <= now);
        if is_due {
            *swept_at = Some(now);
        }
        is_due
    }
}

async fn remove_old(records: &TypedRecords, now: Timestamp) -> Result<(), LogError> {
    records.sweep(|answer: &AnswerRecord| answer.is_old(now)).await?;
    KeyClaims::remove_old(records, now).await
}

fn hash(key: &IdempotencyKey) -> String {
    BASE64_STANDARD.encode(key.request())
}

impl AnswerRecord {
    fn is_old(&self, now: Timestamp) -> bool {
        self.at.after(KEPT) < now
    }
}

impl Answered {
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, ApiError> {
        let body =
            serde_json::to_string(body).map_err(|error| ApiError::Internal(error.to_string()))?;
        Ok(Self { status: status.as_u16(), location: None, body, is_repeated: false })
    }

    /// With the URL of what was created.
    pub(crate) fn at(self, location: String) -> Self {
        Self { location: Some(location), ..self }
    }

    /// Notes whether an earlier request with the same key had the effect already.
    pub(crate) fn repeated(self, is_repeated: bool) -> Self {
        Self { is_repeated, ..self }
    }

    pub(crate) fn into_response(self, is_replayed: bool) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::build(status);
        response.content_type(ContentType::json());
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if is_replayed || self.is_repeated {
            response.insert_header((REPLAYED, "true"));
        }
        response.body(self.body)
    }
}
