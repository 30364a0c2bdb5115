use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use actix_ws::CloseCode;
use bytestring::ByteString;
use synod_agents::AgentWatch;
use synod_domain::AgentId;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

use super::{
    close::SocketEnd,
    socket::{Message, Protocol, Sender, accept},
};
use crate::{
    Api,
    endpoint::Endpoint,
    wire::{AgentUpdate, SystemStatusResponse},
};

/// Interval of the full status.
const UPDATE: Duration = Duration::from_secs(30);
/// Minimum interval between reports of changes; each has the newest state of an agent once.
const GATHER: Duration = Duration::from_millis(100);

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/ws/agent-updates", "websocket_agent_updates", connect).undescribed()]
}

/// Sends the status of all agents at first and periodically, and each agent that changes.
struct AgentSocket {
    api: Api,
    watch: AgentWatch,
    updates: Interval,
    /// When changes were reported last.
    reported: Instant,
}

/// A reason to send the status of agents.
enum AgentEvent {
    Update,
    Changed(Vec<AgentId>),
}

async fn connect(
    api: Data<Api>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let now = Instant::now();
    let mut updates = interval_at(now + UPDATE, UPDATE);
    updates.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let watch = api.synod().agents().watch();
    let protocol = AgentSocket { api: Api::clone(&api), watch, updates, reported: now };
    accept(&api, &request, payload, protocol).await
}

impl Protocol for AgentSocket {
    type Event = AgentEvent;

    async fn begin(&mut self, sender: &mut Sender) -> Result<(), SocketEnd> {
        let status = SystemStatusResponse::of(&self.api).await;
        send(&AgentUpdate::First(status), sender).await
    }

    async fn next(&mut self) -> AgentEvent {
        let may_report = self.reported + GATHER;
        tokio::select! { biased;
            _ = self.updates.tick() => AgentEvent::Update,
            changed = changed(&mut self.watch, may_report) => AgentEvent::Changed(changed),
        }
    }

    async fn send(&mut self, event: AgentEvent, sender: &mut Sender) -> Result<(), SocketEnd> {
        match event {
            AgentEvent::Update => self.send_all(sender).await,
            AgentEvent::Changed(agents) => {
                self.send_changed(agents, sender).await?;
                self.reported = Instant::now();
                Ok(())
            }
        }
    }

    /// Clients have nothing to say here.
    async fn receive(&mut self, _: Message, _: &mut Sender) -> Result<(), SocketEnd> {
        Ok(())
    }

    /// The periodic status serves as one.
    fn heartbeat(&self) -> Option<ByteString> {
        None
    }
}

impl AgentSocket {
    async fn send_changed(
        &self,
        agents: Vec<AgentId>,
        sender: &mut Sender,
    ) -> Result<(), SocketEnd> {
        let mut is_one_removed = false;
        for agent in agents {
            match self.api.synod().agents().report(&agent).await {
                Ok(report) => send(&AgentUpdate::Agent(Box::new(report.into())), sender).await?,
                Err(_) => is_one_removed = true,
            }
        }
        if is_one_removed { self.send_all(sender).await } else { Ok(()) }
    }

    async fn send_all(&self, sender: &mut Sender) -> Result<(), SocketEnd> {
        let status = SystemStatusResponse::of(&self.api).await;
        send(&AgentUpdate::Again(status), sender).await
    }
}

async fn send(update: &AgentUpdate, sender: &mut Sender) -> Result<(), SocketEnd> {
    let text = serde_json::to_string(update).map_err(|error| {
        tracing::error!(%error, "an update cannot be written");
        SocketEnd::Close(CloseCode::Error)
    })?;
    sender.text(text.into()).await
}

/// Waits until an agent changes, at least until `not_before`. No change is lost if the wait is cancelled.
async fn changed(watch: &mut AgentWatch, not_before: Instant) -> Vec<AgentId> {
    sleep_until(not_before).await;
    watch.changed().await
}
