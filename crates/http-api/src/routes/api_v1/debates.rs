use std::{fmt::Display, str::FromStr};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{LINK, LOCATION},
    },
    web::Data,
};
use schemars::JsonSchema;
use serde::Deserialize;
use synod_debate_engine::{EngineError, Opened};
use synod_debate_protocol::{Rejection, Status};
use synod_domain::{DebateId, Timestamp};
use synod_event_log::{IdPrefix, ListQuery, Moment, Summary, Which};
use synod_request_validation::FieldProblem;

use crate::{
    Api,
    endpoint::Endpoint,
    extract::{
        body::JsonBody,
        debate_path::DebatePath,
        idempotency::{self, KeyHeader},
        query::Query,
    },
    operation::ResponseHeader,
    path_prefix::Published,
    response::error::ApiError,
    routes::{create_debate, debate_reads},
    wire::{DebateOpened, DebateStatus, DebateSummary, DebatesPage, NewDebateRequest},
};

const DEBATES: &str = "/api/v1/debates";
const DEBATE: &str = "/api/v1/debates/{debate_id}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(DEBATES, "list_debates", list).described(|o| {
            o.description("Returns debates, newest first. `Link` leads to the next page, if there is one.")
                .query::<DebatesQuery>()
                .response::<DebatesPage>(200, "A page of debates")
                .with_header(ResponseHeader::Link)
        }),
        Endpoint::post(DEBATES, "create_debate", create).described(|o| {
            KeyHeader::of_operation(o)
                .description(
                    "Creates a debate and starts it. With an `Idempotency-Key` a repeated request returns the same response; no second debate is created.",
                )
                .body::<NewDebateRequest>()
                .response::<DebateOpened>(201, "The debate was created and started; `Location` is its URL")
                .with_header(ResponseHeader::Location)
                .with_header(ResponseHeader::IdempotencyReplayed)
                .writes()
                .error_response(404, "A named agent does not exist")
                .error_response(
                    409,
                    "A request with the same key is in progress, or its debate was deleted",
                )
                .error_response(503, "No model host responds")
        }),
        debate_reads::state_at(DEBATE, "read_debate"),
        Endpoint::new(Method::DELETE, DEBATE, "delete_debate", delete).described(|o| {
            o.description("Deletes a closed debate and its log permanently.")
                .error_response(204, "Deleted")
                .error_response(404, "Debate not found")
                .error_response(409, "The debate is not closed")
        }),
    ]
}

/// Which debates to list.
#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct DebatesQuery {
    /// Only debates of this status
    #[garde(skip)]
    status: Option<DebateStatus>,
    /// Only debates whose question contains this text, in any case
    #[garde(length(max = 4_096))]
    search: Option<String>,
    /// Only debates whose id begins with these hexadecimal digits; dashes are optional
    #[garde(skip)]
    id: Option<String>,
    /// Only debates begun at or after this time: an age such as `2h` or `7d`, a date in UTC or an RFC 3339 time
    #[garde(skip)]
    since: Option<String>,
    /// Only debates begun before this time
    #[garde(skip)]
    before: Option<String>,
    /// A `next_cursor` of an earlier page
    #[garde(skip)]
    cursor: Option<String>,
    /// Maximum number of debates to return
    #[serde(default = "default_limit")]
    #[garde(range(min = 1, max = 500))]
    limit: usize,
}

const fn default_limit() -> usize {
    50
}

async fn list(
    api: Data<Api>,
    Query(query): Query<DebatesQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let period = query.period(api.now())?;
    let filter = query.filter(period)?;
    let page = page(&api, query.status, filter, query.limit).await?;
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = &page.next_cursor {
        let status = query.status.map(|status| ("status", status.as_str().to_owned()));
        let search = query.search.map(|text| ("search", encoded(&text)));
        let id = query.id.map(|id| ("id", encoded(&id)));
        // An age would be another time when the next page is read.
        let [since, before] = [("since", period.since), ("before", period.before)]
            .map(|(name, at)| Some((name, encoded(&at?.to_string()))));
        let filters = [status, search, id, since, before].into_iter().flatten();
        let filters: String = filters.map(|(name, value)| format!("&{name}={value}")).collect();
        let path = Published::of(&request).path(DEBATES);
        let limit = query.limit;
        let next = format!("<{path}?limit={limit}{filters}&cursor={cursor}>; rel=\"next\"");
        response.insert_header((LINK, next));
    }
    Ok(response.json(page))
}

/// When the debates of a list were begun.
#[derive(Clone, Copy, Debug)]
struct Period {
    /// At this time or later.
    since: Option<Timestamp>,
    /// Earlier than this.
    before: Option<Timestamp>,
}

