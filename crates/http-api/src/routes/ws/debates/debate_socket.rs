use std::{convert::Infallible, pin::pin, sync::Arc};

use actix_ws::{
    AggregatedMessage, AggregatedMessageStream, CloseCode, Closed, ProtocolError, Session,
};
use bytestring::ByteString;
use futures_util::{StreamExt, stream::BoxStream};
use serde::Deserialize;
use synod_debate_engine::EngineError;
use synod_domain::{DebateId, Timestamp};
use synod_request_validation::abridged_text;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::{
    Api,
    peer::Peer,
    response::error::ApiError,
    routes::ws::{
        close::SocketEnd,
        heartbeat::{Heartbeat, PATIENCE, Tick},
        subscriptions::Subscriptions,
    },
    watch::{After, Watched},
    wire::{ClientMessage, ServerMessage},
};

/// Maximum number of debates that a socket watches by name.
const MOST_NAMED: usize = 256;
/// Bytes of a debate's id that are quoted.
const LONGEST_ID: usize = 128;

/// A socket that is open.
pub(super) struct DebateSocket {
    pub(super) api: Api,
    pub(super) session: Session,
    pub(super) peer: Option<Arc<Peer>>,
    pub(super) subscriptions: Subscriptions,
    /// Debates that are to be watched too, as they come.
    pub(super) newcomers: BoxStream<'static, DebateId>,
    /// When the peer came.
    pub(super) since: Timestamp,
    /// Whether the peer wants deltas, unless it says otherwise of a debate.
    pub(super) deltas: bool,
}

impl DebateSocket {
    /// Holds it to its end.
    pub(super) async fn hold(mut self, messages: AggregatedMessageStream) {
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
        let mut pulse = Heartbeat::new();
        loop {
            tokio::select! { biased;
                () = &mut closing => return Err(SocketEnd::Close(CloseCode::Away)),
                message = messages.recv() => {
                    pulse.heard();
                    self.hear(message).await?;
                }
                watched = self.subscriptions.next() => {
                    self.tell(watched).await?;
                    pulse.said();
                }
                Some(id) = self.newcomers.next() => self.watch_newcomer(id).await?,
                beat = pulse.next() => match beat {
                    Tick::Heartbeat => self.notify(&ServerMessage::Heartbeat).await?,
                    Tick::Ping => patiently(self.api.closing(), self.session.ping(b"")).await?,
                    Tick::Gone => return Err(SocketEnd::Gone),
                },
            }
        }
    }

    async fn hear(
        &mut self,
        message: Option<Result<AggregatedMessage, ProtocolError>>,
    ) -> Result<(), SocketEnd> {
        match message {
            Some(Ok(AggregatedMessage::Text(text))) => match ClientMessage::read(&text) {
                Ok(wish) => self.grant(wish).await,
                Err(detail) => self.refuse(detail, named(&text)).await,
            },
            Some(Ok(AggregatedMessage::Binary(_))) => {
                self.refuse("messages are text, in JSON", None).await
            }
            Some(Ok(AggregatedMessage::Ping(bytes))) => {
                patiently(self.api.closing(), self.session.pong(&bytes)).await
            }
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            Some(Ok(AggregatedMessage::Close(_))) => {
                self.peer.iter().for_each(|peer| peer.said_goodbye());
                Err(SocketEnd::Close(CloseCode::Normal))
            }
            Some(Err(error)) => Err(error.into()),
            None => Err(SocketEnd::Gone),
        }
    }

    async fn grant(&mut self, wish: ClientMessage) -> Result<(), SocketEnd> {
        match wish {
            ClientMessage::Subscribe { debate_id, after, deltas } => {
                let deltas = deltas.unwrap_or(self.deltas);
                match self.subscribe(&debate_id, After::Event(after), deltas).await {
                    Ok(()) => Ok(()),
                    Err(error) => {
                        self.refuse(&error.answer().detail, Some(quoted(&debate_id))).await
                    }
                }
            }
            ClientMessage::Unsubscribe { debate_id } => {
                // An invalid id is not watched.
                if let Ok(id) = debate_id.parse::<DebateId>() {
                    self.subscriptions.remove(id);
                }
                Ok(())
            }
        }
    }

