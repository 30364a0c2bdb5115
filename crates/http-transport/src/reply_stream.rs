use std::fmt;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Sleep, sleep};

use crate::body::Body;
use crate::error::Error;
use crate::protocol::Protocol;

/// How long to wait, after the last piece, for the end of the body, which frees the connection.
const END_OF_BODY: Duration = Duration::from_millis(100);

/// How long to wait for the usage of a reply whose text is complete: some servers send neither usage
/// nor the end of the body.
const USAGE: Duration = Duration::from_millis(500);

/// The part of the call's limit that is kept free to deliver a reply that is complete.
const RESERVE: Duration = Duration::from_millis(250);

/// A reply that arrives in pieces.
///
/// The stream ends after the last piece or after one error. Nothing is read ahead of the caller.
/// Dropping the stream before its end closes the connection, and the server stops generating.
#[must_use = "dropping the stream cancels the call"]
pub struct ReplyStream<R: ReplyReader>(Stage<R>);

enum Stage<R: ReplyReader> {
    Open {
        body: Body,
        reader: R,
        /// Set when the text is complete and the body has not ended.
        usage_limit: Option<Pin<Box<Sleep>>>,
    },
    /// The body has ended; the reader may have more.
    Draining(R),
    /// A reply that came as a whole.
    Whole(Option<R::Piece>),
    /// The last piece has come; only the end of the body is awaited.
    Closing(Body),
    Ended,
}

/// Reads the pieces of a reply from the bytes of a body, without doing any I/O itself.
pub trait ReplyReader: Unpin {
    /// The protocol that the server speaks.
    type Protocol: Protocol;
    /// A piece of the reply.
    type Piece: Unpin;
    /// The whole reply.
    type Reply: Default;

    /// Adds the next bytes of the body. [`step`](Self::step) has returned `None` before.
    ///
    /// # Errors
    /// The bytes are not of the protocol.
    fn push(&mut self, bytes: Bytes) -> Result<(), Error<Self::Protocol>>;

    /// Returns the next step that the bytes so far allow; `None` if more bytes are needed.
    fn step(&mut self) -> Option<ReadStep<Self>>;

    /// Returns the next step after the body has ended.
    fn finish(&mut self) -> ReadStep<Self>;

    /// Returns whether the pieces so far have a part of the reply's text, so that a repeated call
    /// could contradict it.
    fn has_output(&self) -> bool;

    /// Returns how much of the reply has come, though the body has not ended.
    fn completeness(&self) -> Completeness {
        Completeness::Partial
    }

    /// Adds a piece to the reply.
    fn gather(reply: &mut Self::Reply, piece: Self::Piece);

    /// Returns the text of a reply that was interrupted.
    fn text(reply: Self::Reply) -> String;
}

/// How much of a reply has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// More text is expected.
    Partial,
    /// The text is complete; usage may follow.
    Text,
    /// The reply is complete.
    All,
}

/// A step in reading a reply.
pub enum ReadStep<R: ReplyReader + ?Sized> {
    /// A piece.
    Piece(R::Piece),
    /// The last piece.
    Last(R::Piece),
    /// The reply is complete.
    End,
    /// The reply has failed.
    Failed(Error<R::Protocol>),
}

type Item<R> = Result<<R as ReplyReader>::Piece, Error<<R as ReplyReader>::Protocol>>;

impl<R: ReplyReader> ReplyStream<R> {
    /// Creates a stream of the pieces that a reader finds in a body.
    pub fn new(body: Body, reader: R) -> Self {
        Self(Stage::Open { body, reader, usage_limit: None })
    }

    /// Creates a stream of one piece, which is the whole reply.
    pub fn whole(reply: R::Piece) -> Self {
        Self(Stage::Whole(Some(reply)))
    }

    /// Returns the next piece, or `None` after the last. The same as `StreamExt::next`, without its
    /// import.
    pub async fn next(&mut self) -> Option<Item<R>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Collects the pieces into the whole reply.
    ///
    /// # Errors
    /// The first error of the stream, with the text before it as its
    /// [`partial_content`](Error::partial_content).
    pub async fn collect(mut self) -> Result<R::Reply, Error<R::Protocol>> {
        let mut reply = R::Reply::default();
        while let Some(piece) = self.next().await {
            match piece {
                Ok(piece) => R::gather(&mut reply, piece),
                Err(error) => return Err(error.with_partial_content(R::text(reply))),
            }
        }
        Ok(reply)
    }

