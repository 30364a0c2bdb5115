use std::fmt;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::Stream;
use synod_http_transport::Body;
use tokio::time::{Sleep, sleep};

use crate::chat::Reading;
use crate::error::is_page;
use crate::sse::Events;
use crate::{ChatChunk, ChatReply, Error, Result};

/// How long to wait, after `[DONE]`, for the end of the body that frees the connection.
const END_OF_BODY: Duration = Duration::from_millis(100);

/// How long usage and `[DONE]` are awaited after the reason of the end: some servers neither send
/// them nor end the body.
const END_OF_ANSWER: Duration = Duration::from_secs(10);

/// A chat's answer in pieces. It is complete with `[DONE]`, or with the reason of its end; an answer
/// that is one JSON object, though pieces were asked for, is complete with that.
///
/// It ends after that, or with one error. Nothing is read ahead of the reader. Dropping it before
/// its end closes the connection, and the server stops generating.
#[must_use = "dropping the stream cancels the call"]
pub struct ChatStream {
    stage: Stage,
    /// Whether the caller has some of the answer.
    delivered: bool,
    reason: Reason,
    /// The index of the choice that is read, once it is known. A server may send several.
    choice: Option<u64>,
}

/// Whether the reason of the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Awaited,
    /// It has come: the answer is complete, with or without `[DONE]`.
    Told,
    /// It came, and more of the answer after it: only `[DONE]` is an end.
    Idle,
}

enum Stage {
    Open {
        body: Body,
        events: Events,
        /// Set after the reason of the end.
        patience: Option<Pin<Box<Sleep>>>,
    },
    /// An answer that did not come in pieces.
    Whole(Box<ChatChunk>),
    /// `[DONE]` was seen; only the end of the body is awaited.
    Closing(Body),
    Ended,
}

impl ChatStream {
    pub(crate) fn new(body: Body) -> Self {
        Self {
            stage: Stage::Open { body, events: Events::default(), patience: None },
            delivered: false,
            reason: Reason::Awaited,
            choice: None,
        }
    }

    /// A whole answer as one piece.
    pub(crate) fn whole(reply: ChatReply) -> Self {
        let ChatReply { content, reasoning, refusal, finish_reason, usage } = reply;
        let chunk = ChatChunk { content, reasoning, refusal, finish_reason, usage };
        Self {
            stage: Stage::Whole(Box::new(chunk)),
            delivered: false,
            reason: Reason::Told,
            choice: None,
        }
    }

    /// The next piece, or none after the last; [`Stream`] without its imports.
    pub async fn next(&mut self) -> Option<Result<ChatChunk>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Gathers the pieces into the whole answer.
    ///
    /// # Errors
    /// The first error of the stream.
    pub async fn collect(mut self) -> Result<ChatReply> {
        let mut reply = ChatReply::default();
        while let Some(chunk) = self.next().await {
            reply.push(chunk?);
        }
        Ok(reply)
    }

