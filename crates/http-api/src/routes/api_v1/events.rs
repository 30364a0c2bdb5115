use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ContentType, VARY},
    web::Data,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};
use synod_debate_engine::{BacklogEntry, DebateHandle, LiveContent};
use synod_debate_protocol::Status;
use synod_request_validation::FieldProblem;
use tokio_util::sync::CancellationToken;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::{accept::preferred, debate_path::DebatePath, query::Query},
    operation::OperationSpec,
    response::error::ApiError,
    routes::api_v1::event_stream,
    watch::{After, Frame, Watch},
    wire::DebateEvent,
};

/// The header with the last event that a reader received.
const LAST_EVENT_ID: &str = "Last-Event-ID";
/// The parameter with the last event that a reader has.
const AFTER: [&str; 2] = ["query", "after"];

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/api/v1/debates/{debate_id}/events", "read_events", events).described(
        |o| {
            described(o).description(
                "Returns the events of a debate: a page of them, or as `text/event-stream` all existing and future \
                 events, with the text that is being generated between them. A stream resumes after \
                 `Last-Event-ID`, or else `after`, and ends with the debate; a reader that has its last event \
                 gets 204, and one that names a later event, as after the restore of a backup, gets 422 and has to \
                 begin anew. The `data` of its messages is a `DebateUpdate`.",
            )
            .error_response(404, "Debate not found")
        },
    )]
}

/// Describes a route that returns the events of a debate.
pub(in crate::routes) fn described(operation: OperationSpec) -> OperationSpec {
    operation
        .query::<EventsQuery>()
        .header(
            LAST_EVENT_ID,
            "The last event received; takes precedence over `after`",
            json!({ "type": "string" }),
        )
        .response::<EventsPage>(200, "A page, or a stream")
        .or_event_stream()
        .error_response(
            204,
            "The debate is closed, and the reader of the stream has its last event",
        )
}

/// Which events to read.
#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct EventsQuery {
    /// Only events with a greater `seq`
    #[serde(default)]
    #[garde(skip)]
    after: u64,
    /// Maximum number of events to return
    #[serde(default = "default_limit")]
    #[garde(range(min = 1, max = 1_000))]
    limit: usize,
    /// `html` adds the field `html` to the data of ended turns
    #[garde(skip)]
    render: Option<Rendering>,
    /// Whether a stream contains the text that is being generated
    #[garde(skip)]
    deltas: Option<bool>,
    /// Whether a stream contains the states of open calls (`call_state`) and the thinking of models
    /// (`thought_delta`)
    #[serde(default)]
    #[garde(skip)]
    progress: bool,
}

/// The rendering of statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "EventRendering")]
pub(crate) enum Rendering {
    Html,
}

/// Events in order.
#[derive(Debug, Serialize, JsonSchema)]
struct EventsPage {
    /// Events, in order.
    #[schemars(with = "Vec<DebateEvent>")]
    events: Vec<Box<RawValue>>,
    /// The `after` of the next page; null if the debate has no further events yet.
    next_after: Option<u64>,
}

const fn default_limit() -> usize {
    100
}

/// Who reads events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::routes) enum Reader {
    /// A client with the key, if one is set.
    Owner,
    /// Someone who has only a share link, and does not see how models think.
    SharedLink,
}

#[derive(Clone, Copy)]
enum Form {
    Page,
    Stream,
}

async fn events(
    api: Data<Api>,
    path: DebatePath,
    Query(query): Query<EventsQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let debate = api.debate(&path).await?;
    answer(&api, &debate, &query, &request, (Reader::Owner, Arc::new(api.closing().clone()))).await
}

/// The events of this debate. A stream keeps the token, which ends it.
pub(in crate::routes) async fn answer(
    api: &Api,
    debate: &DebateHandle,
    query: &EventsQuery,
    request: &HttpRequest,
    (reader, ending): (Reader, Arc<CancellationToken>),
) -> Result<HttpResponse, ApiError> {
    let offered = [("application/json", Form::Page), ("text/event-stream", Form::Stream)];
    let rendered = query.render == Some(Rendering::Html);
    match preferred(request, &offered) {
        Form::Stream => {
            let (place, after) = match last_event_id(request)? {
                Some(id) => (["header", LAST_EVENT_ID], id),
                None => (AFTER, query.after),
            };
            let state = debate.snapshot().await?;
            if state.status() == Status::Closed && after == state.seq() {
                // The only response after which a browser does not reconnect.
                return Ok(HttpResponse::NoContent().insert_header((VARY, "Accept")).finish());
            }
            let wanted = LiveContent {
                deltas: query.deltas.unwrap_or(true),
                phases: query.progress,
                thoughts: query.progress && reader == Reader::Owner,
            };
            match api.watched_debates().watch(debate, After::Event(after), wanted).await? {
                Watch::Begun(watcher) => {
                    Ok(event_stream::response(debate.id(), watcher, rendered, ending))
                }
                Watch::Beyond { last } => Err(ApiError::BeyondLog { place, after, last }),
            }
        }
        Form::Page => {
            let log = debate.events(query.after.saturating_add(1), query.limit + 1).await?;
            if log.is_empty() {
                let (after, last) = (query.after, debate.snapshot().await?.seq());
                if after > last {
                    return Err(ApiError::BeyondLog { place: AFTER, after, last });
                }
            }
            let next_after = (log.len() > query.limit).then(|| query.after + query.limit as u64);
            let frames = log.into_iter().take(query.limit).map(Frame::of_event);
            let raw = |json: &str| RawValue::from_string(json.to_owned());
            let events =
                frames.map(|frame| raw(if rendered { frame.rendered() } else { frame.json() }));
            let events = events.collect::<Result<_, _>>();
            let events = events.map_err(|error| ApiError::Internal(error.to_string()))?;
            let page = serde_json::to_vec(&EventsPage { events, next_after });
            let page = page.map_err(|error| ApiError::Internal(error.to_string()))?;
            Ok(HttpResponse::Ok()
                .content_type(ContentType::json())
                .insert_header((VARY, "Accept"))
                .body(page))
        }
    }
}

/// Returns the last event that the reader received. It takes precedence over `after`, since a browser
/// reconnects with the same URL.
fn last_event_id(request: &HttpRequest) -> Result<Option<u64>, ApiError> {
    let Some(value) = request.headers().get(LAST_EVENT_ID) else { return Ok(None) };
    let id = value.to_str().unwrap_or_default();
    if id.is_empty() {
        return Ok(None);
    }
    let wrong = |_| {
        let place = vec!["header".into(), LAST_EVENT_ID.into()];
        let reason = "this is not the id of an event";
        ApiError::Invalid(vec![FieldProblem::value_error(place, reason, id)])
    };
    id.parse().map(Some).map_err(wrong)
}
