use actix_web::http::StatusCode;
use bytestring::ByteString;
use futures_util::{StreamExt, stream::BoxStream};
use serde::Deserialize;
use synod_debate_engine::{EngineError, LiveContent};
use synod_domain::{DebateId, Timestamp};
use synod_request_validation::abridged_text;

use super::subscriptions::Subscriptions;
use crate::{
    Api,
    response::error::ApiError,
    routes::ws::{
        close::SocketEnd,
        socket::{Message, Protocol, Sender},
    },
    watch::{After, Watch, WatchItem},
    wire::{ClientMessage, ServerMessage},
};

/// Maximum number of debates that a socket watches by name.
const MOST_NAMED: usize = 256;
/// Bytes of a debate's id that are quoted.
const LONGEST_ID: usize = 128;

/// Sends the events of the debates that a client watches.
pub(super) struct DebateSocket {
    pub(super) api: Api,
    pub(super) subscriptions: Subscriptions,
    /// Further debates to watch, as they begin.
    pub(super) newcomers: BoxStream<'static, DebateId>,
    /// When the socket was opened.
    pub(super) since: Timestamp,
    /// Whether deltas are sent, unless a subscription says otherwise.
    pub(super) deltas: bool,
    /// The debate that the address names with an event that it does not have, and the number of its last.
    pub(super) reset: Option<(DebateId, u64)>,
}

/// Something to send, or to watch.
pub(super) enum DebateEvent {
    Watched(DebateId, Result<WatchItem, EngineError>),
    Newcomer(DebateId),
}

impl Protocol for DebateSocket {
    type Event = DebateEvent;

    async fn begin(&mut self, sender: &mut Sender) -> Result<(), SocketEnd> {
        match self.reset.take() {
            Some((debate_id, last_seq)) => {
                notify(&ServerMessage::Reset { debate_id, last_seq }, sender).await
            }
            None => Ok(()),
        }
    }

    async fn next(&mut self) -> DebateEvent {
        tokio::select! { biased;
            (id, watched) = self.subscriptions.next() => DebateEvent::Watched(id, watched),
            Some(id) = self.newcomers.next() => DebateEvent::Newcomer(id),
        }
    }

    async fn send(&mut self, event: DebateEvent, sender: &mut Sender) -> Result<(), SocketEnd> {
        match event {
            DebateEvent::Watched(_, Ok(WatchItem::Frame(frame))) => {
                sender.text(frame.json().clone()).await
            }
            DebateEvent::Watched(debate_id, Ok(WatchItem::Lagged { missed, next_seq })) => {
                notify(&ServerMessage::Lagged { debate_id, missed, next_seq }, sender).await
            }
            DebateEvent::Watched(id, Err(error)) => refuse_debate(id, error, sender).await,
            DebateEvent::Newcomer(id) => match self.watch_newcomer(id).await {
                Ok(()) => Ok(()),
                Err(error) => refuse_debate(id, error, sender).await,
            },
        }
    }

    async fn receive(&mut self, message: Message, sender: &mut Sender) -> Result<(), SocketEnd> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary => return refuse("messages are text, in JSON", None, sender).await,
        };
        match ClientMessage::read(&text) {
            Ok(ClientMessage::Subscribe { debate_id, after, deltas }) => {
                let deltas = deltas.unwrap_or(self.deltas);
                match self.subscribe(&debate_id, After::Event(after), deltas).await {
                    Ok(None) => Ok(()),
                    Ok(Some(reset)) => notify(&reset, sender).await,
                    Err(error) => {
                        refuse(&error.answer().detail, Some(quoted(&debate_id)), sender).await
                    }
                }
            }
            Ok(ClientMessage::Unsubscribe { debate_id }) => {
                // An invalid id is not watched.
                if let Ok(id) = debate_id.parse::<DebateId>() {
                    self.subscriptions.remove(id);
                }
                Ok(())
            }
            Err(detail) => refuse(detail, named(&text), sender).await,
        }
    }

    fn heartbeat(&self) -> Option<ByteString> {
        Some(ServerMessage::Heartbeat.json().into())
    }
}

impl DebateSocket {
    /// Watches a debate, or returns why not if it has no such event. An earlier watch of it ends.
    async fn subscribe(
        &mut self,
        id: &str,
        after: After,
        deltas: bool,
    ) -> Result<Option<ServerMessage<'static>>, ApiError> {
        let debate = self.api.debate(id).await?;
        if self.subscriptions.len() >= MOST_NAMED && !self.subscriptions.has(debate.id()) {
            let detail =
                format!("a socket that watches {MOST_NAMED} debates takes no further one by name");
            return Err(ApiError::Refused { status: StatusCode::TOO_MANY_REQUESTS, detail });
        }
        let wanted = LiveContent::deltas(deltas);
        match self.api.watched_debates().watch(&debate, after, wanted).await? {
            Watch::Begun(watcher) => {
                self.subscriptions.insert(debate.id(), watcher);
                Ok(None)
            }
            Watch::Beyond { last: last_seq } => {
                self.subscriptions.remove(debate.id());
                Ok(Some(ServerMessage::Reset { debate_id: debate.id(), last_seq }))
            }
        }
    }

    /// Watches a debate that this server has begun to drive: from its first event, or from now on if the
    /// debate began before the socket was opened.
    async fn watch_newcomer(&mut self, id: DebateId) -> Result<(), EngineError> {
        // The client has subscribed already, or the debate has come back: the watch continues.
        if self.subscriptions.has(id) {
            return Ok(());
        }
        let debate = self.api.synod().debates().get(id).await?;
        let first = debate.events(1, 1).await?;
        let is_new = first.first().is_some_and(|first| first.at >= self.since);
        let after = if is_new { After::Event(0) } else { After::Now };
        let wanted = LiveContent::deltas(self.deltas);
        if let Watch::Begun(watcher) =
            self.api.watched_debates().watch(&debate, after, wanted).await?
        {
            self.subscriptions.insert(id, watcher);
        }
        Ok(())
    }
}

async fn refuse_debate(
    id: DebateId,
    error: EngineError,
    sender: &mut Sender,
) -> Result<(), SocketEnd> {
    refuse(&ApiError::from(error).answer().detail, Some(id.to_string()), sender).await
}

async fn refuse(
    detail: &str,
    debate_id: Option<String>,
    sender: &mut Sender,
) -> Result<(), SocketEnd> {
    notify(&ServerMessage::Error { detail, debate_id }, sender).await
}

async fn notify(message: &ServerMessage<'_>, sender: &mut Sender) -> Result<(), SocketEnd> {
    sender.text(message.json().into()).await
}

/// The debate that a message names, even if the message is otherwise invalid.
fn named(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        debate_id: String,
    }
    serde_json::from_str(text).map(|Named { debate_id }| quoted(&debate_id)).ok()
}

/// An id as the client sent it, shortened if it is too long for one.
fn quoted(id: &str) -> String {
    abridged_text(id, LONGEST_ID)
}
