mod debate_socket;

use actix_web::{
    HttpRequest, HttpResponse, rt,
    web::{Data, Payload},
};
use futures_util::{FutureExt, StreamExt, stream};
use schemars::JsonSchema;
use serde::Deserialize;

use self::debate_socket::DebateSocket;
use super::{Opened, open, subscriptions::Subscriptions};
use crate::{
    Api, endpoint::Endpoint, extract::query::Query, peer::Peer, response::error::ApiError,
    watch::After,
};

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
    let mut newcomers = stream::pending().boxed();
    let since = api.now();
    if let Some(id) = &query.debate_id {
        let debate = api.debate(id).await?;
        let watcher = api.watches().watch(&debate, After::Event(query.after), deltas).await;
        subscriptions.insert(debate.id(), watcher.map_err(ApiError::from)?);
    } else {
        newcomers = api.synod().debates().entered().boxed();
        while let Some(Some(id)) = newcomers.next().now_or_never() {
            let debate = api.synod().debates().get(id).await.map_err(ApiError::from)?;
            let watcher = api.watches().watch(&debate, After::Now, deltas).await;
            subscriptions.insert(id, watcher.map_err(ApiError::from)?);
        }
    }
    let Opened { response, session, messages } = open(&api, &request, payload).await?;
    let api = Api::clone(&api);
    let peer = Peer::of(&request);
    let conversation = DebateSocket { api, session, peer, subscriptions, newcomers, since, deltas };
    rt::spawn(conversation.hold(messages));
    Ok(response)
}
