//! Responses that are serialized once and reused while they are current.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use actix_web::{HttpResponse, web::Bytes};
use serde::Serialize;
use synod_agents::DirectoryVersion;
use synod_domain::DebateId;

use crate::response::error::ApiError;

/// Bytes of closed debates that are kept.
const MOST_BYTES: usize = 8 << 20;
/// Bytes of one that is kept: one debate must not drive out all others.
const LARGEST: usize = MOST_BYTES / 8;

/// The answers that are kept.
#[derive(Default)]
pub(crate) struct ResponseCache {
    agents: Mutex<Option<(DirectoryVersion, Bytes)>>,
    closed: Mutex<ClosedDebates>,
}

/// A closed debate, as it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    /// The number of its last event.
    pub(crate) seq: u64,
    pub(crate) body: Bytes,
}

#[derive(Default)]
struct ClosedDebates {
    by_id: HashMap<DebateId, Closed>,
    /// In the order in which they came.
    order: VecDeque<DebateId>,
    bytes: usize,
}

impl ResponseCache {
    /// All agents, if nothing has changed since that edition.
    pub(crate) fn agents(&self, edition: &DirectoryVersion) -> Option<Bytes> {
        let kept = lock(&self.agents);
        kept.as_ref().filter(|(of, _)| of == edition).map(|(_, body)| body.clone())
    }

    pub(crate) fn keep_agents(&self, edition: DirectoryVersion, body: Bytes) {
        *lock(&self.agents) = Some((edition, body));
    }

    pub(crate) fn closed(&self, id: DebateId) -> Option<Closed> {
        lock(&self.closed).by_id.get(&id).cloned()
    }

    pub(crate) fn keep_closed(&self, id: DebateId, closed: Closed) {
        lock(&self.closed).keep(id, closed);
    }

    /// The debate was deleted.
    pub(crate) fn drop_closed(&self, id: DebateId) {
        lock(&self.closed).remove(id);
    }
}

impl ClosedDebates {
    fn keep(&mut self, id: DebateId, closed: Closed) {
        if closed.body.len() > LARGEST || self.by_id.contains_key(&id) {
            return;
        }
        self.bytes += closed.body.len();
        self.by_id.insert(id, closed);
        self.order.push_back(id);
        while self.bytes > MOST_BYTES {
            let Some(oldest) = self.order.pop_front() else { return };
            self.forget(oldest);
        }
    }

    fn remove(&mut self, id: DebateId) {
        self.order.retain(|kept| *kept != id);
        self.forget(id);
    }

    fn forget(&mut self, id: DebateId) {
        if let Some(closed) = self.by_id.remove(&id) {
            self.bytes -= closed.body.len();
        }
    }
}

/// What an answer says, in JSON.
pub(crate) fn written(answer: &impl Serialize) -> Result<Bytes, ApiError> {
    let written = serde_json::to_vec(answer);
    written.map(Bytes::from).map_err(|error| ApiError::Internal(error.to_string()))
}

/// An answer that is written already.
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
        Closed { seq: 1, body: vec![b'x'; bytes].into() }
    }

    fn id(number: u128) -> DebateId {
        DebateId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn the_newest_are_kept_up_to_so_many_bytes() {
        let written = ResponseCache::default();
        for number in 0..20 {
            written.keep_closed(id(number), of(LARGEST));
        }
        let kept: Vec<_> = (0..20).filter(|n| written.closed(id(*n)).is_some()).collect();
        assert_eq!(kept, (12..20).collect::<Vec<_>>());
        written.keep_closed(id(20), of(LARGEST + 1));
        assert_eq!(written.closed(id(20)), None);
    }

    #[test]
    fn what_was_deleted_leaves_room() {
        let written = ResponseCache::default();
        for number in 0..8 {
            written.keep_closed(id(number), of(LARGEST));
            // A concurrent request may have stored it as well.
            written.keep_closed(id(number), of(LARGEST));
        }
        written.drop_closed(id(3));
        written.drop_closed(id(99));
        written.keep_closed(id(8), of(LARGEST));
        let kept: Vec<_> = (0..9).filter(|n| written.closed(id(*n)).is_some()).collect();
        assert_eq!(kept, [0, 1, 2, 4, 5, 6, 7, 8]);
    }
}
