use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, VARY},
    web::Data,
};
use synod_event_log::export::export_header;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::{accept::preferred, debate_path::DebatePath},
    response::error::ApiError,
};

const NDJSON: &str = "application/x-ndjson";
/// The default: clients that are generated from the document know it.
const PLAIN: &str = "text/plain";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let path = "/api/v1/debates/{debate_id}/export";
    vec![Endpoint::get(path, "export_debate", export).described(|o| {
        o.description(
            "Returns a debate so far as a file that `synod import` adds to another data directory: a header, \
             then each event with its id and the hash of the log up to it, one per line.",
        )
        .text_response(200, "The export, in the type that `Accept` prefers", PLAIN)
        .or_text(NDJSON)
        .error_response(404, "Debate not found")
    })]
}

async fn export(
    api: Data<Api>,
    path: DebatePath,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let id = api.debate(&path).await?.id();
    let debate = api.synod().debates().export(id).await?;
    let internal = |error: serde_json::Error| ApiError::Internal(error.to_string());
    let header = export_header(1, env!("CARGO_PKG_VERSION")).map_err(internal)?;
    let file = format!("attachment; filename=\"debate-{id}.ndjson\"");
    let mut response = HttpResponse::Ok();
    let media_type = preferred(&request, &[(PLAIN, "text/plain; charset=utf-8"), (NDJSON, NDJSON)]);
    response
        .insert_header((VARY, "Accept"))
        .insert_header((CONTENT_TYPE, *media_type))
        .insert_header((CONTENT_DISPOSITION, file));
    Ok(response.body(header + &debate.lines().map_err(internal)?))
}
