//! The sockets of the FastAPI design.

mod agents;
mod close;
mod debates;
mod frames;
mod heartbeat;
mod subscriptions;

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev, web::Payload};
use actix_ws::{AggregatedMessageStream, Session};

use self::frames::Frames;
use crate::{Api, endpoint::Endpoint, extract::payload::Incoming};

/// All of them.
pub(crate) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = agents::endpoints();
    endpoints.extend(debates::endpoints());
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