impl DebatesQuery {
    /// The times of the query.
    fn period(&self, now: Timestamp) -> Result<Period, ApiError> {
        // No debate was begun earlier, and those times cannot be written.
        let at = |moment: Moment| moment.at(now).max(Timestamp::from_unix_ms(0));
        Ok(Period {
            since: read::<Moment>("since", self.since.as_deref())?.map(at),
            before: read::<Moment>("before", self.before.as_deref())?.map(at),
        })
    }

    /// The part of the query that the log answers.
    fn filter(&self, period: Period) -> Result<ListQuery, ApiError> {
        let of_id = read::<IdPrefix>("id", self.id.as_deref())?
            .map(|prefix| prefix.query())
            .unwrap_or_default();
        let cursor = self.cursor.as_deref().map(read_cursor).transpose()?;
        let first_id = |at: Timestamp| Moment::At(at).first_id(at);
        let [since, before] = [period.since, period.before].map(|at| at.map(first_id));
        Ok(ListQuery {
            which: self.status.map_or(Which::All, DebateStatus::which),
            topic: self.search.clone(),
            from: since.into_iter().chain(of_id.from).max(),
            before: cursor.into_iter().chain(before).chain(of_id.before).min(),
        })
    }
}

/// Reads a value of the query.
fn read<T: FromStr<Err: Display>>(
    name: &'static str,
    value: Option<&str>,
) -> Result<Option<T>, ApiError> {
    let parse = |text: &str| {
        text.parse().map_err(|invalid: T::Err| {
            let place = vec!["query".into(), name.into()];
            ApiError::Invalid(vec![FieldProblem::value_error(place, invalid.to_string(), text)])
        })
    };
    value.map(parse).transpose()
}

/// A value as it is written in the query of a URL.
fn encoded(value: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(byte).collect()
}

/// Returns debates that fit the filter. A page is shorter if the search through the log took too long.
async fn page(
    api: &Api,
    status: Option<DebateStatus>,
    filter: ListQuery,
    limit: usize,
) -> Result<DebatesPage, ApiError> {
    const READ: usize = 256;
    const SEARCHES: usize = 16;
    let is_wanted = |debate: &Summary| status.is_none_or(|wanted| wanted == debate.into());
    let (mut debates, mut damaged, mut last) = (Vec::new(), Vec::new(), filter.before);
    for _ in 0..SEARCHES {
        let read = api.synod().debates().list(&filter.clone().before(last), READ).await?;
        damaged.extend(read.damage.iter().filter_map(|damage| damage.debate));
        for debate in &read.debates {
            if debates.len() == limit {
                // The later ones are on the next page.
                damaged.retain(|id| last.is_none_or(|last| *id > last));
                return Ok(DebatesPage { debates, damaged, next_cursor: last.map(write_cursor) });
            }
            last = Some(debate.id);
            debates.extend(is_wanted(debate).then(|| DebateSummary::from(debate)));
        }
        if read.debates.len() < READ {
            return Ok(DebatesPage { debates, damaged, next_cursor: None });
        }
    }
    Ok(DebatesPage { debates, damaged, next_cursor: last.map(write_cursor) })
}

fn write_cursor(id: DebateId) -> String {
    id.as_uuid().simple().to_string()
}

fn read_cursor(cursor: &str) -> Result<DebateId, ApiError> {
    cursor.parse().map_err(|_| {
        let place = vec!["query".into(), "cursor".into()];
        let reason = "this is not the `next_cursor` of a page";
        ApiError::Invalid(vec![FieldProblem::value_error(place, reason, cursor)])
    })
}

async fn create(
    api: Data<Api>,
    key: KeyHeader,
    JsonBody(wanted): JsonBody<NewDebateRequest>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let config = wanted.with(&api.settings().debates);
    let key = key.of("create", &config);
    let (opened, limits) = create_debate::open(&api, config, key).await?;
    let debate = opened.handle();
    match (&opened, debate.start().await) {
        (_, Ok(_)) => {}
        // The debate ran meanwhile; a repeated request gets the same response.
        (Opened::Existing(_), Err(EngineError::Rejected(Rejection::NotAllowed { .. }))) => {}
        (Opened::New(_) | Opened::Existing(_), Err(error)) => return Err(error.into()),
    }
    let debate_id = debate.id();
    let created = DebateOpened { debate_id, status: DebateStatus::Running, limits };
    let location = Published::of(&request).path(&format!("{DEBATES}/{debate_id}"));
    let mut response = HttpResponse::Created();
    idempotency::mark(&mut response, &opened);
    Ok(response.insert_header((LOCATION, location)).json(created))
}

async fn delete(api: Data<Api>, path: DebatePath) -> Result<HttpResponse, ApiError> {
    let debate = api.debate(&path).await?;
    let state = debate.snapshot().await?;
    if state.status() != Status::Closed {
        let (status, allowed) = (DebateStatus::from(&state), state.status().allowed());
        return Err(ApiError::NotAllowed { command: "delete", status, allowed });
    }
    api.delete(debate.id()).await?;
    Ok(HttpResponse::NoContent().finish())
}