    /// The next step of an open reply.
    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<ReadStep<R>> {
        loop {
            let Stage::Open { body, reader, usage_limit } = &mut self.0 else {
                return Poll::Ready(ReadStep::End);
            };
            if let Some(step) = reader.step() {
                return Poll::Ready(step);
            }
            let completeness = reader.completeness();
            let is_complete = completeness != Completeness::Partial;
            if is_complete {
                let limit = usage_limit.get_or_insert_with(|| Box::pin(sleep(within(USAGE, body))));
                // What the server sends meanwhile does not prolong the wait.
                if limit.as_mut().poll(cx).is_ready() {
                    self.0 = Stage::Ended;
                    return Poll::Ready(ReadStep::End);
                }
            } else {
                *usage_limit = None;
            }
            match body.poll_piece(cx) {
                Poll::Ready(Some(Ok(bytes))) => {
                    if let Err(error) = reader.push(bytes) {
                        return Poll::Ready(ReadStep::Failed(error));
                    }
                }
                Poll::Ready(Some(Err(_))) if is_complete => {
                    self.0 = Stage::Ended;
                    return Poll::Ready(ReadStep::End);
                }
                Poll::Ready(Some(Err(failure))) => {
                    let error = Error::of_failure(failure, reader.has_output());
                    return Poll::Ready(ReadStep::Failed(error));
                }
                Poll::Pending if completeness == Completeness::All => {
                    return Poll::Ready(ReadStep::End);
                }
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => {
                    let stage = std::mem::replace(&mut self.0, Stage::Ended);
                    if let Stage::Open { mut reader, .. } = stage {
                        let step = reader.finish();
                        self.0 = Stage::Draining(reader);
                        return Poll::Ready(step);
                    }
                }
            }
        }
    }

    /// The reply is complete: usually the end of the body has come as well.
    fn close(&mut self, cx: &mut Context<'_>) {
        if let Stage::Open { mut body, .. } = std::mem::replace(&mut self.0, Stage::Ended) {
            body.expect_end(within(END_OF_BODY, &body));
            if !has_ended(&mut body, cx) {
                self.0 = Stage::Closing(body);
            }
        }
    }
}

/// Shortens a wait so that the reply is delivered within the limit of the call.
fn within(wait: Duration, body: &Body) -> Duration {
    body.time_left().map_or(wait, |left| wait.min(left.saturating_sub(RESERVE)))
}

/// Reads what has come. Returns whether that was the end, or the connection is of no more use.
fn has_ended(body: &mut Body, cx: &mut Context<'_>) -> bool {
    const STRAY_PIECES: usize = 16;
    for _ in 0..STRAY_PIECES {
        match body.poll_piece(cx) {
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(Some(Err(_)) | None) => return true,
            Poll::Pending => return false,
        }
    }
    true
}

impl<R: ReplyReader> Stream for ReplyStream<R> {
    type Item = Item<R>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let step = match &mut self.0 {
                Stage::Open { .. } => ready!(self.poll_step(cx)),
                Stage::Draining(reader) => reader.finish(),
                Stage::Whole(reply) => return Poll::Ready(reply.take().map(Ok)),
                Stage::Closing(body) => {
                    if !has_ended(body, cx) {
                        return Poll::Pending;
                    }
                    self.0 = Stage::Ended;
                    return Poll::Ready(None);
                }
                Stage::Ended => return Poll::Ready(None),
            };
            match step {
                ReadStep::Piece(piece) => return Poll::Ready(Some(Ok(piece))),
                ReadStep::Last(piece) => {
                    self.close(cx);
                    return Poll::Ready(Some(Ok(piece)));
                }
                ReadStep::End => self.close(cx),
                ReadStep::Failed(error) => {
                    // The connection goes with the body, though the caller may keep the stream.
                    self.0 = Stage::Ended;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

impl<R: ReplyReader> fmt::Debug for ReplyStream<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyStream").finish_non_exhaustive()
    }
}
