use actix_web::HttpResponse;
use synod_debate_engine::EngineError;
use synod_event_log::IdempotencyKey;

use crate::{
    Api,
    response::{error::ApiError, stored_answers::Answered},
};

/// Answers a request, once for each key: if the same request with the key was answered before, that answer
/// is repeated. Errors are not stored, so that a refused request may be repeated with its key.
pub(crate) async fn answer_once(
    api: &Api,
    key: Option<IdempotencyKey>,
    answer: impl Future<Output = Result<Answered, ApiError>>,
) -> Result<HttpResponse, ApiError> {
    let Some(key) = key else { return Ok(answer.await?.into_response(false)) };
    let _in_flight = api.keys_in_flight().enter(key.key())?;
    let answers = api.stored_answers();
    let stored = answers.find(&key, api.now()).await.map_err(EngineError::from)?;
    if let Some(answered) = stored {
        return Ok(answered.into_response(true));
    }
    let answered = answer.await?;
    answers.keep(&key, api.now(), &answered).await.map_err(EngineError::from)?;
    Ok(answered.into_response(false))
}
