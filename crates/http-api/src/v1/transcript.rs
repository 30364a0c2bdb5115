use actix_web::{HttpRequest, HttpResponse, http::header::VARY, web::Data};
use schemars::JsonSchema;
use serde::Deserialize;
use synod_transcript::Transcript;

use crate::{
    Api, accept::preferred, debate_path::DebatePath, endpoint::Endpoint, error::ApiError,
    query::Query, seed::whole_log,
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let path = "/api/v1/debates/{debate_id}/transcript";
    vec![Endpoint::get(path, "read_transcript", transcript).described(|o| {
        o.does(
            "A debate as far as it has come, to be read: in Markdown, JSON or one file of HTML, by \
             `format` or else by `Accept`.",
        )
        .query::<TranscriptQuery>()
        .answers_text(200, "The transcript", "text/markdown")
        .or_json::<Transcript>()
        .or_text("text/html")
        .refuses(404, "No such debate")
    })]
}

/// How to write a transcript.
#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct TranscriptQuery {
    /// In place of what `Accept` says
    #[garde(skip)]
    format: Option<Format>,
}

/// A form of a transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "TranscriptFormat")]
pub(crate) enum Format {
    Markdown,
    // The name that the command has for it.
    Md,
    Json,
    Html,
}

async fn transcript(
    api: Data<Api>,
    path: DebatePath,
    Query(query): Query<TranscriptQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let debate = api.debate(&path).await?;
    let log = whole_log(&debate).await?;
    let transcript = Transcript::of(log.iter().map(|recorded| &**recorded));
    let offered = [
        ("text", "markdown", Format::Markdown),
        ("application", "json", Format::Json),
        ("text", "html", Format::Html),
    ];
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, "Accept"));
    Ok(match query.format.unwrap_or_else(|| *preferred(&request, &offered)) {
        Format::Markdown | Format::Md => {
            response.content_type("text/markdown; charset=utf-8").body(transcript.to_markdown())
        }
        Format::Json => response.json(transcript),
        Format::Html => response
            .content_type("text/html; charset=utf-8")
            .insert_header(("Content-Security-Policy", synod_transcript::CONTENT_SECURITY_POLICY))
            .body(transcript.to_html()),
    })
}
