mod debate_socket;
mod subscriptions;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use futures_util::{FutureExt, StreamExt, stream};
use schemars::JsonSchema;
use serde::Deserialize;
use synod_debate_engine::LiveContent;

use self::{debate_socket::DebateSocket, subscriptions::Subscriptions};
use super::socket::accept;
use crate::{
    Api,
    endpoint::Endpoint,
    extract::query::Query,
    response::error::ApiError,
    watch::{After, Watch},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/ws/debate-updates", "websocket_debate_updates", connect).undescribed()]
}

/// The debates to watch.
#[derive(Debug, Deserialize, JsonSchema, garde::Validate)]
pub(crate) struct DebateUpdatesQuery {
    /// One debate; without it all, from now on
    #[garde(skip)]
    debate_id: Option<String>,
    /// Only events with a greater `seq`
    #[serde(default)]
    #[garde(skip)]
    after: u64,
    /// Whether to send the text that is being generated
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
    let mut reset = None;
    let since = api.now();
    if let Some(id) = &query.debate_id {
        let debate = api.debate(id).await?;
        let watch = api
            .watched_debates()
            .watch(&debate, After::Event(query.after), LiveContent::deltas(deltas))
            .await;
        match watch.map_err(ApiError::from)? {
            Watch::Begun(watcher) => subscriptions.insert(debate.id(), watcher),
            // A page does not see why a handshake is refused, and would try again for ever.
            Watch::Beyond { last } => reset = Some((debate.id(), last)),
        }
    } else {
        newcomers = api.synod().debates().entered().boxed();
        while let Some(Some(id)) = newcomers.next().now_or_never() {
            let debate = api.synod().debates().get(id).await.map_err(ApiError::from)?;
            let watch =
                api.watched_debates().watch(&debate, After::Now, LiveContent::deltas(deltas)).await;
            if let Watch::Begun(watcher) = watch.map_err(ApiError::from)? {
                subscriptions.insert(id, watcher);
            }
        }
    }
    let protocol =
        DebateSocket { api: Api::clone(&api), subscriptions, newcomers, since, deltas, reset };
    accept(&api, &request, payload, protocol).await
}
