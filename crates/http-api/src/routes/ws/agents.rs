use std::{convert::Infallible, pin::pin, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, rt,
    web::{Data, Payload},
};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, ProtocolError, Session};
use synod_agents::AgentWatch;
use synod_domain::AgentId;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::{Opened, close::SocketEnd, heartbeat::PATIENCE, open};
use crate::{
    Api,
    endpoint::Endpoint,
    peer::Peer,
    wire::{AgentUpdate, SystemStatusResponse},
};

/// Interval of the full status.
const UPDATE: Duration = Duration::from_secs(30);
/// Minimum interval between reports of changes; each has the newest state of an agent once.
const GATHER: Duration = Duration::from_millis(100);
/// The peer is pinged that often.
const PING: Duration = Duration::from_secs(20);

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/ws/agent-updates", "websocket_agent_updates", connect).undescribed()]
}

/// A socket that is open.
struct AgentSocket {
    api: Api,
    session: Session,
    peer: Option<Arc<Peer>>,
    watch: AgentWatch,
}

async fn connect(
    api: Data<Api>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let Opened { response, session, messages } = open(&api, &request, payload).await?;
    let watch = api.synod().agents().watch();
    let (api, peer) = (Api::clone(&api), Peer::of(&request));
    rt::spawn(AgentSocket { api, session, peer, watch }.hold(messages));
    Ok(response)
}

impl AgentSocket {
    async fn hold(mut self, messages: AggregatedMessageStream) {
        let end = match self.go_on(messages).await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        end.tell(self.session).await;
    }

    async fn go_on(
        &mut self,
        mut messages: AggregatedMessageStream,
    ) -> Result<Infallible, SocketEnd> {
        let closing = self.api.closing().clone();
        let mut closing = pin!(closing.cancelled());
        let now = Instant::now();
        let (mut updates, mut pings) =
            (interval_at(now + UPDATE, UPDATE), interval_at(now + PING, PING));
        updates.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut heard, mut told) = (now, now);
        let status = SystemStatusResponse::of(&self.api).await;
        self.say(AgentUpdate::First(status)).await?;
        loop {
            tokio::select! { biased;
                () = &mut closing => return Err(SocketEnd::Close(CloseCode::Away)),
                message = messages.recv() => {
                    heard = Instant::now();
                    self.hear(message).await?;
                }
                _ = pings.tick() => {
                    // Though pinged.
                    if heard.elapsed() >= PATIENCE {
                        return Err(SocketEnd::Gone);
                    }
                    self.session.ping(b"").await?;
                }
                _ = updates.tick() => self.tell_all().await?,
                changed = changed(&mut self.watch, told + GATHER) => {
                    self.tell_of(changed).await?;
                    told = Instant::now();
                }
            }
        }
    }

    /// The peer has nothing to say here; it is only seen to live.
    async fn hear(
        &mut self,
        message: Option<Result<AggregatedMessage, ProtocolError>>,
    ) -> Result<(), SocketEnd> {
        match message {
            Some(Ok(AggregatedMessage::Ping(bytes))) => Ok(self.session.pong(&bytes).await?),
            Some(Ok(
                AggregatedMessage::Text(_)
                | AggregatedMessage::Binary(_)
                | AggregatedMessage::Pong(_),
            )) => Ok(()),
            Some(Ok(AggregatedMessage::Close(_))) => {
                self.peer.iter().for_each(|peer| peer.said_goodbye());
                Err(SocketEnd::Close(CloseCode::Normal))
            }
            Some(Err(error)) => Err(error.into()),
            None => Err(SocketEnd::Gone),
        }
    }

    async fn tell_of(&mut self, changed: Vec<AgentId>) -> Result<(), SocketEnd> {
        let mut someone_has_gone = false;
        for agent in changed {
            match self.api.synod().agents().report(&agent).await {
                Ok(report) => self.say(AgentUpdate::Agent(Box::new(report.into()))).await?,
                Err(_) => someone_has_gone = true,
            }
        }
        if someone_has_gone { self.tell_all().await } else { Ok(()) }
    }

    async fn tell_all(&mut self) -> Result<(), SocketEnd> {
        let status = SystemStatusResponse::of(&self.api).await;
        self.say(AgentUpdate::Again(status)).await
    }

    async fn say(&mut self, update: AgentUpdate) -> Result<(), SocketEnd> {
        let text = serde_json::to_string(&update).map_err(|error| {
            tracing::error!(%error, "an update cannot be written");
            SocketEnd::Close(CloseCode::Error)
        })?;
        match timeout(PATIENCE, self.session.text(text)).await {
            Ok(said) => Ok(said?),
            Err(_) => Err(SocketEnd::Gone),
        }
    }
}

/// The agents that have changed, not before that time. Whoever is cancelled while it waits loses
/// none.
async fn changed(watch: &mut AgentWatch, not_before: Instant) -> Vec<AgentId> {
    sleep_until(not_before).await;
    watch.changed().await
}
