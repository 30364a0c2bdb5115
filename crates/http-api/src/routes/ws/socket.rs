//! The pump of every socket: the handshake, heartbeats, messages in both directions, and the close.

use std::{convert::Infallible, pin::pin, sync::Arc};

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev, rt, web::Payload};
use actix_ws::{
    AggregatedMessage, AggregatedMessageStream, CloseCode, Closed, ProtocolError, Session,
};
use bytestring::ByteString;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{
    close::SocketEnd,
    frames::Frames,
    heartbeat::{Heartbeat, PATIENCE, Tick},
};
use crate::{Api, extract::payload::Incoming, peer::Peer};

/// The messages of the sockets of one route.
pub(super) trait Protocol {
    /// Something to send.
    type Event;

    /// Sends the first messages.
    async fn begin(&mut self, sender: &mut Sender) -> Result<(), SocketEnd>;

    /// Waits for something to send. Nothing is lost if the wait is cancelled.
    async fn next(&mut self) -> Self::Event;

    /// Sends what [`next`](Self::next) returned.
    async fn send(&mut self, event: Self::Event, sender: &mut Sender) -> Result<(), SocketEnd>;

    /// Handles a message of the client.
    async fn receive(&mut self, message: Message, sender: &mut Sender) -> Result<(), SocketEnd>;

    /// The message that is sent after a time without any other; `None`: none is.
    fn heartbeat(&self) -> Option<ByteString>;
}

/// A message of a client.
pub(super) enum Message {
    Text(ByteString),
    Binary,
}

/// An open socket.
struct Socket {
    messages: AggregatedMessageStream,
    peer: Option<Arc<Peer>>,
    sender: Sender,
}

/// The direction to the client.
pub(super) struct Sender {
    session: Session,
    heartbeat: Heartbeat,
    closing: CancellationToken,
}

/// Accepts a handshake and serves the socket in a task of its own.
///
/// A frame, or the frames of one message, of more bytes than the limit end the socket: a frame as soon as
/// its length is read.
pub(super) async fn accept(
    api: &Api,
    request: &HttpRequest,
    payload: Payload,
    protocol: impl Protocol + 'static,
) -> Result<HttpResponse, actix_web::Error> {
    Incoming::has_no_limit(request);
    let most = api.settings().limits.frame;
    let frames = Box::pin(Frames::of(payload.into_inner(), most));
    let payload = Payload::from_request(request, &mut dev::Payload::Stream { payload: frames });
    let (response, session, messages) = actix_ws::handle(request, payload.await?)?;
    let messages =
        messages.max_frame_size(most).aggregate_continuations().max_continuation_size(most);
    let closing = api.closing().clone();
    let sender = Sender { session, heartbeat: Heartbeat::new(), closing };
    rt::spawn(Socket { messages, peer: Peer::of(request), sender }.serve(protocol));
    Ok(response)
}

impl Socket {
    async fn serve(mut self, mut protocol: impl Protocol) {
        let end = match self.pump(&mut protocol).await {
            Ok(never) => match never {},
            Err(end) => end,
        };
        end.send_close(self.sender.session).await;
    }

    async fn pump(&mut self, protocol: &mut impl Protocol) -> Result<Infallible, SocketEnd> {
        let closing = self.sender.closing.clone();
        let mut closing = pin!(closing.cancelled());
        protocol.begin(&mut self.sender).await?;
        loop {
            tokio::select! { biased;
                () = &mut closing => return Err(SocketEnd::Close(CloseCode::Away)),
                message = self.messages.recv() => {
                    self.sender.heartbeat.received();
                    self.receive(message, protocol).await?;
                }
                tick = self.sender.heartbeat.next() => match tick {
                    Tick::Heartbeat => if let Some(message) = protocol.heartbeat() {
                        self.sender.text(message).await?;
                    },
                    Tick::Ping => self.sender.ping().await?,
                    Tick::Gone => return Err(SocketEnd::Gone),
                },
                event = protocol.next() => protocol.send(event, &mut self.sender).await?,
            }
        }
    }

    async fn receive(
        &mut self,
        message: Option<Result<AggregatedMessage, ProtocolError>>,
        protocol: &mut impl Protocol,
    ) -> Result<(), SocketEnd> {
        match message {
            Some(Ok(AggregatedMessage::Text(text))) => {
                protocol.receive(Message::Text(text), &mut self.sender).await
            }
            Some(Ok(AggregatedMessage::Binary(_))) => {
                protocol.receive(Message::Binary, &mut self.sender).await
            }
            Some(Ok(AggregatedMessage::Ping(bytes))) => self.sender.pong(&bytes).await,
            Some(Ok(AggregatedMessage::Pong(_))) => Ok(()),
            Some(Ok(AggregatedMessage::Close(_))) => {
                self.peer.iter().for_each(|peer| peer.sent_close());
                Err(SocketEnd::Close(CloseCode::Normal))
            }
            Some(Err(error)) => Err(error.into()),
            None => Err(SocketEnd::Gone),
        }
    }
}

impl Sender {
    /// Sends a text message.
    pub(super) async fn text(&mut self, text: ByteString) -> Result<(), SocketEnd> {
        patiently(&self.closing, self.session.text(text)).await?;
        self.heartbeat.sent();
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), SocketEnd> {
        patiently(&self.closing, self.session.ping(b"")).await
    }

    async fn pong(&mut self, bytes: &[u8]) -> Result<(), SocketEnd> {
        patiently(&self.closing, self.session.pong(bytes)).await
    }
}

/// Waits while the client reads nothing, up to a limit. Nothing is queued for it meanwhile.
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
