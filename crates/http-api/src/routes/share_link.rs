//! A shared debate, which is read without a key.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use synod_debate_engine::DebateHandle;
use synod_event_log::Share;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::query::Query,
    response::error::{ApiError, Noun},
    routes::{
        api_v1::events::{self, EventsQuery, Reader},
        debate_reads, page,
    },
};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    const NOT_FOUND: &str = "The link was revoked or never existed, or sharing is off";
    vec![
        Endpoint::get("/share/{token}", "shared_page", shared_page).undescribed(),
        Endpoint::get("/share/{token}/debate", "read_shared_debate", state).described(|o| {
            debate_reads::described(o)
                .description("Returns the current state of a shared debate. It needs no key.")
                .error_response(404, NOT_FOUND)
        }),
        Endpoint::get("/share/{token}/events", "read_shared_events", shared_events).described(|o| {
            events::described(o)
                .description(
                    "Returns the events of a shared debate, as `/api/v1/debates/{debate_id}/events` does. It \
                     needs no key. A stream ends when the link is revoked.",
                )
                .error_response(404, NOT_FOUND)
        }),
    ]
}

/// The page that shows a shared debate. For an unknown token it is served with status 404, and explains it.
async fn shared_page(
    api: Data<Api>,
    token: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut response = page::page(&request)?;
    match find(&api, &token).await {
        Ok(_) => {}
        Err(ApiError::NotFound(_) | ApiError::SharesOff) => {
            *response.status_mut() = actix_web::http::StatusCode::NOT_FOUND;
        }
        Err(error) => return Err(error),
    }
    Ok(response)
}

async fn state(
    api: Data<Api>,
    token: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (_, debate) = find(&api, &token).await?;
    debate_reads::view(&api, &debate, &request).await
}

async fn shared_events(
    api: Data<Api>,
    token: Path<String>,
    Query(query): Query<EventsQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (share, debate) = find(&api, &token).await?;
    let ending = api.shares()?.ending(&share, api.closing());
    events::answer(&api, &debate, &query, &request, (Reader::SharedLink, ending)).await
}

async fn find(api: &Api, token: &str) -> Result<(Share, DebateHandle), ApiError> {
    let share = api.shares()?.find(token).await?.ok_or(ApiError::NotFound(Noun::Share))?;
    match api.debate(&share.debate_id.to_string()).await {
        Ok(debate) => Ok((share, debate)),
        // It was deleted while the link was made.
        Err(ApiError::NotFound(_)) => {
            api.shares()?.revoke(&share).await?;
            Err(ApiError::NotFound(Noun::Share))
        }
        Err(error) => Err(error),
    }
}