    /// The next piece of an open answer; none once it is complete.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ChatChunk>>> {
        let delivered = self.delivered;
        let too_long = |_| Error::protocol("an event of more than 1 MiB", b"").with_status(200);
        loop {
            let is_finished = self.reason == Reason::Told;
            let Stage::Open { body, events, patience } = &mut self.stage else {
                return Poll::Ready(None);
            };
            let (event, is_last) = match events.next_event().map_err(too_long)? {
                Some(event) => (event, false),
                None => match body.poll_piece(cx) {
                    Poll::Ready(Some(Ok(piece))) => {
                        if !events.has_begun() && is_page(&piece) {
                            return Poll::Ready(Some(Err(unreadable(&piece))));
                        }
                        events.push(piece);
                        continue;
                    }
                    Poll::Ready(Some(Err(_))) if is_finished => {
                        self.stage = Stage::Ended;
                        return Poll::Ready(None);
                    }
                    Poll::Ready(Some(Err(failure))) => {
                        return Poll::Ready(Some(Err(Error::of_failure(failure, delivered))));
                    }
                    Poll::Pending if is_finished => {
                        let patience =
                            patience.get_or_insert_with(|| Box::pin(sleep(END_OF_ANSWER)));
                        ready!(patience.as_mut().poll(cx));
                        self.stage = Stage::Ended;
                        return Poll::Ready(None);
                    }
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(None) => match events.rest().map_err(too_long)? {
                        Some(event) => (event, true),
                        None => return Poll::Ready(self.body_ended(None)),
                    },
                },
            };
            let is_whole = events.is_object();
            return Poll::Ready(match Reading::of(&event, &mut self.choice) {
                Reading::Done => {
                    self.close(cx);
                    None
                }
                Reading::Reported(report) => Some(Err(Error::in_stream(report, delivered))),
                Reading::Chunk(chunk) => Some(self.receive(chunk, is_last, is_whole)),
                Reading::Nothing if is_whole => Some(Err(unreadable(&event.data))),
                Reading::Nothing if is_last => self.body_ended(None),
                Reading::Nothing => continue,
                // The body ended within it.
                Reading::NotJson(error) if is_last && (!is_whole || error.is_eof()) => {
                    self.body_ended(Some(error))
                }
                Reading::NotJson(_) if is_finished => continue,
                Reading::NotJson(error) => Some(Err(unreadable(&event.data).with_source(error))),
            });
        }
    }

    /// Takes a piece; `is_last`: the body has ended after it, `is_whole`: it is all of the answer.
    fn receive(&mut self, chunk: ChatChunk, is_last: bool, is_whole: bool) -> Result<ChatChunk> {
        self.reason = match self.reason {
            Reason::Told if chunk.is_output() => Reason::Idle,
            Reason::Awaited if chunk.finish_reason.is_some() || is_whole => Reason::Told,
            reason @ (Reason::Awaited | Reason::Told | Reason::Idle) => reason,
        };
        if is_last {
            if self.reason != Reason::Told {
                return Err(Error::truncated(self.delivered));
            }
            self.stage = Stage::Ended;
        }
        Ok(chunk)
    }

    /// The body has ended: well if the reason of the end had come.
    fn body_ended(&mut self, cause: Option<serde_json::Error>) -> Option<Result<ChatChunk>> {
        if self.reason == Reason::Told {
            self.stage = Stage::Ended;
            return None;
        }
        let truncated = Error::truncated(self.delivered);
        Some(Err(match cause {
            Some(cause) => truncated.with_source(cause),
            None => truncated,
        }))
    }

    /// The answer is complete: usually the end of the body is here as well.
    fn close(&mut self, cx: &mut Context<'_>) {
        if let Stage::Open { mut body, .. } = std::mem::replace(&mut self.stage, Stage::Ended) {
            body.expect_end(END_OF_BODY);
            if !ended(&mut body, cx) {
                self.stage = Stage::Closing(body);
            }
        }
    }
}

fn unreadable(data: &[u8]) -> Error {
    Error::protocol("not a piece of an answer", data).with_status(200)
}

/// Reads what is there; whether that was the end, or the connection is of no more use.
fn ended(body: &mut Body, cx: &mut Context<'_>) -> bool {
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

impl Stream for ChatStream {
    type Item = Result<ChatChunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match &mut self.stage {
                Stage::Open { .. } => match ready!(self.poll_chunk(cx)) {
                    Some(Ok(chunk)) => {
                        self.delivered |= chunk.is_output();
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                    Some(Err(error)) => {
                        // The connection goes with the body, though the caller may keep the stream.
                        self.stage = Stage::Ended;
                        return Poll::Ready(Some(Err(error)));
                    }
                    None => {}
                },
                Stage::Whole(chunk) => {
                    let chunk = std::mem::take(&mut **chunk);
                    (self.stage, self.delivered) = (Stage::Ended, true);
                    return Poll::Ready(Some(Ok(chunk)));
                }
                Stage::Closing(body) => {
                    if !ended(body, cx) {
                        return Poll::Pending;
                    }
                    self.stage = Stage::Ended;
                }
                Stage::Ended => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatStream").field("delivered", &self.delivered).finish_non_exhaustive()
    }
}
