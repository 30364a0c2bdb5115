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
    Api, endpoint::Endpoint, extract::query::Query, response::error::ApiError, watch::After,
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
    let since = api.now();
    if let Some(id) = &query.debate_id {
        let debate = api.debate(id).await?;
        let watcher = api
            .watched_debates()
            .watch(&debate, After::Event(query.after), LiveContent::deltas(deltas))
            .await;
        subscriptions.insert(debate.id(), watcher.map_err(ApiError::from)?);
    } else {
        newcomers = api.synod().debates().entered().boxed();
        while let Some(Some(id)) = newcomers.next().now_or_never() {
            let debate = api.synod().debates().get(id).await.map_err(ApiError::from)?;
            let watcher =
                api.watched_debates().watch(&debate, After::Now, LiveContent::deltas(deltas)).await;
            subscriptions.insert(id, watcher.map_err(ApiError::from)?);
        }
    }
    let protocol = DebateSocket { api: Api::clone(&api), subscriptions, newcomers, since, deltas };
    accept(&api, &request, payload, protocol).await
}
