use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::Stream;
use synod_http_transport::Body;

use crate::chat::Reading;
use crate::sse::Events;
use crate::{ChatChunk, ChatReply, Error, Result};

/// How long to wait, after `[DONE]`, for the end of the body that frees the connection.
const END_OF_BODY: Duration = Duration::from_millis(100);

/// A chat's answer in pieces. It is complete with `[DONE]` only.
///
/// It ends after that, or with one error. Nothing is read ahead of the reader. Dropping it before
/// its end closes the connection, and the server stops generating.
#[must_use = "dropping the stream cancels the call"]
pub struct ChatStream {
    stage: Stage,
    /// Whether the caller has some of the answer.
    delivered: bool,
}

enum Stage {
    Open {
        body: Body,
        events: Events,
    },
    /// An answer that did not come in pieces.
    Whole(Box<ChatChunk>),
    /// `[DONE]` was seen; only the end of the body is awaited.
    Closing(Body),
    Ended,
}

impl ChatStream {
    pub(crate) fn new(body: Body) -> Self {
        Self { stage: Stage::Open { body, events: Events::default() }, delivered: false }
    }

    /// A whole answer as one piece.
    pub(crate) fn whole(reply: ChatReply) -> Self {
        let ChatReply { content, reasoning, refusal, finish_reason, usage } = reply;
        let chunk = ChatChunk { content, reasoning, refusal, finish_reason, usage };
        Self { stage: Stage::Whole(Box::new(chunk)), delivered: false }
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
            let Stage::Open { body, events } = &mut self.stage else {
                return Poll::Ready(None);
            };
            let (data, is_last) = match events.next_event().map_err(too_long)? {
                Some(data) => (data, false),
                None => match ready!(body.poll_piece(cx)) {
                    Some(Ok(piece)) => {
                        events.push(piece);
                        continue;
                    }
                    Some(Err(failure)) => {
                        return Poll::Ready(Some(Err(Error::of_failure(failure, delivered))));
                    }
                    None => match events.rest().map_err(too_long)? {
                        Some(data) => (data, true),
                        None => return Poll::Ready(Some(Err(Error::truncated(delivered)))),
                    },
                },
            };
            return Poll::Ready(match Reading::of(&data) {
                Reading::Done => {
                    self.close(cx);
                    None
                }
                Reading::Reported(report) => Some(Err(Error::in_stream(report, delivered))),
                // The body ended within or after it, and the end of the answer is missing.
                Reading::Chunk(_) | Reading::Unknown if is_last => {
                    Some(Err(Error::truncated(delivered)))
                }
                Reading::NotJson(error) if is_last => {
                    Some(Err(Error::truncated(delivered).with_source(error)))
                }
                Reading::Chunk(chunk) => Some(Ok(chunk)),
                Reading::Unknown => {
                    let problem = "an unknown kind of event";
                    Some(Err(Error::protocol(problem, &data).with_status(200)))
                }
                Reading::NotJson(error) => {
                    let problem = "not a piece of an answer";
                    let failure = Error::protocol(problem, &data).with_status(200);
                    Some(Err(failure.with_source(error)))
                }
            });
        }
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