    async fn subscribe(&mut self, id: &str, after: After, deltas: bool) -> Result<(), ApiError> {
        let debate = self.api.debate(id).await?;
        if self.subscriptions.len() >= MOST_NAMED && !self.subscriptions.has(debate.id()) {
            let status = actix_web::http::StatusCode::TOO_MANY_REQUESTS;
            let detail =
                format!("a socket that watches {MOST_NAMED} debates takes no further one by name");
            return Err(ApiError::Refused { status, detail });
        }
        let watcher = self.api.watches().watch(&debate, after, deltas).await?;
        self.subscriptions.insert(debate.id(), watcher);
        Ok(())
    }

    /// Watches a debate that this server has begun to drive: from its beginning, unless that was
    /// before the peer came, and elsewhere.
    async fn watch_newcomer(&mut self, id: DebateId) -> Result<(), SocketEnd> {
        // The peer was faster, or the debate has come back: the watch continues.
        if self.subscriptions.has(id) {
            return Ok(());
        }
        let watch = async {
            let debate = self.api.synod().debates().get(id).await?;
            let first = debate.events(1, 1).await?;
            let is_new = first.first().is_some_and(|first| first.at >= self.since);
            let after = if is_new { After::Event(0) } else { After::Now };
            self.api.watches().watch(&debate, after, self.deltas).await
        };
        match watch.await {
            Ok(watcher) => self.subscriptions.insert(id, watcher),
            Err(error) => self.refuse_debate(id, error).await?,
        }
        Ok(())
    }

    async fn tell(
        &mut self,
        (debate_id, watched): (DebateId, Result<Watched, EngineError>),
    ) -> Result<(), SocketEnd> {
        match watched {
            Ok(Watched::Frame(frame)) => self.say(frame.json().clone()).await,
            Ok(Watched::Lagged { missed, next_seq }) => {
                self.notify(&ServerMessage::Lagged { debate_id, missed, next_seq }).await
            }
            Err(error) => self.refuse_debate(debate_id, error).await,
        }
    }

    async fn refuse_debate(&mut self, id: DebateId, error: EngineError) -> Result<(), SocketEnd> {
        self.refuse(&ApiError::from(error).answer().detail, Some(id.to_string())).await
    }

    async fn refuse(&mut self, detail: &str, debate_id: Option<String>) -> Result<(), SocketEnd> {
        self.notify(&ServerMessage::Error { detail, debate_id }).await
    }

    async fn notify(&mut self, notice: &ServerMessage<'_>) -> Result<(), SocketEnd> {
        self.say(notice.json().into()).await
    }

    async fn say(&mut self, text: ByteString) -> Result<(), SocketEnd> {
        patiently(self.api.closing(), self.session.text(text)).await
    }
}

/// Waits while the peer takes nothing, and gives it up if that lasts too long. Meanwhile nothing is
/// kept for it.
async fn patiently(
    closing: &CancellationToken,
    sending: impl Future<Output = Result<(), Closed>>,
) -> Result<(), SocketEnd> {
    tokio::select! { biased;
        sent = timeout(PATIENCE, sending) => match sent {
            Ok(sent) => Ok(sent?),
            Err(_) => Err(SocketEnd::Gone),
        },
        () = closing.cancelled() => Err(SocketEnd::Close(CloseCode::Away)),
    }
}

/// The debate that a message names, even if the message is otherwise invalid.
fn named(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        debate_id: String,
    }
    serde_json::from_str(text).map(|Named { debate_id }| quoted(&debate_id)).ok()
}

/// An id as the peer sent it, if it is not too long for one.
fn quoted(id: &str) -> String {
    abridged_text(id, LONGEST_ID)
}
