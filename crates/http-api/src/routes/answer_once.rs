use actix_web::HttpResponse;
use synod_debate_engine::EngineError;
use synod_event_log::IdempotencyKey;

use crate::{
    Api,
    response::{error::ApiError, stored_answers::Answered},
};

/// Answers a request, once for each key: if the same request with the key was answered before, by whichever
/// process on the store, that answer is repeated. Errors are not stored, so that a refused request may be
/// repeated with its key.
///
/// If the process ends between the effect of a request and its stored answer, the repeated request is a new
/// one, unless its effect can be recognized.
///
/// # Errors
/// [`ApiError::InFlight`] while a request with the key is in progress, here or in another process.
pub(crate) async fn answer_once(
    api: &Api,
    key: Option<IdempotencyKey>,
    answer: impl Future<Output = Result<Answered, ApiError>>,
) -> Result<HttpResponse, ApiError> {
    let Some(key) = key else { return Ok(answer.await?.into_response(false)) };
    let _in_flight = api.keys_in_flight().enter(key.key())?;
    if let Some(response) = stored(api, &key).await? {
        return Ok(response);
    }
    let claim = api.stored_answers().claim(&key, api.now()).await?;
    let answered = answer_claimed(api, &key, answer).await;
    if answered.is_err() {
        // Before the response, since the client may repeat the request at once. An answer is found before
        // its claim matters.
        claim.release().await;
    }
    answered
}

async fn answer_claimed(
    api: &Api,
    key: &IdempotencyKey,
    answer: impl Future<Output = Result<Answered, ApiError>>,
) -> Result<HttpResponse, ApiError> {
    // Another process may have answered since, and given the key back.
    if let Some(response) = stored(api, key).await? {
        return Ok(response);
    }
    let answered = answer.await?;
    let kept = api.stored_answers().keep(key, api.now(), &answered).await;
    kept.map_err(EngineError::from)?;
    Ok(answered.into_response(false))
}

/// The response to an earlier request with this key.
async fn stored(api: &Api, key: &IdempotencyKey) -> Result<Option<HttpResponse>, ApiError> {
    let stored = api.stored_answers().find(key, api.now()).await.map_err(EngineError::from)?;
    Ok(stored.map(|answered| answered.into_response(true)))
}
