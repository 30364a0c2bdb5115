use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header::LOCATION},
    web::{Data, Json, Path},
};

use crate::{
    Api,
    endpoint::Endpoint,
    extract::debate_path::DebatePath,
    operation::ResponseHeader,
    path_prefix::Published,
    response::error::{ApiError, Noun},
    wire::{DebateShare, DebateShares},
};

const SHARES: &str = "/api/v1/debates/{debate_id}/shares";
const SHARE: &str = "/api/v1/debates/{debate_id}/shares/{token}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    const NOT_FOUND: &str = "Debate not found, or sharing is off (`[server] shares`)";
    vec![
        Endpoint::get(SHARES, "list_shares", list).described(|o| {
            o.description("Returns the links under which a debate can be read without a key, oldest first.")
                .response::<DebateShares>(200, "The links")
                .error_response(404, NOT_FOUND)
        }),
        Endpoint::post(SHARES, "create_share", create).described(|o| {
            o.description(
                "Makes a link under which a debate can be read, and nothing else, without a key. It ends when \
                 it is revoked, or with its debate.",
            )
            .response::<DebateShare>(201, "The link; `Location` is its page")
            .with_header(ResponseHeader::Location)
            .writes()
            .error_response(404, NOT_FOUND)
            .error_response(409, "The debate has 100 links")
        }),
        Endpoint::new(Method::DELETE, SHARE, "revoke_share", revoke).described(|o| {
            o.description("Revokes a link, and ends the streams of those who watch by it.")
                .error_response(204, "Revoked")
                .error_response(404, "Debate or link not found, or sharing is off (`[server] shares`)")
        }),
    ]
}

async fn list(
    api: Data<Api>,
    path: DebatePath,
    request: HttpRequest,
) -> Result<Json<DebateShares>, ApiError> {
    let shares = api.shares()?.of(api.debate(&path).await?.id()).await?;
    let published = Published::of(&request);
    let shares = shares
        .into_iter()
        .map(|share| DebateShare::new(share.token, share.created_at, &published))
        .collect();
    Ok(Json(DebateShares { shares }))
}

async fn create(
    api: Data<Api>,
    path: DebatePath,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let shares = api.shares()?;
    let debate = api.debate(&path).await?;
    // An id without events is no debate.
    debate.snapshot().await?;
    let share = shares.create(debate.id(), api.now()).await?;
    let share = DebateShare::new(share.token, share.created_at, &Published::of(&request));
    Ok(HttpResponse::Created().insert_header((LOCATION, share.path())).json(share))
}

async fn revoke(api: Data<Api>, path: Path<(String, String)>) -> Result<HttpResponse, ApiError> {
    let (debate, token) = path.into_inner();
    let shares = api.shares()?;
    let debate = api.debate(&debate).await?;
    let share = shares.find(&token).await?.filter(|share| share.debate_id == debate.id());
    shares.revoke(&share.ok_or(ApiError::NotFound(Noun::Share))?).await?;
    Ok(HttpResponse::NoContent().finish())
}
