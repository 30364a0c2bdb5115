use std::{
    collections::HashSet,
    future::{Ready, ready},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix_web::{FromRequest, HttpRequest, HttpResponseBuilder, dev::Payload};
use serde::Serialize;
use serde_json::json;
use synod_debate_engine::Opened;
use synod_event_log::IdempotencyKey;
use synod_request_validation::FieldProblem;

use crate::{
    operation::OperationSpec,
    response::{error::ApiError, stored_answers::REPLAYED},
};

/// The maximum length of a key, in characters.
const LONGEST: usize = 255;

/// The header `Idempotency-Key`, by which a repeated request is recognized and has no further effect.
#[derive(Debug)]
pub(crate) struct KeyHeader(Option<String>);

impl KeyHeader {
    /// Returns the key for this operation with this request. Requests are compared by their meaning: white
    /// space, the order of keys and explicit defaults make no difference.
    pub(crate) fn of(self, operation: &str, request: &impl Serialize) -> Option<IdempotencyKey> {
        let meaning = || {
            let mut request = json!(request);
            request.sort_all_objects();
            format!("{operation}\n{request}")
        };
        self.0.map(|key| IdempotencyKey::new(key, meaning()))
    }
}

/// Marks a response if an earlier request with the same key opened the debate.
pub(crate) fn mark(response: &mut HttpResponseBuilder, opened: &Opened) {
    match opened {
        Opened::New(_) => {}
        Opened::Existing(_) => {
            response.insert_header((REPLAYED, "true"));
        }
    }
}

impl KeyHeader {
    const NAME: &str = "Idempotency-Key";

    /// Documents that an operation reads the header.
    pub(crate) fn of_operation(operation: OperationSpec) -> OperationSpec {
        let meaning = "Client-chosen key; repeating the request with it within 24 hours has no further effect";
        let text = json!({ "type": "string", "minLength": 1, "maxLength": LONGEST });
        operation.header(Self::NAME, meaning, text)
    }
}

impl FromRequest for KeyHeader {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get(Self::NAME) else { return ready(Ok(Self(None))) };
        let key = value.to_str().unwrap_or_default().trim();
        if (1..=LONGEST).contains(&key.len()) {
            return ready(Ok(Self(Some(key.to_owned()))));
        }
        let place = vec!["header".into(), Self::NAME.into()];
        let reason = format!("a key has 1 to {LONGEST} visible ASCII characters");
        ready(Err(ApiError::Invalid(vec![FieldProblem::value_error(place, reason, key)])))
    }
}

/// The keys of the requests in progress.
#[derive(Debug, Default)]
pub(crate) struct KeysInFlight(Arc<Mutex<HashSet<String>>>);

/// A request with a key, in progress until it is dropped.
#[derive(Debug)]
pub(crate) struct InFlight {
    key: String,
    keys: Arc<Mutex<HashSet<String>>>,
}

impl KeysInFlight {
    /// Begins a request.
    ///
    /// # Errors
    /// [`ApiError::InFlight`] while a request with the same key is in progress.
    pub(crate) fn enter(&self, key: &str) -> Result<InFlight, ApiError> {
        if lock(&self.0).insert(key.to_owned()) {
            Ok(InFlight { key: key.to_owned(), keys: Arc::clone(&self.0) })
        } else {
            Err(ApiError::InFlight)
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        lock(&self.keys).remove(&self.key);
    }
}

fn lock(keys: &Mutex<HashSet<String>>) -> MutexGuard<'_, HashSet<String>> {
    keys.lock().unwrap_or_else(PoisonError::into_inner)
}
