use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CONTENT_TYPE, VARY},
    web::{Bytes, Data},
};
use schemars::JsonSchema;
use serde::Deserialize;
use synod_domain::Recorded;
use synod_transcript::{Transcript, TranscriptFormat};

use crate::{
    Api,
    endpoint::Endpoint,
    extract::{accept::preferred, debate_path::DebatePath, query::Query},
    response::{cache::serialized, error::ApiError},
    routes::debate_reads::{rendered, transcript_of},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let path = "/api/v1/debates/{debate_id}/transcript";
    vec![Endpoint::get(path, "read_transcript", transcript).described(|o| {
        o.description(
            "Returns a debate so far, in the format that `format` names or else `Accept` prefers: `markdown` \
             (or `md`), `json` and `html` hold the whole debate, `ndjson` is the log with one event \
             per line, and `text` is the question and the verdict.",
        )
        .query::<TranscriptQuery>()
        .text_response(200, "The transcript", "text/markdown")
        .or_json::<Transcript>()
        .or_text("text/html")
        .or_text("application/x-ndjson")
        .or_text("text/plain")
        .error_response(404, "Debate not found")
    })]
}

/// How to write a transcript.
#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct TranscriptQuery {
    /// Overrides `Accept`
    #[garde(skip)]
    format: Option<TranscriptFormat>,
}

async fn transcript(
    api: Data<Api>,
    path: DebatePath,
    Query(query): Query<TranscriptQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let debate = api.debate(&path).await?;
    let offered = TranscriptFormat::NAMES.map(|(_, format)| (format.media_type(), format));
    let format = query.format.unwrap_or_else(|| *preferred(&request, &offered));
    let mut response = HttpResponse::Ok();
    response.insert_header((VARY, "Accept"));
    response.insert_header((CONTENT_TYPE, content_type(format)));
    if format == TranscriptFormat::Html {
        response
            .insert_header(("Content-Security-Policy", synod_transcript::CONTENT_SECURITY_POLICY));
    }
    Ok(response.body(rendered(&debate, move |log| written(format, log)).await?))
}

fn written(format: TranscriptFormat, log: &[Arc<Recorded>]) -> Result<Bytes, ApiError> {
    let transcript = transcript_of(log);
    Ok(match format {
        TranscriptFormat::Markdown => transcript.to_markdown().into(),
        TranscriptFormat::Json => serialized(&transcript)?,
        TranscriptFormat::Html => transcript.to_html().into(),
        TranscriptFormat::Ndjson => lines(log)?,
        TranscriptFormat::Text => transcript.to_text().into(),
    })
}

/// The media type, with its charset where the type is of texts.
fn content_type(format: TranscriptFormat) -> String {
    let media_type = format.media_type();
    let charset = if media_type.starts_with("text/") { "; charset=utf-8" } else { "" };
    format!("{media_type}{charset}")
}

/// The log as `synod debate -o ndjson` writes it and `synod verify` reads it.
fn lines(log: &[Arc<Recorded>]) -> Result<Bytes, ApiError> {
    let mut lines = Vec::new();
    for recorded in log {
        lines.extend_from_slice(&serialized(recorded)?);
        lines.push(b'\n');
    }
    Ok(lines.into())
}
