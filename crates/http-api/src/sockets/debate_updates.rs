mod conversation;
mod message;

use actix_web::{
    HttpRequest, HttpResponse, rt,
    web::{Data, Payload},
};
use schemars::JsonSchema;
use serde::Deserialize;

use self::conversation::Conversation;
use super::subscriptions::Subscriptions;
use crate::{Api, endpoint::Endpoint, error::ApiError, query::Query, watch::After};

/// Most bytes of a message from the peer.
const MOST_BYTES: usize = 64 << 10;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/ws/debate-updates", "websocket_debate_updates", connect).undescribed()]
}

/// What to watch.
#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct DebateUpdatesQuery {
    /// One debate; without it all, from now on
    #[garde(skip)]
    debate_id: Option<String>,
    /// The events after the one of this number
    #[serde(default)]
    #[garde(skip)]
    after: u64,
    /// Whether to bring what is being said
    #[garde(skip)]
    deltas: Option<bool>,
}

async fn connect(
    api: Data<Api>,
    Query(query): Query<DebateUpdatesQuery>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let deltas = query.deltas.unwrap_or(true);
    let mut subscriptions = Subscriptions::default();
    if let Some(id) = &query.debate_id {
        let debate = api.debate(id).await?;
        let watcher = api.watches().watch(&debate, After::Event(query.after), deltas).await;
        subscriptions.insert(debate.id(), watcher.map_err(ApiError::from)?);
    }
    let all_since = query.debate_id.is_none().then(|| api.now());
    let (response, session, messages) = actix_ws::handle(&request, payload)?;
    let messages = messages
        .max_frame_size(MOST_BYTES)
        .aggregate_continuations()
        .max_continuation_size(MOST_BYTES);
    let api = Api::clone(&api);
    rt::spawn(Conversation { api, session, subscriptions, deltas }.hold(messages, all_since));
    Ok(response)
}
