//! A debate as an event stream.

use std::{convert::Infallible, sync::Arc, time::Duration};

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY},
    web::Bytes,
};
use futures_util::{Stream, stream};
use serde_json::json;
use synod_domain::DebateId;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{
    watch::{WatchItem, Watcher},
    wire::ServerMessage,
};

/// Interval of comments that keep proxies from closing the connection.
const SILENCE: Duration = Duration::from_secs(9);

/// Responds with the items of a watcher, until the token is cancelled.
pub(super) fn response(
    id: DebateId,
    watcher: Watcher,
    rendered: bool,
    ending: Arc<CancellationToken>,
) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((VARY, "Accept"))
        .insert_header(("X-Accel-Buffering", "no"))
        // A compressor would hold events back until it has enough of them.
        .insert_header((CONTENT_ENCODING, "identity"))
        .streaming(messages(id, watcher, rendered, ending))
}

fn messages(
    id: DebateId,
    watcher: Watcher,
    rendered: bool,
    ending: Arc<CancellationToken>,
) -> impl Stream<Item = Result<Bytes, Infallible>> {
    // The first comment tells the reader at once that the stream is open.
    let state = (watcher, Some(comment("hello")));
    stream::unfold(state, move |(mut watcher, first)| {
        let ending = Arc::clone(&ending);
        async move {
            if let Some(first) = first {
                return Some((Ok(first), (watcher, None)));
            }
            let message = tokio::select! { biased;
                () = ending.cancelled() => None,
                watched = timeout(SILENCE, watcher.next()) => match watched {
                    Ok(watched) => message(id, watched?.ok()?, rendered),
                    Err(_) => comment("still here"),
                }.into(),
            };
            Some((Ok(message?), (watcher, None)))
        }
    })
}

fn message(id: DebateId, watched: WatchItem, rendered: bool) -> Bytes {
    match watched {
        WatchItem::Frame(frame) if rendered => frame.rendered_sse(),
        WatchItem::Frame(frame) => frame.sse(),
        WatchItem::Lagged { missed, next_seq } => {
            let notice = ServerMessage::Lagged { debate_id: id, missed, next_seq };
            let data = json!(notice);
            format!("event: lagged\ndata: {data}\n\n").into()
        }
    }
}

fn comment(text: &str) -> Bytes {
    format!(": {text}\n\n").into()
}
