use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, VARY},
    web::Data,
};
use schemars::JsonSchema;
use serde::Deserialize;
use synod_debate_engine::DebateHandle;
use synod_domain::Recorded;
use synod_event_log::export::export_header;
use synod_transcript::Transcript;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::{accept::preferred, debate_path::DebatePath, query::Query},
    response::{cache::serialized, error::ApiError},
    routes::debate_reads::{rendered, transcript_of},
};

const NDJSON: &str = "application/x-ndjson";
/// The default: clients that are generated from the document know it.
const PLAIN: &str = "text/plain";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let path = "/api/v1/debates/{debate_id}/export";
    vec![Endpoint::get(path, "export_debate", export).described(|o| {
        o.description(
            "Returns a debate so far as a file, in the format that `format` names or else `Accept` prefers. \
             `ndjson`, the default, is a file that `synod import` adds to another data directory: a header, \
             then each event with its id and the hash of the log up to it, one per line. `html` is one file \
             that plays the debate without a server, and `md` and `json` are its transcript.",
        )
        .query::<ExportQuery>()
        .text_response(200, "The export", PLAIN)
        .or_text(NDJSON)
        .or_text("text/html")
        .or_text("text/markdown")
        .or_json::<Transcript>()
        .error_response(404, "Debate not found")
    })]
}

/// How to write an export.
#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct ExportQuery {
    /// Overrides `Accept`
    #[garde(skip)]
    format: Option<ExportFormat>,
}

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ExportFormat {
    /// One file that plays the debate without a server.
    Html,
    /// The transcript in Markdown.
    Md,
    /// The transcript in JSON.
    Json,
    /// The log, for `synod import`.
    Ndjson,
}

async fn export(
    api: Data<Api>,
    path: DebatePath,
    Query(query): Query<ExportQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let debate = api.debate(&path).await?;
    let offered = [
        (PLAIN, (ExportFormat::Ndjson, "text/plain; charset=utf-8")),
        (NDJSON, (ExportFormat::Ndjson, NDJSON)),
        ("text/html", (ExportFormat::Html, "text/html; charset=utf-8")),
        ("text/markdown", (ExportFormat::Md, "text/markdown; charset=utf-8")),
        ("application/json", (ExportFormat::Json, "application/json")),
    ];
    let (format, media_type) = match query.format {
        Some(ExportFormat::Ndjson) => (ExportFormat::Ndjson, NDJSON),
        Some(named) => offered
            .iter()
            .find_map(|(_, (format, kind))| (*format == named).then_some((named, *kind)))
            .unwrap_or(offered[0].1),
        None => *preferred(&request, &offered),
    };
    let (body, ending) = match format {
        ExportFormat::Ndjson => (log(&api, &debate).await?.into(), "ndjson"),
        ExportFormat::Html => {
            let player =
                |log: &[Arc<Recorded>]| Ok(synod_page::player(log.iter().map(Arc::as_ref))?.into());
            (rendered(&debate, player).await?, "html")
        }
        ExportFormat::Md => {
            (rendered(&debate, |log| Ok(transcript_of(log).to_markdown().into())).await?, "md")
        }
        ExportFormat::Json => {
            (rendered(&debate, |log| serialized(&transcript_of(log))).await?, "json")
        }
    };
    let file = format!("attachment; filename=\"debate-{}.{ending}\"", debate.id());
    Ok(HttpResponse::Ok()
        .insert_header((VARY, "Accept"))
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CONTENT_DISPOSITION, file))
        .body(body))
}

/// The log, as `synod export` writes it.
async fn log(api: &Api, debate: &DebateHandle) -> Result<String, ApiError> {
    let debate = api.synod().export(debate.id()).await?;
    let internal = |error: serde_json::Error| ApiError::Internal(error.to_string());
    let header = export_header(1, env!("CARGO_PKG_VERSION")).map_err(internal)?;
    Ok(header + &debate.lines().map_err(internal)?)
}
