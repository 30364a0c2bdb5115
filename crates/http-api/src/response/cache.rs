//! Responses that are serialized once and reused while they are current.

use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::{HttpResponse, web::Bytes};
use quick_cache::{Weighter, sync::Cache};
use serde::Serialize;
use synod_agents::DirectoryVersion;
use synod_domain::DebateId;

use crate::response::error::ApiError;

/// The capacity for closed debates, in bytes.
const MOST_BYTES: usize = 8 << 20;
/// The largest closed debate that is cached, in bytes, so that one debate does not displace all others.
const LARGEST: usize = MOST_BYTES / 8;

/// The cached responses.
pub(crate) struct ResponseCache {
    agents: Mutex<Option<(DirectoryVersion, Bytes)>>,
    closed: Cache<DebateId, Closed, BodyLength>,
}

/// The response about a closed debate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    /// The number of its last event.
    pub(crate) seq: u64,
    pub(crate) body: Bytes,
    /// The revision of the log at which the debate was known to exist, if the log has one.
    pub(crate) revision: Option<i64>,
}

#[derive(Clone)]
struct BodyLength;

impl Weighter<DebateId, Closed> for BodyLength {
    fn weight(&self, _: &DebateId, closed: &Closed) -> u64 {
        closed.body.len() as u64
    }
}

impl Default for ResponseCache {
    fn default() -> Self {
        // So few that the cache has one shard: each has an equal part of the capacity.
        const EXPECTED_DEBATES: usize = 32;
        let closed = Cache::with_weighter(EXPECTED_DEBATES, MOST_BYTES as u64, BodyLength);
        Self { agents: Mutex::default(), closed }
    }
}

impl ResponseCache {
    /// The list of agents, if it is of this version.
    pub(crate) fn agents(&self, version: &DirectoryVersion) -> Option<Bytes> {
        let kept = lock(&self.agents);
        kept.as_ref().filter(|(of, _)| of == version).map(|(_, body)| body.clone())
    }

    pub(crate) fn keep_agents(&self, version: DirectoryVersion, body: Bytes) {
        *lock(&self.agents) = Some((version, body));
    }

    pub(crate) fn closed(&self, id: DebateId) -> Option<Closed> {
        self.closed.get(&id)
    }

    /// The response about a debate that exists at this revision of the log.
    pub(crate) fn closed_at(&self, id: DebateId, revision: Option<i64>) -> Option<Closed> {
        self.closed(id).filter(|closed| revision.is_some() && closed.revision == revision)
    }

    pub(crate) fn keep_closed(&self, id: DebateId, closed: Closed) {
        if closed.body.len() <= LARGEST {
            self.closed.insert(id, closed);
        }
    }

    /// The debate was deleted.
    pub(crate) fn drop_closed(&self, id: DebateId) {
        self.closed.remove(&id);
    }
}

/// Serializes a response to JSON.
pub(crate) fn serialized(answer: &impl Serialize) -> Result<Bytes, ApiError> {
    let written = serde_json::to_vec(answer);
    written.map(Bytes::from).map_err(|error| ApiError::Internal(error.to_string()))
}

/// A response that is serialized already.
pub(crate) fn json(body: Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(body)
}

// Nothing panics while it holds a lock.
fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn of(bytes: usize) -> Closed {
        Closed { seq: 1, body: vec![b'x'; bytes].into(), revision: None }
    }

    fn id(number: u128) -> DebateId {
        DebateId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn closed_debates_take_no_more_than_8_mib() {
        let cache = ResponseCache::default();
        for number in 0..100 {
            cache.keep_closed(id(number), of(LARGEST));
            // A concurrent request may have stored it as well.
            cache.keep_closed(id(number), of(LARGEST));
            let kept: usize =
                (0..100).filter_map(|n| cache.closed(id(n))).map(|closed| closed.body.len()).sum();
            assert!((LARGEST..=MOST_BYTES).contains(&kept), "{kept}");
        }
    }

    #[test]
    fn a_debate_larger_than_1_mib_is_not_cached() {
        let cache = ResponseCache::default();
        cache.keep_closed(id(0), of(LARGEST));
        cache.keep_closed(id(1), of(LARGEST + 1));
        assert_eq!((cache.closed(id(0)), cache.closed(id(1))), (Some(of(LARGEST)), None));
    }

    #[test]
    fn a_debate_is_known_to_exist_only_at_the_revision_at_which_it_was_found() {
        let cache = ResponseCache::default();
        let at = |revision| Closed { revision, ..of(1_000) };
        cache.keep_closed(id(0), at(Some(1)));
        cache.keep_closed(id(1), at(None));
        assert_eq!(cache.closed_at(id(0), Some(1)), Some(at(Some(1))));
        assert_eq!(cache.closed_at(id(0), Some(2)), None, "it may be deleted");
        assert_eq!(cache.closed_at(id(1), None), None, "the log cannot tell");
    }

    #[test]
    fn a_deleted_debate_is_not_cached() {
        let cache = ResponseCache::default();
        for number in 0..3 {
            cache.keep_closed(id(number), of(1_000));
        }
        cache.drop_closed(id(1));
        cache.drop_closed(id(99));
        let kept: Vec<_> = (0..3).filter(|n| cache.closed(id(*n)).is_some()).collect();
        assert_eq!(kept, [0, 2]);
    }
}
