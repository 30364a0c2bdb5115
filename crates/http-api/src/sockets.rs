//! The sockets of the FastAPI design.

mod agent_updates;
mod debate_updates;
mod end;
mod frames;
mod pulse;
mod subscriptions;

pub(crate) use self::{
    agent_updates::Update as AgentUpdatesMessage,
    debate_updates::{Notice as DebateNotice, Wish as DebateUpdatesRequest},
};

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev, web::Payload};
use actix_ws::{AggregatedMessageStream, Session};

use self::frames::Frames;
use crate::{Api, endpoint::Endpoint, incoming::Incoming};

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = agent_updates::endpoints();
    endpoints.extend(debate_updates::endpoints());
    endpoints
}

/// A socket that was just opened.
struct Opened {
    response: HttpResponse,
    session: Session,
    /// What the peer says, in whole messages.
    messages: AggregatedMessageStream,
}

/// Opens a socket. A frame, or frames that belong together, of more bytes than the limit end the
/// conversation: a frame as soon as its length is read.
async fn open(
    api: &Api,
    request: &HttpRequest,
    payload: Payload,
) -> Result<Opened, actix_web::Error> {
    Incoming::has_no_limit(request);
    let most = api.settings().limits.frame;
    let frames = Box::pin(Frames::of(payload.into_inner(), most));
    let payload = Payload::from_request(request, &mut dev::Payload::Stream { payload: frames });
    let (response, session, messages) = actix_ws::handle(request, payload.await?)?;
    let messages =
        messages.max_frame_size(most).aggregate_continuations().max_continuation_size(most);
    Ok(Opened { response, session, messages })
}
